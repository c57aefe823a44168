"""How a ticket stands: in the same conversation at once, by number from elsewhere after a check (R29).

Whoever wants to move or cancel a visit comes through here too: first which one it is and whether it is theirs.
"""

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import PERSON, RoomAction
from actions.forms import Ended, Events
from actions.talk import Talk, picked
from actions.tickets import named, ticket_choices
from actions.verifying import CARD, CODE, ID, VerifiedForm
from bot.conversation import store
from bot.errors import NotFound
from bot.records.ticket_states import Kind
from bot.records.ticket_store import Ticket
from bot.records.ticket_words import kind_title
from bot.records.tickets import Asker

ACT = "complaint_progress"
REFERENCE, WISH = "progress_reference", "progress_wish"
#: So many are offered to choose from.
OFFERED = 6
#: What may be wanted of a visit, by its meaning in data/replies.yml: the dialogue that does it.
VISIT_WISHES = {"change_visit": "reschedule_form", "cancel_visit": "cancel_visit_form"}

RETRY: dict[str, Any] = {
    "title": {"zh": "换个编号再查", "en": "Try another reference"}, "intent": "service_complaint_progress",
}

_REFERENCE = re.compile(r"([a-z])\s*-?\s*(20\d{6})\s*-?\s*(\d{4})")


class ValidateProgressForm(VerifiedForm):
    """A number; for one of another conversation the customer shows who they are."""

    form = "progress_form"
    slots = (REFERENCE, CARD, ID, CODE)
    asks_card = "utter_ask_progress_card"

    def act(self, talk: Talk) -> str:
        return ACT

    async def wanted(self, talk: Talk) -> list[str]:
        return [REFERENCE] if await self._is_theirs(talk) else list(self.slots)

    async def begin(self, talk: Talk) -> Events:
        wish = next((one for one in VISIT_WISHES if talk.mentions(one)), None)
        events = [SlotSet(WISH, wish)]
        found = [one.reference for one in await self._at_hand(talk, wish)]
        if named_one := reference_in(talk.plain):
            found = [named_one]
        elif talk.typed.strip() in RETRY["title"].values():  # pressed: it is none of these
            found = []
        return [*events, SlotSet(REFERENCE, found[0])] if len(found) == 1 else events

    async def ask_progress_reference(self, talk: Talk) -> None:
        wish = talk.slot(WISH)
        choices = [picked(REFERENCE, one.reference, **_titles(talk, one)) for one in await self._at_hand(talk, wish)]
        talk.say("utter_ask_visit_reference" if wish else "utter_progress_reference", choices=choices)

    async def _at_hand(self, talk: Talk, wish: str | None) -> list[Ticket]:
        """The tickets that can be meant: of this conversation, and of the customer whom the bank's app names.

        Only a booked visit can be moved.
        """
        found = await talk.rooms.tickets.of_conversation(talk.conversation_id)
        if customer_id := (await talk.conversation()).customer_id:
            known = {one.reference for one in found}
            found += [one for one in await talk.rooms.tickets.owed_to(customer_id) if one.reference not in known]
        return [one for one in found if not wish or (one.kind is Kind.APPOINTMENT and one.is_live)][:OFFERED]

    def reads_progress_reference(self, talk: Talk) -> bool:
        return reference_in(talk.plain) is not None or talk.mentions("no_reference")

    async def hear_progress_reference(self, talk: Talk) -> Events | None:
        named = talk.pressed(REFERENCE) or reference_in(talk.plain)
        if named:
            return [SlotSet(REFERENCE, named)]
        if talk.mentions("no_reference"):
            talk.say("utter_no_reference", choices=[PERSON])
            raise Ended
        return None

    async def _is_theirs(self, talk: Talk) -> bool:
        """Whether no proof is needed: it is of this conversation, or of the customer whom the bank's app names."""
        named_one = talk.slot(REFERENCE)
        found = await talk.rooms.tickets.of_conversation(talk.conversation_id)
        if named_one is None or any(one.reference == named_one for one in found):
            return True
        return await _is_own(talk, named_one)


class ActionProgress(RoomAction):
    """Says where the ticket stands; a number that is not there sounds like one of somebody else's."""

    def name(self) -> str:
        return "action_progress"

    async def perform(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        talk = Talk(dispatcher, tracker)
        ours, reference = talk.rooms, talk.slot(REFERENCE)
        if not reference:
            return []
        asker = await self._asker(talk, reference)
        try:
            [ticket] = await ours.tickets.progress(asker, reference)
        except NotFound:
            talk.say("utter_progress_unknown", choices=[RETRY, PERSON])
            return [*emptied(), FollowupAction("action_listen")]
        wish, now = talk.slot(WISH), ours.clock.now()
        if wish and ticket.kind is Kind.APPOINTMENT and ticket.is_live:
            slots = [SlotSet(name, value) for name, value in named(ticket, asker, now).items()]
            return [*emptied(), *slots, FollowupAction(VISIT_WISHES[wish])]
        shown = ours.tickets.public_view(ticket, talk.language)
        talk.say(
            "utter_progress", reference=ticket.reference, kind=shown["kind_title"], state=shown["state_title"],
            next=shown["next"], choices=ticket_choices(talk, ticket, asker),
        )
        return [*emptied(), FollowupAction("action_listen")]

    async def _asker(self, talk: Talk, reference: str) -> Asker:
        """Whoever asks, with what they have shown; a code is used up by that."""
        ours = talk.rooms
        if talk.slot(CODE) != "used":
            customer_id = (await talk.conversation()).customer_id
            own = await _is_own(talk, reference)
            return Asker(talk.conversation_id, verified=own, customer_id=customer_id if own else None)
        async with ours.database.write() as connection:
            await store.lock(connection, talk.conversation_id)
            await ours.verification.spend(connection, talk.conversation_id, ACT, talk.slot(CARD)["card_id"])
        return Asker(talk.conversation_id, verified=True, customer_id=talk.slot(CARD)["customer_id"])


async def _is_own(talk: Talk, reference: str) -> bool:
    """Whether the ticket was filed by the customer whom the bank's own app has named here."""
    customer_id = (await talk.conversation()).customer_id
    if customer_id is None:
        return False
    try:
        return (await talk.rooms.tickets.find(reference)).customer_id == customer_id
    except NotFound:
        return False


def emptied() -> Events:
    """What was verified is used up, and the next question begins anew."""
    return [SlotSet(slot, None) for slot in (*ValidateProgressForm.slots, WISH)]


def _titles(talk: Talk, ticket: Ticket) -> dict[str, str]:
    """「投诉 C20261123-0007」 in both languages."""
    say = talk.rooms.catalogue.say
    return {one: f"{kind_title(say, ticket.kind, one)} {ticket.reference}" for one in ("zh", "en")}


def reference_in(text: str) -> str | None:
    """The reference in these words, however it is spaced: C20261123-0007."""
    found = _REFERENCE.search(text)
    return f"{found[1].upper()}{found[2]}-{found[3]}" if found else None
