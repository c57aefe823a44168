"""A complaint: an apology first, then what happened and what is wanted; a number and a date (R27, L16)."""

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import PERSON, RoomAction
from actions.closing import RESULT_CHOICES
from actions.contact import ContactForm
from actions.contact_keeping import CONTACT, GIVEN, contact_of
from actions.forms import Ended, Events
from actions.talk import Talk, picked
from bot.conversation import store
from bot.records.ticket_states import Kind
from bot.records.ticket_words import due_words

MATTER, DEMAND, CONFIRMED = "complaint_matter", "complaint_demand", "complaint_confirmed"
#: What the first words told already; it is asked for more, not once more.
BEGUN = "complaint_begun"
#: Words that name no matter yet: "I want to complain" alone. In signs, and in words of letters.
SHORTEST, SHORTEST_WORDS = 5, 3

YES = picked(CONFIRMED, "yes", zh="提交投诉", en="Submit it")
CHANGE = picked(CONFIRMED, "change", zh="改一下内容", en="Change it")
NO = picked(CONFIRMED, "no", zh="先不提交", en="Not now")
NO_DEMAND = picked(DEMAND, "none", zh="只想反映情况", en="Just to let you know")
THAT_IS_ALL = picked(MATTER, "all", zh="就这些", en="That's all")

#: What people say around the matter when they say that they complain.
_WISH = re.compile(
    r"我?(?:想|要|得|必须|现在)*(?:投诉|举报|反映|登记)(?:一下|你们|一个|我的)?(?:银行|问题|情况|投诉)?|气死我了|太过分了|"
    r"\b(?:i(?:'d| would)? (?:want|wish|like|need) to|i'm|please|a|an|the|my|your|this|formal|make|file|lodge|register|"
    r"raise|complain(?:t|ing)?|about|of|it|you|bank)\b",
    re.I,
)
#: The number of the colleague a complaint is about, said as one: 「工号8016」.
_ABOUT = re.compile(
    r"(?:工号|(?:客服|柜员|员工|经理)(?:编号|号码?)?)[\s是为:：]{0,3}(\d{4})(?!\d)|(?<!\d)(\d{4})号?(?:客服|柜员|员工|经理)|"
    r"\b(?:agent|staff|employee|clerk|colleague|teller)(?: (?:member|number|no\.?|id))?[\s#:]{1,3}(\d{4})(?!\d)",
    re.I,
)


class ValidateComplaintForm(ContactForm):
    """Matter, demand, contact if the customer likes, read back, a yes."""

    form = "complaint_form"
    slots = (MATTER, DEMAND, CONTACT, CONFIRMED)
    free = frozenset({MATTER, DEMAND})
    hears_questions = free
    purpose = "complaint_contact"
    optional = True

    async def begin(self, talk: Talk) -> Events:
        talk.say("utter_complaint_begin", choices=[PERSON])
        tells = tells_matter(talk.typed) and not talk.mentions("question")
        return [SlotSet(BEGUN, talk.typed.strip() if tells else None)]

    async def ask_complaint_matter(self, talk: Talk) -> None:
        if talk.slot(BEGUN):
            talk.say("utter_complaint_more", choices=[THAT_IS_ALL, PERSON])
        else:
            talk.say("utter_complaint_matter", choices=[PERSON])

    def reads_complaint_matter(self, talk: Talk) -> bool:
        return bool(talk.slot(BEGUN)) and talk.means("that_is_all")

    async def hear_complaint_matter(self, talk: Talk) -> Events | None:
        begun, text = talk.slot(BEGUN), talk.typed.strip()
        if begun and (talk.answer(MATTER) or talk.means("that_is_all")):
            return [SlotSet(MATTER, begun)]
        if begun and has_words(text):
            return [SlotSet(MATTER, f"{begun}\n{text}")]
        return [SlotSet(MATTER, text)] if tells_matter(text) else None

    async def ask_complaint_demand(self, talk: Talk) -> None:
        talk.say("utter_complaint_demand", choices=[NO_DEMAND])

    async def hear_complaint_demand(self, talk: Talk) -> Events | None:
        if talk.answer(DEMAND) in ("none", "no") or talk.means("skip"):
            return [SlotSet(DEMAND, "-")]
        text = talk.typed.strip()
        return [SlotSet(DEMAND, text)] if has_words(text) and not talk.means("yes") else None

    async def ask_complaint_confirmed(self, talk: Talk) -> None:
        shown = await self.contact_shown(talk) if talk.slot(CONTACT) == GIVEN else {}
        say = talk.rooms.catalogue.say
        contact = " ".join(shown.values()) or say("contact_none", talk.language)
        demand = talk.slot(DEMAND)
        if demand == "-":
            demand = say("demand_none", talk.language)
        talk.say(
            "utter_complaint_readback", matter=talk.slot(MATTER), demand=demand, contact=contact,
            choices=[YES, CHANGE, NO],
        )

    async def remind_complaint_confirmed(self, talk: Talk) -> None:
        talk.say("utter_again_complaint_confirmed", choices=[YES, CHANGE, NO])

    def reads_complaint_confirmed(self, talk: Talk) -> bool:
        return talk.means("wrong")

    async def hear_complaint_confirmed(self, talk: Talk) -> Events | None:
        if talk.pressed(CONFIRMED) == "change" or talk.means("wrong"):
            talk.say("utter_change_complaint")
            return [SlotSet(MATTER, None), SlotSet(DEMAND, None), SlotSet(BEGUN, None)]
        said = talk.answer(CONFIRMED)
        if said == "no":
            await self.cancelled(talk)
            talk.say("utter_complaint_not_filed")
            raise Ended
        return [SlotSet(CONFIRMED, True)] if said == "yes" else None


class ActionComplaint(RoomAction):
    """Files the complaint with the transcript as evidence; tells number and due date."""

    def name(self) -> str:
        return "action_complaint"

    async def perform(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        talk = Talk(dispatcher, tracker)
        if talk.slot(CONFIRMED) is not True:
            return []
        ours, given = talk.rooms, talk.slot(CONTACT) == GIVEN
        private = {"matter": talk.slot(MATTER)} | ({"demand": demand} if (demand := talk.slot(DEMAND)) != "-" else {})
        async with ours.database.write() as connection:
            conversation = await store.lock(connection, talk.conversation_id)
            consent_id = None
            if given:
                consent_id = await ours.consents.require(connection, talk.conversation_id, "complaint_contact")
                private |= await contact_of(talk, connection)
            ticket = await ours.tickets.open(
                connection, conversation, kind=Kind.COMPLAINT, turn_id=talk.turn_id, public={}, private=private,
                consent_id=consent_id, customer_id=conversation.customer_id, about_agent=about(private["matter"]),
            )
        talk.say("utter_complaint_done", reference=ticket.reference, due=due_words(ticket.due_at, talk.language))
        talk.say("utter_as_expected", choices=[*RESULT_CHOICES, PERSON])
        emptied = [SlotSet(slot, None) for slot in (*ValidateComplaintForm.slots, BEGUN)]
        return [*emptied, FollowupAction("action_listen")]


def has_words(text: str) -> bool:
    """Whether anything is said, and not only dots and signs."""
    return any(character.isalnum() for character in text)


def tells_matter(text: str) -> bool:
    """Whether something is told beyond the wish to complain."""
    rest = _WISH.sub(" ", text)
    signs, words = re.findall(r"[\u4e00-\u9fff]", rest), re.findall(r"[a-z0-9']+", rest, re.I)
    return len(signs) + len(words) >= SHORTEST or len(words) >= SHORTEST_WORDS


def about(matter: str) -> str | None:
    """The number of the colleague whom the complaint is about, if it names one (L18)."""
    found = _ABOUT.search(matter)
    return next(filter(None, found.groups())) if found else None
