"""Keeps a contact that was given, with its consent, and offers the one that is known already (L01, L18, R17).

Values that wait for a word of the customer lie in the vault; buttons and slots carry its token alone.
"""

from typing import Any, ClassVar

import orjson
from rasa_sdk.events import SlotSet
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.forms import Events, ServiceForm
from actions.talk import Talk, picked
from bot.bank.port import Customer
from bot.conversation import store
from bot.errors import BadRequest, UnavailableError
from bot.records.consent_states import Decision
from bot.records.contacts import Contradiction
from bot.records.masks import masked

CONTACT = "contact"
#: What was typed into the chat and waits for a name or a yes: its token, and the fields that were settled.
PENDING = "contact_pending"
#: What the slot holds once there is a contact; the values themselves are in the contact card.
GIVEN = "given"
#: What a button says: no contact; the number the bank has; the one given before in this conversation.
REFUSED, REGISTERED, EARLIER = "refused", "registered", "earlier"
NO = picked(CONTACT, REFUSED, zh="不留联系方式", en="Leave no contact")
FIELDS = ("name", "phone")


class ContactKeeping(ServiceForm):
    """What a dialogue does with name and phone once they are there; `ContactForm` hears them."""

    #: the purpose in data/purposes.yml
    purpose: ClassVar[str]

    async def contact_shown(self, talk: Talk) -> dict[str, str]:
        """Name and phone as they are read back: masked (L14)."""
        card = await talk.rooms.contacts.card(talk.conversation_id)
        return {one.field: one.masked for one in card if one.field in FIELDS}

    # ---- keeping it

    async def _keep(self, talk: Talk, values: dict[str, str], settled: list[str]) -> Events:
        """Consent and contact card in one transaction; a wrong value keeps nothing.

        `settled` are the fields for which the customer has chosen between two values.
        """
        try:
            clash = await self._write(talk, values, settled)
        except BadRequest as exc:
            await self._say(talk, f"utter_contact_wrong_{exc.field}")
            return []
        if clash is None:
            return [SlotSet(CONTACT, GIVEN)]
        return await self._ask_which(talk, values, settled, clash)

    async def _write(self, talk: Talk, values: dict[str, str], settled: list[str]) -> Contradiction | None:
        """The contradiction with what was said before, if there is one (R17)."""
        ours = talk.rooms
        async with ours.database.write() as connection:
            conversation = await store.lock(connection, talk.conversation_id)
            await ours.consents.decide_in(
                connection, conversation, self.purpose, Decision.GIVEN, turn_id=talk.turn_id
            )
            for field in FIELDS:
                kept = await ours.contacts.put(
                    connection, conversation, field, values.get(field, ""), self.purpose,
                    by=f"conversation:{conversation.id}", replace=field in settled,
                )
                if isinstance(kept, Contradiction):
                    return kept
        return None

    async def _ask_which(
        self, talk: Talk, values: dict[str, str], settled: list[str], clash: Contradiction
    ) -> Events:
        """Two values that differ: the customer says which is right."""
        async with talk.rooms.database.read() as connection:
            before = await talk.rooms.contacts.value(connection, talk.conversation_id, clash.field)
        settled = [*settled, clash.field]
        now = await self._chosen(talk, values, settled)
        then = await self._chosen(talk, {**values, clash.field: before}, settled)
        choices = [
            picked(CONTACT, now, zh=f"用这次的 {clash.given}", en=f"Use {clash.given}, as now"),
            picked(CONTACT, then, zh=f"用之前的 {clash.known}", en=f"Use {clash.known}, as before"),
        ]
        talk.say(
            "utter_contact_differs", before=clash.known, now=clash.given, form=self._form, awaits=CONTACT,
            choices=choices,
        )
        return []

    async def _ask_consent(self, talk: Talk, values: dict[str, str]) -> Events:
        """What was typed into the chat instead of the form is not kept before a yes (L01)."""
        chosen = await self._chosen(talk, values, [])
        talk.say("utter_ask_contact_consent", phone=masked("phone", values["phone"]), awaits=CONTACT, choices=[
            picked(CONTACT, chosen, zh="同意保存", en="I agree"), NO,
        ])
        return [SlotSet(PENDING, {**chosen, "wants": "yes"})]

    async def _chosen(self, talk: Talk, values: dict[str, str], settled: list[str]) -> dict[str, Any]:
        """What the button carries that says yes to these values."""
        return {"token": await self._put_away(talk, values), "settled": settled}

    async def _put_away(self, talk: Talk, values: dict[str, str]) -> str:
        """Keep the values for minutes, encrypted, until the customer has said yes; the token of it."""
        kept = orjson.dumps({**values, "consent": False}).decode()
        return await talk.rooms.vault.put(talk.conversation_id, CONTACT, kept)

    async def _redeemed(self, talk: Talk, token: str) -> dict[str, Any] | None:
        """What is kept under the token; None when its time is over, which is said."""
        kept = await talk.rooms.vault.redeem(talk.conversation_id, token, CONTACT)
        if kept is None:
            await self._say(talk, "utter_contact_enter_again")
            return None
        return dict(orjson.loads(kept))

    # ---- what is offered

    @property
    def _form(self) -> str:
        return f"contact_{self.purpose}"

    async def _say(self, talk: Talk, utter: str, more: list[dict[str, Any]] | None = None, **args: str) -> None:
        """With the form, and what can be chosen in its place."""
        choices = [*await self._offered(talk), NO, *(more or [])]
        talk.say(utter, form=self._form, awaits=CONTACT, choices=choices, **args)

    async def _offered(self, talk: Talk) -> list[dict[str, Any]]:
        """A number that is known already: the one given before, or the one the bank has."""
        if earlier := await self._earlier(talk):
            phone = masked("phone", earlier["phone"])
            return [picked(CONTACT, EARLIER, zh=f"同意，用之前留的 {phone}", en=f"Agree, use {phone} again")]
        if registered := await self._registered(talk):
            phone = masked("phone", registered["phone"])
            return [picked(
                CONTACT, REGISTERED, zh=f"同意，用预留手机 {phone}", en=f"Agree, use my registered phone {phone}"
            )]
        return []

    async def _earlier(self, talk: Talk) -> dict[str, str] | None:
        """Name and phone from the card of this conversation, if both are there."""
        if set(await self.contact_shown(talk)) != set(FIELDS):
            return None
        async with talk.rooms.database.read() as connection:
            return await contact_of(talk, connection)

    async def _registered(self, talk: Talk) -> dict[str, str] | None:
        """The customer whom the bank's app has named, if the bank can call them."""
        customer_id = (await talk.conversation()).customer_id
        try:
            customer = await talk.rooms.bank.customer(customer_id) if customer_id else None
        except UnavailableError:  # the form will do
            return None
        return _bank_has(customer, talk.language) if customer and customer.phone else None


async def contact_of(talk: Talk, connection: AsyncConnection) -> dict[str, str]:
    """Name and phone in the clear, for the ticket that they were given for."""
    return {
        field: await talk.rooms.contacts.value(connection, talk.conversation_id, field) for field in FIELDS
    }


def _bank_has(customer: Customer, language: str) -> dict[str, str]:
    return {"name": customer.honorific[language], "phone": customer.phone or ""}
