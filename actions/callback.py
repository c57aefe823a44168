"""A call back: what about, when, and to which number; a follow-up with a due time (R08)."""

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import PERSON, RoomAction
from actions.closing import RESULT_CHOICES
from actions.contact import ContactForm
from actions.contact_keeping import CONTACT, contact_of
from actions.forms import Ended, Events
from actions.talk import Talk, picked
from bot.conversation import store
from bot.records.ticket_states import Kind

MATTER, WINDOW, CONFIRMED = "callback_matter", "callback_window", "callback_confirmed"
#: Set when somebody who had left no contact wants to leave one after all.
AFTER_ALL = "callback_after_all"
#: So many windows are offered.
OFFERED = 6

YES = picked(CONFIRMED, "yes", zh="确认预约", en="Book it")
CHANGES = [
    picked(CONFIRMED, WINDOW, zh="换个时间", en="Another time"),
    picked(CONFIRMED, CONTACT, zh="换个号码", en="Another number"),
    picked(CONFIRMED, MATTER, zh="改事由", en="Change what it's about"),
]
NO = picked(CONFIRMED, "no", zh="先不预约", en="Not now")
LEAVE_NUMBER: dict[str, Any] = {"title": {"zh": "还是留号码", "en": "Leave my number"}, "intent": "service_callback"}
#: To begin anew when the time that was chosen is over.
AGAIN = {"title": {"zh": "重新选时间", "en": "Choose another time"}, "intent": "service_callback"}

#: Words that tell a time, as the titles of the windows have them.
_TIME_WORDS = re.compile(
    r"今天|明天|(?:周|星期|礼拜)[一二三四五六日天]|上午|早上|早晨|下午|晚上|傍晚|"
    r"\b(?:today|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day|morning|afternoon|evening|tonight)\b"
)
_SAME_AS = {
    "早上": ["上午"], "早晨": ["上午"], "傍晚": ["晚上"], "tonight": ["today", "evening"],
}


class ValidateCallbackForm(ContactForm):
    """Matter, time, contact, read back, a yes."""

    form = "callback_form"
    slots = (MATTER, WINDOW, CONTACT, CONFIRMED)
    free = frozenset({MATTER})
    purpose = "callback"

    async def begin(self, talk: Talk) -> Events:
        after_all = talk.typed.strip() in LEAVE_NUMBER["title"].values()  # pressed, or typed as it stands there
        if await self.turned_down(talk) and not after_all:
            talk.say("utter_contact_turned_down", choices=[PERSON, LEAVE_NUMBER])
            raise Ended
        talk.say("utter_callback_begin")
        window = fitting(talk)
        return [SlotSet(AFTER_ALL, after_all), SlotSet(WINDOW, window[0] if len(window) == 1 else None)]

    def comes_back(self, talk: Talk) -> bool:
        return bool(talk.slot(AFTER_ALL))

    async def ask_callback_matter(self, talk: Talk) -> None:
        talk.say("utter_callback_matter")

    async def hear_callback_matter(self, talk: Talk) -> Events | None:
        text = talk.typed.strip()
        return [SlotSet(MATTER, text)] if sum(map(str.isalnum, text)) >= 2 and not talk.means("yes") else None

    async def ask_callback_window(self, talk: Talk) -> None:
        talk.say("utter_callback_window", choices=window_choices(talk))

    async def again_callback_window(self, talk: Talk, more: list[dict[str, Any]]) -> None:
        choices = window_choices(talk, fitting(talk))
        talk.say("utter_again_callback_window", choices=[*choices, *more])

    def reads_callback_window(self, talk: Talk) -> bool:
        return bool(fitting(talk)) or talk.mentions("soonest")

    async def hear_callback_window(self, talk: Talk) -> Events | None:
        offered, pressed = windows(talk), talk.pressed(WINDOW)
        if pressed in offered:
            return [SlotSet(WINDOW, pressed)]
        fits = fitting(talk)
        if not fits and talk.mentions("soonest"):
            fits = list(offered)[:1]
        return [SlotSet(WINDOW, fits[0])] if len(fits) == 1 else None

    async def ask_callback_confirmed(self, talk: Talk) -> Events | None:
        shown = await self.contact_shown(talk)
        window = windows(talk).get(talk.slot(WINDOW))
        if window is None:
            talk.say("utter_callback_window_over")
            gone: Events = [SlotSet(WINDOW, None)]
            return [*gone, *await self._ask(talk, WINDOW, "ask_callback_window")]
        talk.say(
            "utter_callback_readback", matter=talk.slot(MATTER), name=shown["name"], phone=shown["phone"],
            window=window[talk.language], choices=[YES, *CHANGES, NO],
        )
        return None

    async def remind_callback_confirmed(self, talk: Talk) -> None:
        talk.say("utter_again_callback_confirmed", choices=[YES, *CHANGES, NO])

    def reads_callback_confirmed(self, talk: Talk) -> bool:
        return talk.means("wrong")

    async def hear_callback_confirmed(self, talk: Talk) -> Events | None:
        if talk.means("wrong"):
            talk.say("utter_change_callback", choices=[*CHANGES, NO])
            return []
        said = talk.answer(CONFIRMED)
        if said in self.slots:
            return [SlotSet(said, None)]
        if said == "no":
            await self.cancelled(talk)
            talk.say("utter_callback_not_booked")
            raise Ended
        return [SlotSet(CONFIRMED, True)] if said == "yes" else None


class ActionCallback(RoomAction):
    """Books the call; a window that has closed meanwhile is said, not kept."""

    def name(self) -> str:
        return "action_callback"

    async def perform(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        talk = Talk(dispatcher, tracker)
        if talk.slot(CONFIRMED) is not True:
            return []
        ours, title = talk.rooms, windows(talk).get(talk.slot(WINDOW))
        if title is None:  # it has closed since it was read back
            talk.say("utter_callback_too_late", choices=[AGAIN, PERSON])
            return [SlotSet(CONFIRMED, None), FollowupAction("action_listen")]
        async with ours.database.write() as connection:
            conversation = await store.lock(connection, talk.conversation_id)
            ticket = await ours.tickets.open(
                connection, conversation, kind=Kind.CALLBACK, turn_id=talk.turn_id,
                public={"window": talk.slot(WINDOW)},
                private={"matter": talk.slot(MATTER), **await contact_of(talk, connection)},
                consent_id=await ours.consents.require(connection, talk.conversation_id, "callback"),
                customer_id=conversation.customer_id,
            )
        talk.say("utter_callback_done", reference=ticket.reference, window=title[talk.language])
        talk.say("utter_as_expected", choices=RESULT_CHOICES)
        emptied = [SlotSet(slot, None) for slot in (*ValidateCallbackForm.slots, AFTER_ALL)]
        return [*emptied, FollowupAction("action_listen")]


def windows(talk: Talk) -> dict[str, dict[str, str]]:
    """The times in which we can call now, each with its title in both languages; the soonest first."""
    titles = {language: talk.rooms.tickets.windows(language)[:OFFERED] for language in ("zh", "en")}
    return {
        zh["id"]: {"zh": zh["title"], "en": en["title"]}
        for zh, en in zip(titles["zh"], titles["en"], strict=True)
    }


def window_choices(talk: Talk, only: list[str] | None = None) -> list[dict[str, Any]]:
    """A button for each time, or for those alone."""
    found = windows(talk)
    return [picked(WINDOW, id_, **found[id_]) for id_ in only or found]


def fitting(talk: Talk) -> list[str]:
    """The times that the words name: 「明天下午」 is one, 「明天」 are three."""
    words: list[str] = []
    said = re.sub(r"([今明])晚", r"\1天晚上", re.sub(r"\bthis (?=morning|afternoon|evening)", "today ", talk.plain))
    for word in _TIME_WORDS.findall(said):
        plain = re.sub("^(?:星期|礼拜)", "周", word).replace("周天", "周日")
        words += _SAME_AS.get(plain, [plain])
    titles = windows(talk).items() if words else ()
    return [
        id_ for id_, title in titles
        if all(any(word in one.lower() for one in title.values()) for word in words)
    ]
