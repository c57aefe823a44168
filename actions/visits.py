"""A visit that is booked: another day for it, or none; read back before it is done (R11)."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import booking
from actions.base import PERSON, RoomAction
from actions.closing import RESULT_CHOICES
from actions.forms import Ended, Events, ServiceForm
from actions.talk import Talk, picked
from actions.tickets import REFERENCE, asker_of
from bot.errors import BadRequest, Conflict, NotFound
from bot.records.ticket_store import Ticket

DAY, MOVED, CANCELLED = "reschedule_day", "reschedule_confirmed", "cancel_visit_confirmed"

MOVE = picked(MOVED, "yes", zh="确认改期", en="Move it")
LEAVE = picked(MOVED, "no", zh="不改了", en="Leave it as it is")
CANCEL = picked(CANCELLED, "yes", zh="确认取消", en="Yes, cancel it")
KEEP = picked(CANCELLED, "no", zh="保留预约", en="Keep it")
CHANGE = picked(CANCELLED, "change", zh="改日期", en="Change the day")


class ValidateRescheduleForm(ServiceForm):
    """Another day, read back, a yes."""

    form = "reschedule_form"
    slots = (DAY, MOVED)

    async def begin(self, talk: Talk) -> Events:
        """The first words may say the day: 把预约改到周五."""
        ticket, day = await the_visit(talk), booking.day_in(talk, DAY)
        return [SlotSet(DAY, day)] if day and day != ticket.facts["day"] else []

    async def ask_reschedule_day(self, talk: Talk) -> None:
        ticket = await the_visit(talk)
        talk.say("utter_reschedule_begin", **visit_facts(talk, ticket))
        talk.say("utter_appointment_day", choices=booking.buttons(DAY, booking.days(talk), but=ticket.facts["day"]))

    async def again_reschedule_day(self, talk: Talk, more: list[dict[str, Any]]) -> None:
        now = (await the_visit(talk)).facts["day"]
        choices = booking.buttons(DAY, booking.days(talk), but=now)
        talk.say("utter_again_reschedule_day", choices=[*choices, *more])

    def reads_reschedule_day(self, talk: Talk) -> bool:
        """Whoever breaks it off keeps the visit, and hears so: "cancelled" would be taken for the visit."""
        return booking.names_day(talk) or _leaves(talk)

    async def hear_reschedule_day(self, talk: Talk) -> Events | None:
        if _leaves(talk):
            await _left(talk)
        found = booking.day_in(talk, DAY)
        if found and found == (await the_visit(talk)).facts["day"]:
            talk.say("utter_reschedule_same_day", day=booking.day_title(talk, found))
            return [SlotSet(DAY, None)]
        return [SlotSet(DAY, found)] if found else None

    async def ask_reschedule_confirmed(self, talk: Talk) -> None:
        facts = visit_facts(talk, await the_visit(talk))
        talk.say(
            "utter_reschedule_readback", choices=[MOVE, LEAVE], reference=facts["reference"], branch=facts["branch"],
            before=facts["day"], after=booking.day_title(talk, talk.slot(DAY)),
        )

    async def again_reschedule_confirmed(self, talk: Talk, more: list[dict[str, Any]]) -> None:
        talk.say("utter_again_reschedule_confirmed", choices=[MOVE, LEAVE, *more])

    async def hear_reschedule_confirmed(self, talk: Talk) -> Events | None:
        said = talk.answer(MOVED)
        if said == "no" or _leaves(talk):
            await _left(talk)
        if said is None and (day := booking.day_in(talk, DAY)):
            talk.tracker.slots[DAY] = day
            await self.ask_reschedule_confirmed(talk)
            return [SlotSet(DAY, day)]
        return [SlotSet(MOVED, True)] if said == "yes" else None

    def reads_reschedule_confirmed(self, talk: Talk) -> bool:
        return booking.names_day(talk) or _leaves(talk)


class ValidateCancelVisitForm(ServiceForm):
    """One question: really?"""

    form = "cancel_visit_form"
    slots = (CANCELLED,)

    async def begin(self, talk: Talk) -> Events:
        await the_visit(talk)
        return []

    async def ask_cancel_visit_confirmed(self, talk: Talk) -> None:
        facts = visit_facts(talk, await the_visit(talk))
        talk.say("utter_cancel_visit_really", choices=[CANCEL, CHANGE, KEEP], **facts)

    async def again_cancel_visit_confirmed(self, talk: Talk, more: list[dict[str, Any]]) -> None:
        talk.say("utter_again_cancel_visit_confirmed", choices=[CANCEL, CHANGE, KEEP, *more])

    def reads_cancel_visit_confirmed(self, talk: Talk) -> bool:
        """A word that would break off another dialogue is an answer here: 取消."""
        return talk.means("cancel") or talk.mentions("cancel_visit") or talk.mentions("keep_visit")

    async def hear_cancel_visit_confirmed(self, talk: Talk) -> Events | None:
        said = talk.pressed(CANCELLED) or self._said(talk)
        if said == "change":
            raise Ended("reschedule_form")
        if said == "no":
            await _left(talk)
        return [SlotSet(CANCELLED, True)] if said == "yes" else None

    def _said(self, talk: Talk) -> str | None:
        """A typed answer; whoever thinks better of it (算了) keeps the visit."""
        if talk.mentions("keep_visit"):
            return "no"
        if any(word in talk.plain for word in ("取消", "cancel")):
            return "yes"
        return "no" if talk.means("cancel") else talk.answer(CANCELLED)


class VisitAction(RoomAction):
    """The step itself; told with what comes next."""

    #: the slot in which the yes is
    confirmed: str
    #: said when the step was taken
    done: str

    async def step(self, talk: Talk) -> Ticket:
        """Take it."""
        raise NotImplementedError

    async def perform(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        talk = Talk(dispatcher, tracker)
        if talk.slot(self.confirmed) is not True:
            return []
        over = [SlotSet(self.confirmed, None), FollowupAction("action_listen")]
        try:
            ticket = await self.step(talk)
        except BadRequest:  # midnight has passed since the day was chosen
            talk.say("utter_appointment_too_late", choices=[PERSON])
        except (Conflict, NotFound):
            talk.say("utter_ticket_moved_on", reference=talk.slot(REFERENCE), choices=[PERSON])
        else:
            shown = talk.rooms.tickets.public_view(ticket, talk.language)
            talk.say(self.done, next=shown["next"], **visit_facts(talk, ticket))
            talk.say("utter_as_expected", choices=RESULT_CHOICES)
        return over


class ActionReschedule(VisitAction):
    """Moves the visit to the day that was chosen; the branch confirms it anew."""

    confirmed, done = MOVED, "utter_appointment_moved"

    def name(self) -> str:
        return "action_reschedule"

    async def step(self, talk: Talk) -> Ticket:
        return await talk.rooms.tickets.change_appointment(
            talk.slot(REFERENCE), talk.turn_id, await asker_of(talk), {"day": talk.slot(DAY)}
        )


class ActionAppointmentCancel(VisitAction):
    """The customer will not come."""

    confirmed, done = CANCELLED, "utter_appointment_cancelled"

    def name(self) -> str:
        return "action_appointment_cancel"

    async def step(self, talk: Talk) -> Ticket:
        return await talk.rooms.tickets.cancel_appointment(
            talk.slot(REFERENCE), talk.turn_id, await asker_of(talk)
        )


async def the_visit(talk: Talk) -> Ticket:
    """The visit that this is about, as it stands.

    Raises:
        Ended: none was named, it is over, or not for whoever asks; that has been said.
    """
    if not talk.slot(REFERENCE):
        raise Ended("progress_form")
    try:
        [ticket] = await talk.rooms.tickets.progress(await asker_of(talk), talk.slot(REFERENCE))
    except NotFound:
        ticket = None
    if ticket is None or not ticket.is_live:
        talk.say("utter_ticket_moved_on", reference=talk.slot(REFERENCE), choices=[PERSON])
        raise Ended
    return ticket


def visit_facts(talk: Talk, ticket: Ticket) -> dict[str, Any]:
    """Reference, branch and day of a visit as the customer reads them."""
    branch = booking.branch_titles(talk).get(ticket.facts["branch"])
    return {
        "reference": ticket.reference, "day": booking.day_title(talk, ticket.facts["day"]),
        "branch": branch[talk.language] if branch else ticket.facts["branch"],
    }


def _leaves(talk: Talk) -> bool:
    return talk.means("cancel") or talk.means("no")


async def _left(talk: Talk) -> None:
    """Nothing changes.

    Raises:
        Ended: always.
    """
    talk.say("utter_visit_stays", **visit_facts(talk, await the_visit(talk)))
    raise Ended
