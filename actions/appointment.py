"""An appointment to open an account: who, class, branch, day, contact; papers to bring (R10, R12)."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import booking
from actions.base import PERSON, RoomAction
from actions.booking import BRANCH, CLASS, DAY, WHO
from actions.choosing import asks
from actions.closing import RESULT_CHOICES
from actions.contact import TURNED_DOWN, ContactForm
from actions.contact_keeping import contact_of
from actions.forms import Ended, Events
from actions.talk import Talk, picked
from actions.tickets import asker_of, ticket_choices
from bot.conversation import store
from bot.errors import BadRequest
from bot.records.consent_states import Decision
from bot.records.ticket_states import Kind
from bot.records.ticket_store import Ticket

OCCUPATION, CONFIRMED = "appointment_occupation", "appointment_confirmed"
#: What the slot holds; the words themselves are in the contact card.
GIVEN, AT_THE_BRANCH = "given", "-"

OCCUPATION_PURPOSE, LONGEST_OCCUPATION = "appointment_occupation", 40
#: A short text is an answer even when it sounds like a topic of ours: 「银行柜员」.
SHORT_OCCUPATION = 16
AT_BRANCH = picked(OCCUPATION, "branch", zh="到网点再填", en="I'll give it at the branch")
YES = picked(CONFIRMED, "yes", zh="确认预约", en="Book it")
NO = picked(CONFIRMED, "no", zh="先不预约", en="Not now")
OTHER_DAY = picked(CONFIRMED, "day", zh="换一天", en="Another day")
OTHER_BRANCH = picked(CONFIRMED, "branch", zh="换网点", en="Another branch")
LAST = [YES, OTHER_DAY, OTHER_BRANCH, NO]
#: What an answer to the read-back changes.
CHANGES = {"day": DAY, "branch": BRANCH}

Buttons = list[dict[str, Any]]


class ValidateAppointmentForm(ContactForm):
    """What to bring is said before anything is asked of the person."""

    form = "appointment_form"
    slots = (WHO, CLASS, BRANCH, DAY, OCCUPATION, "contact", CONFIRMED)
    purpose = "appointment"

    async def wanted(self, talk: Talk) -> list[str]:
        asks_for_it = await self._asks_occupation(talk)
        return [slot for slot in self.slots if slot != OCCUPATION or asks_for_it]

    async def cancelled(self, talk: Talk) -> None:
        """What was given for this visit goes; what one that is booked already was filed with is in its ticket."""
        await super().cancelled(talk)
        async with talk.rooms.database.write() as connection:
            conversation = await store.lock(connection, talk.conversation_id)
            await talk.rooms.contacts.let_go(connection, conversation, OCCUPATION_PURPOSE)

    async def _asks_occupation(self, talk: Talk) -> bool:
        """Whether the class needs it and the customer has not said no to it in this conversation (L03)."""
        account_class = talk.slot(CLASS)
        if not account_class or not talk.rooms.appointments.wants_occupation(account_class):
            return False
        if talk.slot(OCCUPATION):
            return True
        return await talk.rooms.consents.standing(talk.conversation_id, OCCUPATION_PURPOSE) not in TURNED_DOWN

    async def begin(self, talk: Talk) -> Events:
        """Words about a visit that is booked go there; whoever is a child themselves is asked nothing (L11)."""
        if booking.is_about_booked(talk):
            raise Ended("progress_form")
        if talk.mentions("minor"):
            talk.say("utter_appointment_minor", choices=[PERSON])
            raise Ended
        if await self.turned_down(talk):
            talk.say("utter_appointment_not_without", choices=[PERSON])
            raise Ended
        talk.say("utter_appointment_begin")
        who, account_class = booking.who_in(talk), booking.class_said(talk)
        self._tell_papers(talk, account_class, who)
        return [SlotSet(WHO, who), SlotSet(CLASS, account_class), SlotSet(BRANCH, booking.branch_said(talk))]

    def _tell_papers(self, talk: Talk, account_class: str | None, who: str | None) -> None:
        """As soon as it is known which: whoever lacks one need not go on (R12)."""
        if account_class and who:
            talk.say("utter_appointment_papers", papers=booking.papers(talk, account_class, who))

    # ---- who comes

    async def ask_appointment_who(self, talk: Talk) -> None:
        talk.say("utter_appointment_who", choices=booking.buttons(WHO, booking.WHO_TITLES))

    async def again_appointment_who(self, talk: Talk, more: Buttons) -> None:
        talk.say("utter_again_appointment_who", choices=[*booking.buttons(WHO, booking.WHO_TITLES), *more])

    def reads_appointment_who(self, talk: Talk) -> bool:
        return booking.who_in(talk) is not None or talk.mentions("minor")

    async def hear_appointment_who(self, talk: Talk) -> Events | None:
        if talk.mentions("minor"):
            talk.say("utter_appointment_minor", choices=[PERSON])
            raise Ended
        pressed = talk.pressed(WHO)
        who = pressed if pressed in booking.WHO_TITLES else booking.who_in(talk)
        self._tell_papers(talk, talk.slot(CLASS), who)
        return [SlotSet(WHO, who)] if who else None

    # ---- class, branch, day

    async def ask_appointment_class(self, talk: Talk) -> None:
        talk.say("utter_appointment_class", choices=booking.buttons(CLASS, booking.class_titles(talk)))

    async def again_appointment_class(self, talk: Talk, more: Buttons) -> None:
        choices = booking.buttons(CLASS, booking.class_titles(talk))
        talk.say("utter_again_appointment_class", choices=[*choices, *more])

    def reads_appointment_class(self, talk: Talk) -> bool:
        return booking.class_in(talk) is not None or booking.names_class(talk)

    async def hear_appointment_class(self, talk: Talk) -> Events | None:
        pressed = talk.pressed(CLASS)
        found = pressed if pressed in booking.class_titles(talk) else booking.class_in(talk)
        self._tell_papers(talk, found, talk.slot(WHO))
        return [SlotSet(CLASS, found)] if found else None

    async def ask_appointment_branch(self, talk: Talk) -> None:
        talk.say("utter_appointment_branch", choices=booking.buttons(BRANCH, booking.branch_titles(talk)))

    async def again_appointment_branch(self, talk: Talk, more: Buttons) -> None:
        choices = booking.buttons(BRANCH, booking.branch_titles(talk))
        talk.say("utter_again_appointment_branch", choices=[*choices, *more])

    def reads_appointment_branch(self, talk: Talk) -> bool:
        return booking.branch_in(talk) is not None or booking.names_branch(talk)

    async def hear_appointment_branch(self, talk: Talk) -> Events | None:
        pressed = talk.pressed(BRANCH)
        found = pressed if pressed in booking.branch_titles(talk) else booking.branch_in(talk)
        return [SlotSet(BRANCH, found)] if found else None

    async def ask_appointment_day(self, talk: Talk) -> None:
        talk.say("utter_appointment_day", choices=booking.buttons(DAY, booking.days(talk)))

    async def again_appointment_day(self, talk: Talk, more: Buttons) -> None:
        talk.say("utter_again_appointment_day", choices=[*booking.buttons(DAY, booking.days(talk)), *more])

    def reads_appointment_day(self, talk: Talk) -> bool:
        return booking.names_day(talk)

    async def hear_appointment_day(self, talk: Talk) -> Events | None:
        found = booking.day_in(talk, DAY)
        return [SlotSet(DAY, found)] if found else None

    # ---- what the customer works as

    async def ask_appointment_occupation(self, talk: Talk) -> None:
        """Under a consent of its own; it may be left to the branch (L02)."""
        wording = talk.rooms.consents.wording(OCCUPATION_PURPOSE, talk.language)
        talk.say("utter_appointment_occupation", wording=wording.text, choices=[AT_BRANCH])

    async def again_appointment_occupation(self, talk: Talk, more: Buttons) -> None:
        talk.say("utter_again_appointment_occupation", choices=[AT_BRANCH, *more])

    def reads_appointment_occupation(self, talk: Talk) -> bool:
        short = 1 < len(talk.plain) <= SHORT_OCCUPATION and not asks(talk.plain)
        return talk.mentions("at_branch") or (short and talk.intent == "faq")

    async def hear_appointment_occupation(self, talk: Talk) -> Events | None:
        """Writing it is the yes to keeping it; consent and words in one transaction (L01)."""
        if talk.pressed(OCCUPATION) or talk.means("skip") or talk.means("no") or talk.mentions("at_branch"):
            await talk.rooms.consents.decide(
                talk.conversation_id, OCCUPATION_PURPOSE, "refused", turn_id=talk.turn_id
            )
            return [SlotSet(OCCUPATION, AT_THE_BRANCH)]
        text = talk.typed.strip()
        if not 1 < len(text) <= LONGEST_OCCUPATION or asks(talk.plain) or talk.means("yes"):
            return None
        try:
            await self._keep_occupation(talk, text)
        except BadRequest:
            return None
        return [SlotSet(OCCUPATION, GIVEN)]

    async def _keep_occupation(self, talk: Talk, text: str) -> None:
        ours = talk.rooms
        async with ours.database.write() as connection:
            conversation = await store.lock(connection, talk.conversation_id)
            await ours.consents.decide_in(
                connection, conversation, OCCUPATION_PURPOSE, Decision.GIVEN, turn_id=talk.turn_id
            )
            await ours.contacts.put(
                connection, conversation, "occupation", text, OCCUPATION_PURPOSE,
                by=f"conversation:{conversation.id}", replace=True,
            )

    # ---- contact and the last yes

    async def _refused(self, talk: Talk) -> Events:
        """Without a contact there is no booking; the branch serves whoever comes all the same (L03)."""
        talk.say(
            "utter_appointment_without", choices=[PERSON],
            papers=booking.papers(talk, talk.slot(CLASS), talk.slot(WHO)),
        )
        raise Ended

    async def ask_appointment_confirmed(self, talk: Talk) -> None:
        shown = await self.contact_shown(talk)
        talk.say(
            "utter_appointment_readback", choices=LAST,
            name=shown["name"], phone=shown["phone"], who=booking.who_title(talk), **_facts(talk),
        )

    async def again_appointment_confirmed(self, talk: Talk, more: Buttons) -> None:
        talk.say("utter_again_appointment_confirmed", choices=[*LAST, *more])

    def reads_appointment_confirmed(self, talk: Talk) -> bool:
        return talk.mentions("other_day") or talk.mentions("other_branch")

    async def hear_appointment_confirmed(self, talk: Talk) -> Events | None:
        said = talk.answer(CONFIRMED)
        said = "day" if talk.mentions("other_day") else "branch" if talk.mentions("other_branch") else said
        if said in CHANGES:
            return [SlotSet(CHANGES[said], None)]
        if said == "no":
            await self.cancelled(talk)
            talk.say("utter_appointment_not_booked")
            raise Ended
        return [SlotSet(CONFIRMED, True)] if said == "yes" else None


class ActionAppointment(RoomAction):
    """Books the visit; tells reference and papers."""

    def name(self) -> str:
        return "action_appointment"

    async def perform(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        talk = Talk(dispatcher, tracker)
        if talk.slot(CONFIRMED) is not True:
            return []
        over = [SlotSet(CONFIRMED, None), FollowupAction("action_listen")]
        try:
            ticket = await self._booked(talk)
        except BadRequest:  # midnight has passed since the day was chosen
            talk.say("utter_appointment_too_late", choices=[PERSON])
            return over
        talk.say(
            "utter_appointment_done", reference=ticket.reference, **_facts(talk),
            papers=booking.papers(talk, talk.slot(CLASS), talk.slot(WHO)),
        )
        buttons = ticket_choices(talk, ticket, await asker_of(talk))
        talk.say("utter_as_expected", choices=[*RESULT_CHOICES, *buttons[:-1]])
        return over

    async def _booked(self, talk: Talk) -> Ticket:
        """The visit, booked once a turn."""
        ours = talk.rooms
        facts = ours.appointments.checked({
            "branch": talk.slot(BRANCH), "day": talk.slot(DAY), "account_class": talk.slot(CLASS),
            "who": talk.slot(WHO),
        })
        async with ours.database.write() as connection:
            conversation = await store.lock(connection, talk.conversation_id)
            private = await contact_of(talk, connection)
            if talk.slot(OCCUPATION) == GIVEN:
                private["occupation"] = await ours.contacts.value(connection, talk.conversation_id, "occupation")
            return await ours.tickets.open(
                connection, conversation, kind=Kind.APPOINTMENT, turn_id=talk.turn_id, public=facts, private=private,
                consent_id=await ours.consents.require(connection, talk.conversation_id, "appointment"),
                customer_id=conversation.customer_id,
            )


def _facts(talk: Talk) -> dict[str, Any]:
    """Branch, day and class as the customer reads them."""
    titles = {BRANCH: booking.branch_titles(talk), CLASS: booking.class_titles(talk)}
    return {
        "branch": titles[BRANCH][talk.slot(BRANCH)][talk.language],
        "day": booking.day_title(talk, talk.slot(DAY)),
        "account_class": titles[CLASS][talk.slot(CLASS)][talk.language],
    }
