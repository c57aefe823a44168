"""What the room of staff asks of rooms it does not know; wiring joins them."""

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection


class Work(Protocol):
    """Open work of one sort that a colleague has in hand."""

    async def give_back(self, connection: AsyncConnection, staff_id: int, number: str) -> list[str]:
        """In the caller's transaction, take it from who leaves (R23); the conversations it belongs to."""
        ...

    async def tell(self, conversation_ids: list[str]) -> None:
        """Wake whoever watches these, once the transaction has been kept."""
        ...
