"""What this room needs of the others: words, the shield, the line. wiring gives the real ones."""

from dataclasses import dataclass, field
from typing import Any, Protocol


class Say(Protocol):
    """The front's own texts, by key."""

    def __call__(self, key: str, language: str, /, **args: Any) -> str: ...


@dataclass(frozen=True)
class Shielded:
    """A customer's text as it may be stored.

    `kinds` names what was hidden (card, id_number, phone, code, password); `earlier` gives the
    stored texts, by seq, that must be replaced too because a secret was split over them (I15).
    """

    text: str
    kinds: frozenset[str] = frozenset()
    earlier: dict[int, str] = field(default_factory=dict)


class Shield(Protocol):
    """Hides secrets before anything is stored (L12, I14, I15)."""

    def __call__(self, text: str, recent: list[tuple[int, str]], /) -> Shielded: ...


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
