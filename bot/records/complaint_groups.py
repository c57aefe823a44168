"""Complaints of many people about the same matter (L18).

A supervisor joins them. At most five people speak for all; from twenty on the matter is a major
one: every complaint of it comes before the others, and its history says so once. Each complaint
keeps its own clock, answer and end: nobody is withdrawn by somebody else.

Whoever changes a group locks it before conversation and ticket.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.conversation.wakes import Wakes
from bot.database import Database
from bot.errors import Conflict, Forbidden, NotFound
from bot.records import ticket_store as store
from bot.records.store import complaint_groups, next_reference, tickets
from bot.records.ticket_states import Kind, State
from bot.records.ticket_store import Ticket
from bot.records.ticket_worker import Worker
from bot.records.tickets import DESKS

MAX_REPRESENTATIVES = 5
#: So many people make a matter a major one.
MAJOR = 20
#: Before every other ticket.
MAJOR_PRIORITY = 9
#: The letter of a group's reference.
LETTER = "G"


@dataclass(frozen=True)
class Group:
    """A matter with its complaints, oldest first."""

    reference: str
    opened_at: datetime
    major_at: datetime | None
    members: list[Ticket]

    @property
    def people(self) -> int:
        """How many different people still complain."""
        return len({one.customer_id or one.conversation_id for one in self.members if _stands(one)})

    @property
    def representatives(self) -> list[Ticket]:
        return [one for one in self.members if one.represents]

    def shown_to(self, worker: Worker) -> "Group":
        """Without what this supervisor may not know of: complaints about themselves."""
        return replace(self, members=[one for one in self.members if worker.may_see(one)])


@dataclass
class ComplaintGroups:
    """The verbs, with what they need."""

    database: Database
    clock: Clock
    wakes: Wakes

    async def show(self, reference: str, worker: Worker) -> Group:
        """The group, as far as this supervisor may know of it.

        Raises:
            Forbidden: only supervisors see the whole matter.
            NotFound: there is none.
        """
        _supervises(worker)
        async with self.database.read() as connection:
            return (await _find(connection, reference)).shown_to(worker)

    async def join(self, reference: str, worker: Worker, group: str | None = None) -> Group:
        """Put this complaint into the group, or into a new one; a second time changes nothing.

        Raises:
            Forbidden: only a supervisor joins complaints.
            NotFound: no such group, or no such complaint for this worker.
            Conflict: it is no complaint (`not_a_complaint`), or in another group (`other_group`).
        """
        _supervises(worker)
        async with self.database.write() as connection:
            name = group or await self._open(connection, worker)
            await _lock(connection, name)
            ticket = await self._complaint(connection, reference, worker)
            if ticket.group_reference not in (None, name):
                raise Conflict("other_group", field="group", group=ticket.group_reference)
            if ticket.group_reference is None:
                await self._set(connection, ticket, worker, "grouped", name, group_reference=name)
            await self._judge(connection, await _find(connection, name))
            found = await _find(connection, name)
        await self.wakes.publish(DESKS)
        return found.shown_to(worker)

    async def represent(self, reference: str, worker: Worker, speaks: bool) -> Group:
        """Whether this customer speaks for all of their group; of more than five, the sixth is refused.

        Raises:
            Forbidden: only a supervisor writes this down.
            NotFound: no such complaint for this worker.
            Conflict: it is in no group (`no_group`), its customer has withdrawn it (`ticket_state`),
                or five speak already (`enough_representatives`).
        """
        _supervises(worker)
        async with self.database.write() as connection:
            ticket = await store.find(connection, reference)
            if not worker.may_see(ticket):
                raise NotFound("ticket_not_found")
            name = ticket.group_reference
            if name is None:
                raise Conflict("no_group", field="group")
            await _lock(connection, name)
            ticket = await self._complaint(connection, reference, worker)
            speakers = [one for one in (await _find(connection, name)).representatives if _stands(one)]
            if speaks and not _stands(ticket):
                raise Conflict("ticket_state", state=ticket.state.value)
            if speaks and not ticket.represents and len(speakers) >= MAX_REPRESENTATIVES:
                raise Conflict("enough_representatives", field="represents", limit=MAX_REPRESENTATIVES)
            if ticket.represents != speaks:
                event = "speaks" if speaks else "speaks_no_more"
                await self._set(connection, ticket, worker, event, name, represents=speaks)
            found = await _find(connection, name)
        await self.wakes.publish(DESKS)
        return found.shown_to(worker)

    async def _open(self, connection: AsyncConnection, worker: Worker) -> str:
        now = self.clock.now()
        reference = await next_reference(connection, LETTER, now)
        await connection.execute(
            insert(complaint_groups).values(reference=reference, opened_at=now, opened_by=worker.number)
        )
        return reference

    async def _complaint(self, connection: AsyncConnection, reference: str, worker: Worker) -> Ticket:
        _, ticket = await store.lock(connection, reference)
        if not worker.may_see(ticket):
            raise NotFound("ticket_not_found")
        if ticket.kind is not Kind.COMPLAINT:
            raise Conflict("not_a_complaint", field="group")
        return ticket

    async def _set(
        self, connection: AsyncConnection, ticket: Ticket, worker: Worker, event: str, group: str, **values: Any
    ) -> None:
        await connection.execute(
            update(tickets).where(tickets.c.reference == ticket.reference).values(**values)
        )
        await store.record(
            connection, ticket, event, at=self.clock.now(), actor=worker.actor, details={"group": group}
        )

    async def _judge(self, connection: AsyncConnection, group: Group) -> None:
        """Call the matter a major one when it has become that; those who join later come first too."""
        if group.major_at is None and group.people < MAJOR:
            return
        now = self.clock.now()
        if group.major_at is None:
            await connection.execute(
                update(complaint_groups)
                .where(complaint_groups.c.reference == group.reference)
                .values(major_at=now)
            )
        for ticket in group.members:
            if ticket.priority == MAJOR_PRIORITY:
                continue
            await connection.execute(
                update(tickets)
                .where(tickets.c.reference == ticket.reference)
                .values(priority=MAJOR_PRIORITY)
            )
            await store.record(
                connection, ticket, "major", at=now, actor="system", details={"group": group.reference}
            )


def _supervises(worker: Worker) -> None:
    if not worker.is_supervisor:
        raise Forbidden("needs_supervisor")


def _stands(ticket: Ticket) -> bool:
    return ticket.state is not State.WITHDRAWN


async def _lock(connection: AsyncConnection, reference: str) -> None:
    query = select(complaint_groups.c.reference).where(complaint_groups.c.reference == reference)
    if (await connection.execute(query.with_for_update())).one_or_none() is None:
        raise NotFound("group_not_found")


async def _find(connection: AsyncConnection, reference: str) -> Group:
    query = select(complaint_groups).where(complaint_groups.c.reference == reference)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFound("group_not_found")
    return Group(
        row.reference, row.opened_at, row.major_at, await store.of_group(connection, reference)
    )

