"""Trackers in Redis: events are only ever appended, and a writer that is behind is refused.

Redis: `qiantai:tracker:{sender}`, a list of JSON events, written by the brain, kept for a day after the
last one. The list's length is its version; a copy of the tracker stays in this process and is used while
the length agrees. The copy of a long session is a shortened one.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Sequence, Text

import orjson
import redis.asyncio
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.brain.light_tracker import LightTracker
from bot.brain.roundtrips import TIMEOUT_S, RoundTrips
from bot.brain.shortening import shortened

if TYPE_CHECKING:  # it imports us
    from bot.brain.locks import Held

#: A session that nobody has touched for so long is forgotten, in seconds.
KEEP_S = 24 * 3600
#: How long a turn's result is kept for when the turn is repeated, in seconds.
KEEP_RESULT_S = 600
#: Trackers kept in this process.
COPIES = 5000

#: KEYS[1] list; ARGV: expected length, seconds to keep, events, a line each. Returns the new length, or -1.
#: With the end of a turn, all or nothing: KEYS[2] its result, KEYS[3] its lock; after the events the result, seconds to
#: keep it, and the lock's value.
_APPEND = """
if redis.call('LLEN', KEYS[1]) ~= tonumber(ARGV[1]) then return -1 end
for event in string.gmatch(ARGV[3], '[^\\n]+') do redis.call('RPUSH', KEYS[1], event) end
redis.call('EXPIRE', KEYS[1], ARGV[2])
if KEYS[2] then
  redis.call('SET', KEYS[2], ARGV[4], 'EX', ARGV[5])
  if redis.call('GET', KEYS[3]) == ARGV[6] then redis.call('DEL', KEYS[3]) end
end
return redis.call('LLEN', KEYS[1])
"""


class StaleTracker(Exception):
    """Somebody else has written to this session meanwhile; nothing was written."""


def connect() -> redis.asyncio.Redis:
    """Redis, as the environment names it."""
    return redis.asyncio.Redis.from_url(
        os.environ["REDIS_URL"],
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )


class RedisTrackers(TrackerStore):
    """Named in endpoints.yml; the launcher checks that Rasa did not fall back to memory."""

    def __init__(
        self,
        domain: Optional[Domain],
        host: Optional[Text] = None,
        event_broker: Optional[EventBroker] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        self._redis = connect()
        self._trips = RoundTrips()
        self._copies: OrderedDict[Text, DialogueStateTracker] = OrderedDict()
        self._lengths: Dict[Text, int] = {}
        self._blank: Optional[LightTracker] = None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append what is new.

        Raises:
            StaleTracker: the list is longer than this tracker was when it was read.
        """
        await self._write(tracker)

    async def end_turn(self, tracker: DialogueStateTracker, turn: Text, result: bytes, held: Held) -> None:
        """Append what is new, keep the turn's result under its key, and free the lock.

        Raises:
            StaleTracker: the list is longer than this tracker was when it was read; nothing was written.
        """
        await self._write(tracker, [turn, held.key], [result, KEEP_RESULT_S, held.value])
        held.freed = True

    async def _write(
        self, tracker: DialogueStateTracker, keys: Sequence[Text] = (), args: Sequence[Any] = ()
    ) -> None:
        known, dropped = getattr(tracker, "stored_events", 0), getattr(tracker, "dropped_events", 0)
        new = [orjson.dumps(_slim(event.as_dict())) for event in list(tracker.events)[known - dropped :]]
        if not new and not keys:
            return
        keys = [tracker_key(tracker.sender_id), *keys]
        (length,) = await self._trips.make(
            ("EVAL", _APPEND, len(keys), *keys, known, KEEP_S, b"\n".join(new), *args)
        )
        if length < 0:
            self._copies.pop(tracker.sender_id, None)
            raise StaleTracker(tracker.sender_id)
        tracker.stored_events, tracker.dropped_events = length, dropped
        self._keep(tracker)

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """The session's tracker, from our copy when it is up to date."""
        length = self._lengths.pop(sender_id, None)
        if length is None:
            length = await self._redis.llen(tracker_key(sender_id))
        if not length:
            return None
        copy = self._copies.get(sender_id)
        if copy is not None and copy.stored_events == length == len(copy.events) + copy.dropped_events:
            return self._shortened(copy)
        raw = await self._redis.lrange(tracker_key(sender_id), 0, -1)
        return self._rebuilt(sender_id, [orjson.loads(event) for event in raw])

    async def retrieve_full_tracker(self, conversation_id: Text) -> Optional[DialogueStateTracker]:
        return await self.retrieve(conversation_id)

    async def keys(self) -> Iterable[Text]:
        """The sessions' names; for Rasa's own tools only."""
        names = [key async for key in self._redis.scan_iter(match=tracker_key("*"))]
        return [name.decode().removeprefix(tracker_key("")) for name in names]

    def init_tracker(self, sender_id: Text) -> LightTracker:
        """An empty session."""
        if self._blank is None:
            self._blank = LightTracker("", self.domain.slots)
        return self._blank.for_sender(sender_id)

    def _rebuilt(self, sender_id: Text, events: List[Dict[Text, Any]]) -> DialogueStateTracker:
        tracker = self.init_tracker(sender_id)
        for event in events:
            parsed = Event.from_parameters(event)
            if parsed:
                tracker.update(parsed, self.domain)
        tracker.stored_events, tracker.dropped_events = len(events), 0
        return self._shortened(tracker)

    def _shortened(self, tracker: LightTracker) -> LightTracker:
        """This tracker, cut where it has grown too long; kept as our copy."""
        short = shortened(tracker, self.domain)
        if short is not tracker:
            short.stored_events = tracker.stored_events
            short.dropped_events = tracker.dropped_events + len(tracker.events) - len(short.events)
        self._keep(short)
        return short

    def _keep(self, tracker: DialogueStateTracker) -> None:
        self._copies[tracker.sender_id] = tracker
        self._copies.move_to_end(tracker.sender_id)
        while len(self._copies) > COPIES:
            self._copies.popitem(last=False)

    def expect(self, sender_id: Text, length: int) -> None:
        """So long is the list now, read under the session's lock: the next `retrieve` need not ask."""
        self._lengths[sender_id] = length

    def forget(self, sender_id: Text) -> None:
        """Drop our copy: a turn on it has failed half-way."""
        self._copies.pop(sender_id, None)
        self._lengths.pop(sender_id, None)


def tracker_key(sender_id: Text) -> Text:
    """Redis: the list of a session's events."""
    return f"qiantai:tracker:{sender_id}"


def _slim(event: Dict[Text, Any]) -> Dict[Text, Any]:
    """Without what nobody reads again: tokens and the far end of the ranking."""
    parse_data = event.get("parse_data")
    if parse_data:
        ranking = parse_data.get("intent_ranking") or []
        event = {
            **event,
            "parse_data": {
                **{k: v for k, v in parse_data.items() if k != "text_tokens"},
                "intent_ranking": ranking[:5],
            },
        }
    return event
