"""What a customer is told about the state of their conversation."""

from typing import Any

from bot.conversation.states import Owner
from bot.conversation.store import Conversation


async def public_state(services: Any, conversation: Conversation) -> dict[str, Any]:
    """Owner and, in the line, the place; the line being away is no reason not to answer."""
    state: dict[str, Any] = {"owner": conversation.owner.value}
    if conversation.owner is Owner.QUEUE:
        place = await services.line.place(conversation.id)
        if place:
            state["queue"] = place.public()
    return state
