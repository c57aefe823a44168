"""What Rasa does again at every message and need not: the same outcome for less time (docs/decisions/0015).

Called once, before a model is loaded; each change names what it replaces.
"""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Dict, List, Text

import rasa
from rasa.core import processor
from rasa.core.actions import action as actions
from rasa.core.actions.action import ActionExtractSlots, RemoteAction
from rasa.core.actions.forms import FormAction
from rasa.core.policies import rule_policy
from rasa.core.policies.policy import PolicyPrediction
from rasa.shared.core.constants import (
    ACTION_VALIDATE_SLOT_MAPPINGS,
    DEFAULT_SLOT_NAMES,
    REQUESTED_SLOT,
    SlotMappingType,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.brain.light_tracker import LightTracker

_extract_slots = ActionExtractSlots.run
_slots_sub_state = Domain._get_slots_sub_state
_temporary_tracker = FormAction._temporary_tracker


def lighten_rasa() -> None:
    """Take the weight off."""
    # An action's answer is checked by bot.brain.actions; Rasa would check its own schema anew at each call: 30 ms.
    RemoteAction._validate_action_result = lambda _action, _result: True
    # Every prediction copies every slot several times; Python's general copy takes five times as long as this.
    Slot.__copy__ = _copy_slot
    # The kinds of events are looked for among all classes, for every event that an action returns.
    Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(Event.resolve_by_type))
    # Events and states are copied in depth for lines of a debug log that is never written; for nothing else there.
    processor.copy = rule_policy.copy = SimpleNamespace(deepcopy=lambda logged: logged)
    ActionExtractSlots.run = _extract_slots_if_any
    FormAction._temporary_tracker = _copied_tracker
    RemoteAction._action_call_format = _action_call
    # Every form's action would be sent the domain, 290 kB, unasked.
    Domain._collect_actions_which_explicitly_need_domain = staticmethod(_asking_for_domain)
    # The highest of some hundred confidences is looked for ten times a turn.
    PolicyPrediction.max_confidence = property(_max_confidence)
    # Every state asks every slot for what it tells the rules; most tell nothing by the domain.
    Domain._get_slots_sub_state = staticmethod(_sub_state_of_telling_slots)
    # All default actions are made anew for each action that is looked for; none keeps anything of a turn.
    actions.default_actions = lru_cache(maxsize=None)(actions.default_actions)


def _copy_slot(slot: Slot) -> Slot:
    copied = object.__new__(type(slot))
    copied.__dict__.update(slot.__dict__)
    return copied


async def _extract_slots_if_any(
    action: ActionExtractSlots, channel: Any, nlg: Any, tracker: DialogueStateTracker, domain: Domain
) -> List[Event]:
    """Rasa looks at every slot after every message, in vain where only actions and we set them."""
    if messages_fill_slots(domain):
        return await _extract_slots(action, channel, nlg, tracker, domain)
    return []


def messages_fill_slots(domain: Domain) -> bool:
    """Whether some slot takes its value from what is said; found once a domain."""
    if not hasattr(domain, "_messages_fill_slots"):
        mappings = [one for slot in domain.slots if slot.name not in DEFAULT_SLOT_NAMES for one in slot.mappings]
        only_set = all(one["type"] == str(SlotMappingType.CUSTOM) and not one.get("action") for one in mappings)
        domain._messages_fill_slots = not only_set or ACTION_VALIDATE_SLOT_MAPPINGS in domain.user_actions
    return domain._messages_fill_slots


def _max_confidence(prediction: PolicyPrediction) -> float:
    known = prediction.__dict__
    if "_max_confidence" not in known:
        known["_max_confidence"] = max(prediction.probabilities, default=0.0)
    return known["_max_confidence"]


def _sub_state_of_telling_slots(tracker: DialogueStateTracker, omit_unset_slots: bool = False) -> Dict[Text, Any]:
    names = tracker.telling_slots if isinstance(tracker, LightTracker) else tracker.slots
    telling = SimpleNamespace(slots={name: tracker.slots[name] for name in names})
    return _slots_sub_state(telling, omit_unset_slots)


def _copied_tracker(
    form: FormAction, tracker: DialogueStateTracker, additional_events: List[Event], domain: Domain
) -> DialogueStateTracker:
    """Rasa plays the whole session again for each call of a form's action."""
    if tracker.idx_after_latest_restart():
        return _temporary_tracker(form, tracker, additional_events, domain)
    copied = tracker.copy()
    for event in [
        SlotSet(REQUESTED_SLOT, form.get_slot_to_fill(tracker)), ActionExecuted(form.name()), *additional_events
    ]:
        copied.update(event)
    return copied


def _action_call(action: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> Dict[Text, Any]:
    """What the action server's tracker is made of, and no more.

    Rasa sends with each message of the session all that it might have meant, and with a form the one that began it.
    """
    loop = tracker.active_loop
    call = {
        "next_action": action.name(),
        "sender_id": tracker.sender_id,
        "tracker": {
            "sender_id": tracker.sender_id,
            "slots": tracker.current_slot_values(),
            "latest_message": tracker._latest_message_data(),
            "events": [_without_ranking(event.as_dict()) for event in tracker.events],
            "paused": tracker.is_paused(),
            "followup_action": tracker.followup_action,
            "active_loop": {"name": loop.name, "rejected": loop.rejected} if loop else {},
            "latest_action_name": tracker.latest_action_name,
        },
        "version": rasa.__version__,
    }
    if domain.does_custom_action_explicitly_need_domain(action.name()):
        call["domain"] = domain.as_dict()
    return call


def _asking_for_domain(listed: List[Any]) -> List[Text]:
    """The actions of which data/domain says that they want it."""
    said = [one for one in listed if isinstance(one, dict)]
    return [name for one in said for name, config in one.items() if config.get("send_domain")]


def _without_ranking(event: Dict[Text, Any]) -> Dict[Text, Any]:
    """A message with what it was taken for."""
    data = event.get("parse_data")
    if not data:
        return event
    return {**event, "parse_data": {"intent": data["intent"], "intent_ranking": (data.get("intent_ranking") or [])[:1]}}
