"""Takes a request down by hand when the machine can not do it: name, phone, matter (R32, D13)."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import BANK_ZONE, Clock
from bot.conversation.ports import Say
from bot.conversation.store import Conversation, Draft, set_context
from bot.errors import BadRequest
from bot.records import store
from bot.records.cipher import Cipher
from bot.records.purposes import Purpose

#: A promised reply comes within a day.
REPLY_WITHIN = timedelta(hours=24)
PURPOSE = "manual_request"

_PHONE = re.compile(r"^(1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|\+\d{8,15})$")
_LIMITS = {"name": 40, "phone": 20, "matter": 500}


@dataclass
class Requests:
    """The form and its work."""

    clock: Clock
    cipher: Cipher
    say: Say
    purposes: dict[str, Purpose]

    def form(self, language: str) -> dict[str, Any]:
        """The form as the widget shows it; consent is a field of its own, never ticked before (L02)."""
        say = self.say
        return {
            "id": PURPOSE,
            "title": say("form_title_manual_request", language),
            "fields": [
                _field("name", say("form_name", language), "text", 40),
                _field("phone", say("form_phone", language), "tel", 20),
                _field("matter", say("form_matter", language), "textarea", 500),
                _field("consent", say("form_consent", language), "checkbox", None),
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
        values = {name: _checked(name, fields.get(name)) for name in _LIMITS}
        if fields.get("consent") is not True:
            raise BadRequest("consent_needed", field="consent")
        now = self.clock.now()
        due_at = now + REPLY_WITHIN
        language = conversation.language
        purpose = self.purposes[PURPOSE]
        consent_id = await store.add_consent(
            connection,
            conversation_id=conversation.id,
            purpose=PURPOSE,
            version=purpose.version,
            language=language,
            channel="web",
            decision="given",
            at=now,
        )
        day = now.astimezone(BANK_ZONE).strftime("%Y%m%d")
        reference = f"R{day}-{await store.count_up(connection, f'R{day}'):04d}"
        await store.add_ticket(
            connection,
            reference=reference,
            kind="request",
            conversation_id=conversation.id,
            consent_id=consent_id,
            language=language,
            state="open",
            fields=self.cipher.encrypt(orjson.dumps(values).decode(), reference),
            created_at=now,
            due_at=due_at,
        )
        await set_context(connection, conversation, open_form=None)
        due = store.due_label(due_at.astimezone(BANK_ZONE), language)
        text = self.say("request_taken", language, reference=reference, due=due)
        return [Draft("system", text, kind="notice", language=language)]


def _field(name: str, label: str, kind: str, longest: int | None) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": name, "label": label, "type": kind, "required": True}
    if longest:
        shown["max"] = longest
    return shown


def _checked(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value.strip()) > _LIMITS[name]:
        raise BadRequest("form_field", field=name)
    value = value.strip()
    if name == "phone" and not _PHONE.match(value.replace(" ", "")):
        raise BadRequest("form_field", field=name)
    return value
