"""The chain of the audit: each row's hash covers the row and the hash before it (R21, L23).

Pure: what a row's hash is, and where a chain breaks. Whoever can write to the table can also make
a new chain to its end; the count and the last hash that `verify` prints, kept elsewhere, find that.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

#: What stands before the first row.
GENESIS = "0" * 64
#: How far from its place a moved row is looked for, in rows.
_NEAR = 50

Kind = Literal["changed", "deleted", "inserted", "reordered", "head"]


@dataclass(frozen=True)
class Link:
    """One audit row."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str | None
    reason: str | None
    details: dict[str, Any]
    prev: str = GENESIS
    hash: str = ""

    def digest(self) -> str:
        """SHA-256 over the canonical JSON of everything but the hash itself."""
        body = {**vars(self), "at": self.at.astimezone(UTC).isoformat()}
        del body["hash"]
        return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def sealed(self) -> "Link":
        """The row with its hash."""
        return replace(self, hash=self.digest())


@dataclass(frozen=True)
class Head:
    """Where the chain ends: written with every row, so that cutting off its end shows."""

    last_id: int = 0
    length: int = 0
    hash: str = GENESIS


@dataclass(frozen=True)
class Fault:
    """The first row that is not as it was written."""

    id: int
    kind: Kind


def first_fault(links: Iterable[Link], head: Head) -> Fault | None:
    """Where the rows, in the order of their ids, first differ from what was written; None when nowhere."""
    walk = Walk(head)
    for link in links:
        if fault := walk.step(link):
            return fault
    return walk.end()


class Walk:
    """Follows the chain row by row, so that a long one need not be in memory."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._last: Link | None = None
        self._before = ""  # the hash before the last one
        self.seen = Head()

    def step(self, link: Link) -> Fault | None:
        """Look at the next row."""
        fault = self._fault(link)
        self._before, self._last = self.seen.hash, link
        self.seen = Head(link.id, self.seen.length + 1, link.hash)
        return fault

    def end(self) -> Fault | None:
        """Look at the end of the chain."""
        if self.seen.last_id < self._head.last_id:
            return Fault(self.seen.last_id + 1, "deleted")
        return None if self.seen == self._head else Fault(self.seen.last_id, "head")

    def _fault(self, link: Link) -> Fault | None:
        if link.id > self._head.last_id:
            return Fault(link.id, "inserted")
        if link.digest() != link.hash:
            return Fault(link.id, "reordered" if _was_moved(link) else "changed")
        if link.prev == self.seen.hash:
            return None
        if self._last and link.prev == self._before:
            return Fault(self._last.id, "inserted")
        if link.id > self.seen.last_id + 1:
            return Fault(self.seen.last_id + 1, "deleted")
        # The row is whole and follows another one than it did: that one was written anew.
        return Fault(self._last.id if self._last else link.id, "changed")


def _was_moved(link: Link) -> bool:
    """Whether the row is whole but for its number."""
    near = range(max(1, link.id - _NEAR), link.id + _NEAR + 1)
    return any(replace(link, id=place).digest() == link.hash for place in near)
