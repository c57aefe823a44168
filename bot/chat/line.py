"""What the chat needs of the line to a person; wiring gives the handoff room's verbs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.conversation.ports import QueuePlace


@dataclass(frozen=True)
class Line:
    """place(conversation_id) and leave(conversation_id)."""

    place: Callable[[str], Awaitable[QueuePlace | None]]
    leave: Callable[[str], Awaitable[None]]
