"""What this room needs of the others: words, the shield, the line. wiring gives the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.conversation.store import Conversation


class Say(Protocol):
    """The front's own texts, by key."""

    def __call__(self, key: str, language: str, /, **args: Any) -> str: ...


@dataclass(frozen=True)
class Shielded:
    """A customer's text as it may be stored.

    `kinds` names what was hidden (card, id_number, phone, code, password); `earlier` gives the
    stored texts, by seq, that must be replaced too because a secret was split over them (I15).
    `nothing_left` says that the text was a secret and nothing else.
    """

    text: str
    kinds: frozenset[str] = frozenset()
    earlier: dict[int, str] = field(default_factory=dict)
    nothing_left: bool = False


class Shield(Protocol):
    """Hides secrets before anything is stored (L12, I14, I15)."""

    def __call__(self, text: str, recent: list[tuple[int, str]], /) -> Shielded: ...


@dataclass(frozen=True)
class Captured:
    """A secret that was awaited and has been put away; only its token goes on to the brain.

    `shown` is what the message's row says in its place; None leaves that to the shield.
    """

    token: str
    kind: str  # code | id_characters | card
    shown: str | None

    @property
    def choice(self) -> dict[str, Any]:
        """What the turn is told: that a secret came, of which kind, and how to redeem it."""
        slots = {"secret_token": self.token, "secret_kind": self.kind}
        return {"intent": "secret", "slots": slots}


class Capture(Protocol):
    """Takes a secret out of what a customer sends, when one is awaited (L12, L13).

    Called for everything a customer sends to a locked conversation, before anything is stored.
    """

    async def __call__(
        self,
        connection: AsyncConnection,
        conversation: Conversation,
        text: str | None,
        fields: dict[str, Any] | None,
        /,
    ) -> Captured | None: ...


@dataclass(frozen=True)
class QueuePlace:
    """Where a conversation stands in the line; waits are an honest range in seconds, None when unknown."""

    position: int
    wait_low_s: int | None
    wait_high_s: int | None
    agents_online: int
    open_now: bool

    def public(self) -> dict[str, Any]:
        return {
            "position": self.position,
            "wait_low_s": self.wait_low_s,
            "wait_high_s": self.wait_high_s,
            "agents_online": self.agents_online,
            "open_now": self.open_now,
        }
