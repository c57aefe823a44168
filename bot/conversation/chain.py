"""The chain of one conversation's messages: each message's hash covers it and the hash before it (L23).

Pure: what the hashes are, and where a chain breaks. A message is chained by the hash of its content,
not by the content: words that are lawfully masked or erased leave their hash behind and the chain
whole. The content is hashed with a salt that goes when the words go, so that a hidden code can not be
found again by trying. What stands in their place has a hash of its own, bound to the row's.

Whoever can write to the tables can also make a new chain to its end; the text's hash in a complaint's
ticket, and backups, find that.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

#: What stands before the first message.
GENESIS = "0" * 64
#: The receiver of the customer's words in rows that are older than the chain: it was not written down.
UNKNOWN = "unknown"

#: How a message was lawfully changed: a secret was hidden in it, or its words are gone.
Altered = Literal["masked", "erased"]
Kind = Literal["changed", "deleted", "inserted", "cut"]


@dataclass(frozen=True)
class Link:
    """One stored message, as its row says."""

    conversation_id: str
    seq: int
    at: datetime
    author: str
    receiver: str
    kind: str
    language: str
    topic: str | None
    text: str
    payload: dict[str, Any]
    client_id: str | None
    turn_id: str | None
    salt: str | None
    content_hash: str = ""
    hash: str = ""
    altered: str | None = None
    altered_at: datetime | None = None
    altered_hash: str | None = None

    def content(self) -> str:
        """SHA-256 of what is said and shown, under the row's salt."""
        return _sha256(self.salt, self.text, self.payload)

    def digest(self, before: str) -> str:
        """SHA-256 of sender, receiver, UTC time and the content's hash, after the message before."""
        return _sha256(
            before, self.conversation_id, self.seq, _utc(self.at), self.author, self.receiver, self.kind,
            self.language, self.topic, self.client_id, self.turn_id, self.content_hash,
        )

    def alteration(self) -> str:
        """SHA-256 of what stands in the place of the first words, bound to the row, the act and its time."""
        at = _utc(self.altered_at) if self.altered_at else None
        return _sha256(self.hash, self.altered, at, self.text, self.payload)

    def is_whole(self, before: str) -> bool:
        """Whether it is as it was written, or as it was lawfully changed, after the hash before it."""
        if self.digest(before) != self.hash:
            return False
        if self.altered is None:
            return self.salt is not None and self.content() == self.content_hash
        return self.altered in ("masked", "erased") and self.alteration() == self.altered_hash


@dataclass(frozen=True)
class Fault:
    """The first message that is not as it was written."""

    conversation_id: str
    seq: int
    kind: Kind


class Walk:
    """Follows one conversation message by message, so that a long one need not be in memory."""

    def __init__(self, conversation_id: str) -> None:
        self.conversation_id = conversation_id
        self.seq = 0
        self.hash = GENESIS

    def step(self, link: Link) -> Fault | None:
        """Look at the next message."""
        expected = self.seq + 1
        if link.seq != expected:
            gap = link.seq > expected
            return Fault(self.conversation_id, expected if gap else link.seq, "deleted" if gap else "inserted")
        if not link.is_whole(self.hash):
            return Fault(self.conversation_id, link.seq, "changed")
        self.seq, self.hash = link.seq, link.hash
        return None

    def end(self, last_seq: int, last_hash: str | None) -> Fault | None:
        """Look at the end, as the conversation's own row says it."""
        if self.seq < last_seq:
            return Fault(self.conversation_id, self.seq + 1, "cut")
        if self.seq > last_seq:
            return Fault(self.conversation_id, last_seq + 1, "inserted")
        same = self.hash == (last_hash or GENESIS)
        return None if same else Fault(self.conversation_id, self.seq, "changed")


def _sha256(*parts: Any) -> str:
    body = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(body).hexdigest()


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
