"""Rasa's tracker, without playing the conversation again: the same states and copies for a fraction of the time.

Rasa makes a copy at every action, and the states before every action at every prediction, by applying all events of
the session anew. Here a copy is a copy, and what was played once is kept and played on.
"""

from __future__ import annotations

import copy
import operator
from collections import deque
from typing import Any, Deque, Dict, List, Optional, Text, Tuple

from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

#: What takes back events before it. Events are asked for their very kind here, as they are children of an abstract
#: class: `isinstance` takes ten times as long. The kinds below these are of Rasa's own tests, and of its past.
_TAKES_BACK = frozenset({Restarted, SessionStarted, ActionReverted, UserUtteranceReverted})


class LightTracker(DialogueStateTracker):
    """The tracker of a session; slots are shared with its copies until one of them sets its own."""

    #: how many events had been looked at, and those of them that hold
    _applied: Tuple[int, List[Event]] = (0, [])
    #: the names of loops among those events
    _loops: frozenset[Text] = frozenset()
    _past: Optional[_Past] = None
    #: as they are before anything is said
    _first_slots: Optional[Dict[Text, Slot]] = None
    #: the names of those that rules may go by
    telling_slots: Tuple[Text, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._first_slots = dict(self.slots)
        self.telling_slots = tuple(name for name, slot in self.slots.items() if slot.influence_conversation)

    def copy(self) -> LightTracker:
        """As Rasa's, which plays all events again; a followup that was taken is not put back for it."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.events, twin.slots = self.events.copy(), dict(self.slots)
        twin.active_loop = copy.copy(self.active_loop)
        twin.model_id = twin.assistant_id = twin.sender_source = twin._past = None
        return twin

    def applied_events(self) -> List[Event]:
        """As Rasa's; only the events since the last call are looked at, unless one of them takes back others."""
        seen, applied = self._applied
        if seen < len(self.events):
            new = [self.events[place] for place in range(seen - len(self.events), 0)]
            if any(map(self._takes_back, new)):
                applied = super().applied_events()
                self._loops = frozenset(e.name for e in self.events if isinstance(e, ActiveLoop) and e.name)
            else:
                applied = self._applied_on(applied, new)
            self._applied = (len(self.events), applied)
        return list(applied)

    def _takes_back(self, event: Event) -> bool:
        if type(event) is ActiveLoop:  # a loop's action may have run before the loop was opened for the first time
            return event.name is not None and event.name not in self._loops
        return type(event) in _TAKES_BACK

    def _applied_on(self, applied: List[Event], new: List[Event]) -> List[Event]:
        """What holds after these too: a loop's action takes the place of all since it ran before."""
        applied = list(applied)
        for event in new:
            name = event.action_name if type(event) is ActionExecuted else None
            if name in self._loops and not self._first_loop_execution_or_unhappy_path(name, applied):
                self._undo_till_previous_loop_execution(name, applied)
            else:
                applied.append(event)
        return applied

    def last_states(self, domain: Domain, count: int) -> List[State]:
        """The last of `past_states`; the caller may change them."""
        applied = self.applied_events()
        if self._past is None or not self._past.leads_to(applied) or self._past.count != count:
            self._past = _Past(self.init_copy(), count)
        return self._past.states(applied, domain)

    def init_copy(self) -> LightTracker:
        """As Rasa's: the same session with nothing in it."""
        return self.for_sender(self.sender_id)

    def for_sender(self, sender_id: Text) -> LightTracker:
        """A session with nothing in it that shares the slots' first values with this one."""
        blank = self.copy()
        blank.sender_id, blank.events = sender_id, self._create_events([])
        blank._applied, blank._loops = (0, []), frozenset()
        blank._reset()
        return blank

    def _set_slot(self, key: Text, value: Any) -> None:
        if key in self.slots:
            self.slots[key] = copy.copy(self.slots[key])
        super()._set_slot(key, value)

    def _reset_slots(self) -> None:
        if self._first_slots is None:  # it is being made
            super()._reset_slots()
        else:
            self.slots = dict(self._first_slots)


class _Past:
    """A tracker that follows another one, and the other's states before its last actions."""

    def __init__(self, tracker: DialogueStateTracker, count: int) -> None:
        self.count = count
        self._tracker = tracker
        self._played: List[Event] = []
        #: the state after what was played; None while it is not known
        self._now: Optional[State] = None
        self._before_actions: Deque[State] = deque(maxlen=count - 1)

    def leads_to(self, applied: List[Event]) -> bool:
        """Whether all that was played still holds."""
        played = self._played
        return len(played) <= len(applied) and all(map(operator.is_, played, applied))

    def states(self, applied: List[Event], domain: Domain) -> List[State]:
        """The last states once these events are played."""
        for event in applied[len(self._played) :]:
            if type(event) is ActionExecuted:
                self._before_actions.append(self._state(domain))
            event.apply_to(self._tracker)
            self._now = None
        self._played = applied
        states = [*self._before_actions, self._state(domain)]
        return [{part: dict(value) for part, value in state.items()} for state in states]

    def _state(self, domain: Domain) -> State:
        if self._now is None:
            self._now = domain.get_active_state(self._tracker)
        return self._now
