"""Shows one personal field in full, to somebody who says what for; written down before it is shown (R20, R21)."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import BadRequest, NotFound
from bot.records import audit
from bot.records.contacts import Contacts
from bot.records.masks import masked
from bot.records.ticket_holding import TicketHolding
from bot.records.ticket_worker import Worker

#: What a field may be looked at for; words `reveal_<purpose>`.
PURPOSES = ("verify_contact", "call_back", "complaint_handling", "correct_record", "legal")
#: Parts a ticket's reference from the name of its field.
_OF = "."


@dataclass(frozen=True)
class Shown:
    """One field as an agent sees it first; `id` asks for the rest of it."""

    id: str
    field: str
    #: the ticket it belongs to; None for the contact card
    reference: str | None
    masked: str
    #: whether there is more to see
    hidden: bool


@dataclass
class Reveals:
    """The verbs; who may call them is for the caller to know."""

    clock: Clock
    contacts: Contacts
    tickets: TicketHolding

    async def fields(
        self, connection: AsyncConnection, conversation_id: str, worker: Worker
    ) -> list[Shown]:
        """The fields of the card, then of the tickets that this worker may know of, masked."""
        shown = [
            Shown(one.field, one.field, None, one.masked, one.kind == "C2")
            for one in await self.contacts.card_in(connection, conversation_id)
        ]
        for reference, values in (await self.tickets.values(connection, conversation_id, worker)).items():
            for field, value in values.items():
                mask = masked(field, str(value))
                shown.append(Shown(f"{reference}{_OF}{field}", field, reference, mask, mask != str(value)))
        return shown

    async def reveal(
        self, connection: AsyncConnection, conversation_id: str, field: str, purpose: str | None,
        worker: Worker,
    ) -> str:
        """The plain value; the audit row is in the same transaction, and no value comes without it.

        Raises:
            BadRequest: no purpose, or none of the list (`reveal_purpose`).
            NotFound: no such field here, or not for this worker.
        """
        if purpose not in PURPOSES:
            raise BadRequest("reveal_purpose", field="purpose")
        value = await self._value(connection, conversation_id, field, worker)
        await audit.record(
            connection, at=self.clock.now(), actor=worker.actor, action="revealed", subject=conversation_id,
            reason=purpose, field=field,
        )
        return value

    async def note_denial(
        self, connection: AsyncConnection, conversation_id: str, by: str, reason: str
    ) -> None:
        """Somebody asked and was refused; what they typed is not kept."""
        await audit.record(
            connection, at=self.clock.now(), actor=by, action="reveal_denied", subject=conversation_id,
            reason=reason,
        )

    async def _value(
        self, connection: AsyncConnection, conversation_id: str, field: str, worker: Worker
    ) -> str:
        reference, _, name = field.rpartition(_OF)
        if not reference:
            return await self.contacts.value(connection, conversation_id, field)
        values = await self.tickets.values(connection, conversation_id, worker)
        if reference not in values or name not in values[reference]:
            raise NotFound()
        return str(values[reference][name])
