"""What Rasa does again at every message and need not: the same outcome for less time (docs/decisions/0015).

Called once, before a model is loaded; each change names what it replaces.
"""

from __future__ import annotations

from rasa.core.actions.action import RemoteAction
from rasa.shared.core.slots import Slot


def lighten_rasa() -> None:
    """Take the weight off."""
    # An action's answer is checked by bot.brain.actions; Rasa would check its own schema anew at each call: 30 ms.
    RemoteAction._validate_action_result = lambda _action, _result: True
    # Every prediction copies every slot several times; Python's general copy takes five times as long as this.
    Slot.__copy__ = _copy_slot


def _copy_slot(slot: Slot) -> Slot:
    copied = object.__new__(type(slot))
    copied.__dict__.update(slot.__dict__)
    return copied
