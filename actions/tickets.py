"""What a customer can do with a ticket by a button: say whether it is solved, take it back (R29, L18).

The buttons carry the reference and who was let in to see it; the gateway keeps what a button does, the page its id.
"""

from datetime import datetime, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.base import PERSON, RoomAction
from actions.talk import Talk
from bot.errors import Conflict, NotFound
from bot.records.ticket_states import Kind, State
from bot.records.ticket_store import Ticket
from bot.records.tickets import Asker

REFERENCE, PASS = "ticket_reference", "ticket_pass"
ANSWER = "ticket_answer"
#: Whoever was verified may use the buttons for so long (S10).
PASS_LIFE = timedelta(minutes=10)

#: What can still be said of an answer: is it solved? A closed matter can be opened again.
_ANSWERS = {State.ANSWERED: ("yes", "no"), State.CLOSED: ("no",)}
TITLES = {
    "ticket_withdraw": {"zh": "撤回这件", "en": "Withdraw it"},
    "appointment_cancel": {"zh": "取消预约", "en": "Cancel the visit"},
    "appointment_change": {"zh": "改日期", "en": "Change the day"},
}


def ticket_choices(talk: Talk, ticket: Ticket, asker: Asker) -> list[dict[str, Any]]:
    """The buttons that go with a ticket in the state it is in."""
    slots = named(ticket, asker, talk.rooms.clock.now())
    say = talk.rooms.catalogue.say
    solved = [
        {
            "title": {language: say(f"ticket_solved_{said}", language) for language in ("zh", "en")},
            "intent": "ticket_confirm", "slots": {**slots, ANSWER: said},
        }
        for said in _ANSWERS.get(ticket.state, ()) if ticket.kind is not Kind.APPOINTMENT
    ]
    intents: list[str] = []
    if ticket.is_live:
        is_visit = ticket.kind is Kind.APPOINTMENT
        intents = ["appointment_change", "appointment_cancel"] if is_visit else ["ticket_withdraw"]
    return [*solved, *({"title": TITLES[one], "intent": one, "slots": slots} for one in intents), PERSON]


def named(ticket: Ticket, asker: Asker, now: datetime) -> dict[str, Any]:
    """The slots that say which ticket a step is about, and who was let in to take it."""
    shown = {"customer_id": asker.customer_id, "until": (now + PASS_LIFE).isoformat()} if asker.verified else None
    return {REFERENCE: ticket.reference, PASS: shown}


async def asker_of(talk: Talk) -> Asker:
    """Whoever speaks here, with what they have shown: a pass of a button, or the bank app's token."""
    shown, now = talk.slot(PASS), talk.rooms.clock.now()
    if shown and now < datetime.fromisoformat(shown["until"]):
        return Asker(talk.conversation_id, verified=True, customer_id=shown["customer_id"])
    customer_id = (await talk.conversation()).customer_id
    return Asker(talk.conversation_id, verified=customer_id is not None, customer_id=customer_id)


class TicketAction(RoomAction):
    """One step of a customer on the ticket that a button names."""

    #: said when the step was taken
    done: str

    async def step(self, talk: Talk, reference: str, asker: Asker) -> Ticket:
        """Take it."""
        raise NotImplementedError

    def words(self, talk: Talk) -> str:
        """The utterance for a step that was taken."""
        return self.done

    def choices(self, talk: Talk) -> list[dict[str, Any]]:
        """What is offered with it."""
        return []

    async def perform(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        talk = Talk(dispatcher, tracker)
        reference = talk.slot(REFERENCE)
        if not reference or talk.confidence < 1:  # typed words name no ticket
            talk.say("utter_ticket_which", choices=[PERSON])
            return [FollowupAction("action_listen")]
        try:
            ticket = await self.step(talk, reference, await asker_of(talk))
        except (Conflict, NotFound):
            talk.say("utter_ticket_moved_on", reference=reference, choices=[PERSON])
        else:
            shown = talk.rooms.tickets.public_view(ticket, talk.language)
            talk.say(self.words(talk), reference=reference, next=shown["next"], choices=self.choices(talk))
        return [FollowupAction("action_listen")]


class ActionTicketConfirm(TicketAction):
    """Whether the answer has solved the matter: closes the ticket or opens it again."""

    done = "utter_ticket_confirmed"

    def name(self) -> str:
        return "action_ticket_confirm"

    async def step(self, talk: Talk, reference: str, asker: Asker) -> Ticket:
        return await talk.rooms.tickets.confirm(reference, talk.slot(ANSWER) == "yes", talk.turn_id, asker)

    def words(self, talk: Talk) -> str:
        return self.done if talk.slot(ANSWER) == "yes" else "utter_ticket_reopened"

    def choices(self, talk: Talk) -> list[dict[str, Any]]:
        return [] if talk.slot(ANSWER) == "yes" else [PERSON]


class ActionTicketWithdraw(TicketAction):
    """The customer takes it back; it ends the same day."""

    done = "utter_ticket_withdrawn"

    def name(self) -> str:
        return "action_ticket_withdraw"

    async def step(self, talk: Talk, reference: str, asker: Asker) -> Ticket:
        return await talk.rooms.tickets.withdraw(reference, talk.turn_id, asker)
