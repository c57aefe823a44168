"""A long session cut to what the rules can still look at: Rasa goes through all that a tracker holds at every step."""

from __future__ import annotations

from typing import Dict, List, Optional, Text

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    AllSlotsReset,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)

from bot.brain.light_tracker import LightTracker

#: A tracker with more messages of the customer is cut to its last ones; rules look no further back.
LONGEST, KEPT = 16, 8


def shortened(tracker: LightTracker, domain: Domain) -> LightTracker:
    """This tracker, or one of its last turns, with the turn that opened the form they are in; every slot as it was."""
    events = list(tracker.events)
    heard = [place for place, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(heard) <= LONGEST:
        return tracker
    short = tracker.init_copy()
    for event in _kept(events, _listened_before(events, heard[-KEPT])):
        short.update(event, domain)
    return short


def _kept(events: List[Event], start: int) -> List[Event]:
    """What stays when all before `start` goes: Rasa finds the past of a form by the turn that opened it."""
    opened = _opened_before(events, start)
    if opened is None:
        return [*_slots_set(events[:start]), *events[start:]]
    begin, end = _listened_before(events, opened), _listened_after(events, opened)
    return [*_slots_set(events[:begin]), *events[begin:end], *_slots_set(events[end:start]), *events[start:]]


def _opened_before(events: List[Event], end: int) -> Optional[int]:
    """Where the form was opened that is open at `end`."""
    opened = None
    for place, event in enumerate(events[:end]):
        if isinstance(event, ActiveLoop):
            opened = place if event.name else None
        elif isinstance(event, (Restarted, SessionStarted)):
            opened = None
    return opened


def _listened_before(events: List[Event], place: int) -> int:
    """Where the assistant began to listen for the message at this place."""
    while place and not _listens(events[place]):
        place -= 1
    return place


def _listened_after(events: List[Event], place: int) -> int:
    """Where it began to listen next."""
    while not _listens(events[place]):
        place += 1
    return place


def _listens(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME


def _slots_set(events: List[Event]) -> List[Event]:
    """What leaves the slots as these events do: the last value of each one that they set."""
    reset: List[Event] = []
    last: Dict[Text, Event] = {}
    for event in events:
        if isinstance(event, SlotSet):
            last[event.key] = event
        elif isinstance(event, (AllSlotsReset, Restarted, SessionStarted)):
            reset, last = [AllSlotsReset()], {}
    return [*reset, *last.values()]
