"""Takes a request down by hand when the machine can not do it: name, phone, matter (R32, D13)."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.ports import Say, Shield
from bot.conversation.store import Conversation, Draft, set_context
from bot.errors import BadRequest
from bot.records.consent_states import Decision
from bot.records.consents import Consents
from bot.records.fields import LIMITS, checked
from bot.records.ticket_states import Kind
from bot.records.ticket_words import due_words
from bot.records.tickets import Tickets

PURPOSE = "manual_request"
#: The fields of the form, in its order.
FIELDS = ("name", "phone", "matter")


@dataclass
class Requests:
    """The form and its work."""

    say: Say
    shield: Shield
    consents: Consents
    tickets: Tickets

    def form(self, language: str) -> dict[str, Any]:
        """The form as the widget shows it; consent is a field of its own, never ticked before (L02)."""
        say = self.say
        return {
            "id": PURPOSE,
            "title": say("form_title_manual_request", language),
            "fields": [
                _field("name", say("form_name", language), "text"),
                _field("phone", say("form_phone", language), "tel"),
                _field("matter", say("form_matter", language), "textarea"),
                _field("consent", say("form_consent", language), "checkbox"),
            ],
            "submit": say("form_submit", language),
        }

    async def submit(
        self, connection: AsyncConnection, conversation: Conversation, fields: dict[str, Any]
    ) -> list[Draft]:
        """Log the consent, keep the request encrypted, and tell the reference.

        Raises:
            BadRequest: a field is missing or wrong, or consent was not given; nothing is kept.
        """
        values = {name: checked(name, fields.get(name)) for name in FIELDS}
        values["matter"] = self.shield(values["matter"], []).text  # passwords are never kept (L12)
        if fields.get("consent") is not True:
            raise BadRequest("consent_needed", field="consent")
        # The message that carries the form is stored once; the form needs no turn of its own.
        turn_id, language = str(uuid.uuid4()), conversation.language
        consent = await self.consents.decide_in(
            connection, conversation, PURPOSE, Decision.GIVEN, turn_id=turn_id
        )
        ticket = await self.tickets.open(
            connection, conversation, kind=Kind.REQUEST, turn_id=turn_id, public={}, private=values,
            consent_id=consent.id, customer_id=conversation.customer_id,
        )
        await set_context(connection, conversation, open_form=None)
        due = due_words(ticket.due_at, language)
        text = self.say("request_taken", language, reference=ticket.reference, due=due)
        return [Draft("system", text, kind="notice", language=language)]


def _field(name: str, label: str, kind: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": name, "label": label, "type": kind, "required": True}
    if name in LIMITS:
        shown["max"] = LIMITS[name]
    return shown
