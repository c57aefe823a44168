"""Catches secrets where they are awaited, before anything is stored: only a token goes on (L12, L13)."""

from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.ports import Captured
from bot.conversation.states import Owner
from bot.conversation.store import Conversation
from bot.errors import BadRequest
from bot.identity import typed
from bot.identity.inside import code_inside
from bot.identity.masks import SECRET
from bot.identity.shield import card_numbers, phone_in, shield
from bot.identity.vault import Vault
from bot.identity.verification import Verification
from bot.records.fields import checked

#: The field of the secure form, by what is awaited.
FIELDS = {"code": "code", "id_characters": "id_characters"}
#: What `awaits` and the vault call a name with a phone number.
CONTACT = "contact"
#: Longer than anything that is asked for in a secure field.
MAX_FIELD = 40

_READ = {"code": typed.code_in, "id_characters": typed.id_in}


class SecretCapture:
    """What the conversation room calls before the shield."""

    def __init__(self, verification: Verification, vault: Vault) -> None:
        self._verification = verification
        self._vault = vault

    async def __call__(
        self,
        connection: AsyncConnection,
        conversation: Conversation,
        text: str | None,
        fields: dict[str, Any] | None,
    ) -> Captured | None:
        """The token for what was typed, if it is the secret that the bot waits for.

        Raises:
            BadRequest: the secure field is empty or far too long.
            UnavailableError: the vault does not answer; the message must not be stored.
        """
        awaited = await self._verification.awaited_in(connection, conversation)
        if conversation.owner is not Owner.BOT:
            return None
        if awaited is not None:
            found = _field(awaited.kind, fields) if fields is not None else None
            if text is not None:
                found = _READ[awaited.kind](text)
            if found is not None:
                return await self._kept(conversation, awaited.kind, found, SECRET)
            if text is not None and awaited.kind == "code" and (inside := code_inside(text)):
                shown = shield(inside.shown, []).text
                return await self._kept(conversation, "code", inside.code, shown)
        if conversation.context.get("awaits") == CONTACT:
            contact = _contact(text, fields)
            return await self._kept(conversation, CONTACT, contact, None) if contact else None
        if text is not None and conversation.context.get("awaits") == "card":
            cards = card_numbers(text)
            if len(cards) == 1:  # of two, nobody can tell which is meant
                return await self._kept(conversation, "card", cards[0], None)
        return None

    async def _kept(
        self, conversation: Conversation, kind: str, secret: str, shown: str | None
    ) -> Captured:
        return Captured(await self._vault.put(conversation.id, kind, secret), kind, shown)


def _contact(text: str | None, fields: dict[str, Any] | None) -> str | None:
    """Name, phone and whether they may be kept, as JSON; from the form, or typed with a phone number in it.

    Raises:
        BadRequest: a field of the form is missing or wrong, or consent was not given.
    """
    if fields is not None:
        values = {name: checked(name, fields.get(name)) for name in ("name", "phone")}
        if fields.get("consent") is not True:
            raise BadRequest("consent_needed", field="consent")
        return orjson.dumps({**values, "consent": True}).decode()
    typed_phone = phone_in(text or "")
    if typed_phone is None:
        return None
    phone, rest = typed_phone
    return orjson.dumps({"name": typed.name_in(rest), "phone": phone, "consent": False}).decode()


def _field(kind: str, fields: dict[str, Any]) -> str | None:
    """What the secure field of this kind holds; None when the fields are another form's."""
    name = FIELDS[kind]
    if set(fields) != {name}:
        return None
    value = fields[name]
    if not isinstance(value, str) or not typed.plain(value) or len(value) > MAX_FIELD:
        raise BadRequest("form_field", field=name)
    return typed.plain(value)
