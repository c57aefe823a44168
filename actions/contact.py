"""How to reach the customer: purpose first, then a form whose values never pass through the dialogue (R06, R16).

The gateway keeps what was filled in under a token; here it is redeemed into the contact card, with the consent.
What the bank or this conversation has already is offered, not asked for again (L18).
"""

import re
from typing import Any, ClassVar

from rasa_sdk.events import SlotSet

from actions.base import PERSON
from actions.contact_keeping import CONTACT, EARLIER, FIELDS, NO, PENDING, REFUSED, REGISTERED, ContactKeeping
from actions.forms import Ended, Events
from actions.talk import Talk
from bot.conversation import store
from bot.identity.typed import name_in
from bot.records.consent_states import Decision
from bot.records.masks import masked

#: What the slot holds where there is no contact.
NONE = "none"
#: What stands when the customer has said no; they are not asked again (L03).
TURNED_DOWN = frozenset({Decision.REFUSED, Decision.WITHDRAWN})


class ContactForm(ContactKeeping):
    """A dialogue that keeps name and phone under one purpose of the registry."""

    #: whether the matter can be served without
    optional: ClassVar[bool] = False

    async def wanted(self, talk: Talk) -> list[str]:
        """Without a contact where one was turned down before and the matter can do without (L03)."""
        slots = await super().wanted(talk)
        if self.optional and await self.turned_down(talk):
            return [slot for slot in slots if slot != CONTACT]
        return slots

    async def turned_down(self, talk: Talk) -> bool:
        """Whether the customer has said no to this purpose in this conversation."""
        return await talk.rooms.consents.standing(talk.conversation_id, self.purpose) in TURNED_DOWN

    async def ask_contact(self, talk: Talk) -> Events | None:
        """Ask once a conversation: a refusal is respected (L03)."""
        if await self.turned_down(talk) and not self.comes_back(talk):
            return await self._refused(talk)
        wording = talk.rooms.consents.wording(self.purpose, talk.language)
        await self._say(talk, "utter_contact_form", wording=wording.text)
        return None

    async def remind_contact(self, talk: Talk) -> None:
        await self._say(talk, "utter_remind_contact")

    async def again_contact(self, talk: Talk, more: list[dict[str, Any]]) -> None:
        await self._say(talk, "utter_again_contact", more)

    def reads_contact(self, talk: Talk) -> bool:
        """A no, a name that is asked for, or digits that may be meant for a number."""
        digits = re.search(r"\d{5}", re.sub(r"[\s-]", "", talk.plain))
        return self._says_no(talk) or self._name_said(talk) != "" or bool(digits)

    async def hear_contact(self, talk: Talk) -> Events | None:
        said = talk.pressed(CONTACT)
        if said == REFUSED or self._says_no(talk):
            await talk.rooms.consents.decide(talk.conversation_id, self.purpose, "refused", turn_id=talk.turn_id)
            return await self._refused(talk)
        if said in (EARLIER, REGISTERED):
            values = await self._earlier(talk) if said == EARLIER else await self._registered(talk)
            return await self._keep(talk, values, list(FIELDS)) if values else None
        if token := talk.secret(CONTACT):
            return await self._filled_in(talk, token)
        pending = talk.slot(PENDING) or {}
        if isinstance(said, dict) or (talk.means("yes") and pending.get("wants") == "yes"):
            return await self._agreed(talk, said if isinstance(said, dict) else pending)
        return await self._named(talk, pending)

    async def cancelled(self, talk: Talk) -> None:
        """What was given for this matter alone is not kept for another."""
        async with talk.rooms.database.write() as connection:
            conversation = await store.lock(connection, talk.conversation_id)
            await talk.rooms.contacts.let_go(connection, conversation, self.purpose)

    def comes_back(self, talk: Talk) -> bool:
        """Whether the customer, who had said no, wants to leave a contact after all."""
        return False

    def _emptied(self) -> Events:
        return [*super()._emptied(), SlotSet(PENDING, None)]

    def ways_on(self, tracker: Any) -> dict[str, Any]:
        """The form stays open too."""
        ways = super().ways_on(tracker)
        return {**ways, "form": self._form} if ways["awaits"] == CONTACT else ways

    # ---- what was said

    async def _filled_in(self, talk: Talk, token: str) -> Events:
        """The form, whose box was ticked, or what was typed into the chat in its place."""
        values = await self._redeemed(talk, token)
        if values is None:
            return []
        if values.pop("consent"):
            return await self._keep(talk, values, [])
        if not values["name"]:
            values["name"] = (await self._earlier(talk) or values)["name"]
        if values["name"]:
            return await self._ask_consent(talk, values)
        pending = {"token": await self._put_away(talk, values), "settled": [], "wants": "name"}
        talk.say("utter_ask_contact_name", phone=masked("phone", values["phone"]), awaits=CONTACT, choices=[NO])
        return [SlotSet(PENDING, pending)]

    async def _named(self, talk: Talk, pending: dict[str, Any]) -> Events | None:
        """The name that belongs to a number which was typed without one."""
        name = self._name_said(talk)
        if not name:
            return None
        values = await self._redeemed(talk, pending["token"])
        return await self._ask_consent(talk, {**values, "name": name}) if values else [SlotSet(PENDING, None)]

    async def _agreed(self, talk: Talk, said: dict[str, Any]) -> Events:
        """A yes to keeping what was typed, or to one of two values that differ."""
        values = await self._redeemed(talk, said["token"])
        kept = await self._keep(talk, values, said["settled"]) if values else []
        return [SlotSet(PENDING, None), *kept]

    def _says_no(self, talk: Talk) -> bool:
        return talk.means("no") or talk.means("skip") or talk.mentions("no_contact")

    def _name_said(self, talk: Talk) -> str:
        wanted = (talk.slot(PENDING) or {}).get("wants") == "name"
        if not wanted or any(talk.means(one) for one in ("cancel", "person", "no", "skip", "yes")):
            return ""
        return name_in(talk.typed)

    async def _refused(self, talk: Talk) -> Events:
        if not self.optional:
            talk.say("utter_contact_needed", choices=[PERSON])
            raise Ended
        return [SlotSet(CONTACT, NONE)]
