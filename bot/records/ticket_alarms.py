"""Raises each alarm of the tickets' clocks once, however often it is run and whoever else runs it (D10)."""

from bot.clock import Clock
from bot.database import Database
from bot.records import ticket_store as store

#: How many are raised in one go.
BATCH = 200


async def raise_due(database: Database, clock: Clock, limit: int = BATCH) -> int:
    """Raise what is due now: a row of history that the desk shows, and one of audit. Returns how many."""
    now = clock.now()
    async with database.read() as connection:
        waiting = await store.due_alarms(connection, now, limit)
    raised = 0
    for alarm in waiting:
        async with database.write() as connection:
            _, ticket = await store.lock(connection, alarm.reference)
            if not await store.raise_alarm(connection, alarm, now):
                continue  # somebody else was faster, or the ticket has been dealt with meanwhile
            await store.record(
                connection, ticket, "alarm", at=now, actor="system", details={"mark": alarm.mark}
            )
        raised += 1
    return raised
