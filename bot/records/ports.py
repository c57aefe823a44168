"""How the other rooms lend us what they keep about a person; wiring joins them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True)
class Item:
    """One row about a person: `values` are complete, `shown` is what may be seen of it in a chat."""

    kind: str
    #: the table it is in, so that completeness can be counted
    source: str
    conversation_id: str
    at: datetime
    values: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Effect:
    """What became of one thing that was kept: gone, or out of use because the law keeps it."""

    kind: str
    key: str
    outcome: Literal["erased", "locked"]
    #: the retention class that keeps it; None when it is gone
    rule: str | None = None


@dataclass(frozen=True)
class Wish:
    """Why things end: whose, under which purpose (None: all of them), when, and in which turn it was said."""

    conversation_ids: list[str]
    at: datetime
    purpose: str | None = None
    turn_id: str | None = None


def values_of(row: Row[Any]) -> dict[str, Any]:
    """All columns of a row, under plain names that can stand in a document."""
    return {str(name): value for name, value in row._mapping.items()}


#: reader(connection, conversation ids) -> everything of its kind about them
Reader = Callable[[AsyncConnection, list[str]], Awaitable[list[Item]]]
#: eraser(connection, wish) -> what it ended; writes nothing when there is nothing
Eraser = Callable[[AsyncConnection, Wish], Awaitable[list[Effect]]]


@dataclass(frozen=True)
class Holding:
    """One kind of thing that is kept about a person.

    `erase` is None for what stays as proof that we did right; `rule` names the class that keeps it.
    """

    kind: str
    read: Reader
    erase: Eraser | None = None
    rule: str | None = None


@dataclass(frozen=True)
class Expirer:
    """How one kind of thing ends by age: `due(before, purpose)` selects `key` and `at`, `erase` ends these."""

    due: Callable[[datetime, str | None], Select[Any]]
    erase: Callable[[AsyncConnection, list[str], datetime], Awaitable[None]]


#: same_person(connection, conversation or customer id) -> ids of all conversations of that person
SamePerson = Callable[[AsyncConnection, str], Awaitable[list[str]]]
