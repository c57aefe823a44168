"""Praise, suggestions and a score after a service (R14); a low score is followed up."""

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import PERSON, RoomAction
from actions.closing import COMPLAIN
from actions.forms import Events, ServiceForm
from actions.talk import Talk, picked
from bot.conversation import store

SCORE, TEXT = "feedback_score", "feedback_text"
SCORES = {
    5: {"zh": "5 很满意", "en": "5 very good"}, 4: {"zh": "4 满意", "en": "4 good"},
    3: {"zh": "3 一般", "en": "3 fair"}, 2: {"zh": "2 不满意", "en": "2 poor"},
    1: {"zh": "1 很不满意", "en": "1 very poor"},
}
NO_TEXT = picked(TEXT, "none", zh="没有要说的了", en="Nothing to add")
#: A score up to this is a bad one, and from the other a good one.
LOW, HIGH = 2, 4
#: So many signs, or words of letters, tell something, and not only that there is something to tell.
TELLS, TELLS_WORDS = 5, 3
#: After a turn about one of these, feedback is about what came before.
NO_TOPIC = ("social_", "service_feedback", "pick", "secret", "out_of_scope", "result_", "ticket_")

#: What says that there is something to say.
_WISH = re.compile(
    r"我?(?:想|要|来)?(?:提|写|留|给|打|做)?(?:一下|一?[个点些条])?(?:建议|意见|反馈|评价|评分|好评|分)|(?:服务|满意度)评价|"
    r"\b(?:i(?:'d|'ve| would| have| want)?(?: like)?(?: got)?|to|leave|give|fill in|share|an?|some|my|your?|this|the|"
    r"have|just|wanted|want|feedback|suggestions?|review|comments?|survey|rate|rating|idea)\b",
    re.I,
)
#: A number that is meant for a score, be it one that can be given or not.
_FIGURE = re.compile(r"[0-9一二两三四五六七八九十]+(?:\.[0-9])?\s*(?:分|星|颗星|stars?|points?|%|/\s*\d+)?")
#: A score as people write it: 5, 5分, 打五分, 5 stars, four out of five; never the 1 of 10.
_SCORE = re.compile(
    r"(?:给|打|评|我给|给个|打个|给你们?)*(?P<zh>[1-5一二两三四五])(?:颗?星|分|分吧|星好评|星吧)?|"
    r"(?:i(?:'d| would)? (?:give|say|rate)(?: it| you)?(?: an?)?\s*)?(?P<en>[1-5]|one|two|three|four|five)"
    r"(?:\s*(?:stars?|points?|/\s*5|out of (?:5|five)))?"
)
_NUMBERS = {
    **{str(score): score for score in SCORES}, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
}


class ValidateFeedbackForm(ServiceForm):
    """A score, then words if the customer has any."""

    form = "feedback_form"
    slots = (SCORE, TEXT)
    free = frozenset({TEXT})
    hears_questions = free

    async def begin(self, talk: Talk) -> Events:
        """Whoever comes with the words themselves is not asked for them again."""
        talk.say("utter_feedback_begin")
        score, tells = score_in(talk.plain), tells_something(talk.typed) and not talk.mentions("question")
        return [SlotSet(SCORE, score), SlotSet(TEXT, talk.typed.strip() if tells and score is None else None)]

    async def ask_feedback_score(self, talk: Talk) -> None:
        talk.say("utter_feedback_score", choices=score_choices())

    async def again_feedback_score(self, talk: Talk, more: list[dict[str, Any]]) -> None:
        talk.say("utter_again_feedback_score", choices=[*score_choices(), *more])

    def reads_feedback_score(self, talk: Talk) -> bool:
        return bool(_FIGURE.fullmatch(talk.plain)) or score_in(talk.plain) is not None

    async def hear_feedback_score(self, talk: Talk) -> Events | None:
        pressed = talk.pressed(SCORE)
        score = pressed if pressed in SCORES else score_in(talk.plain)
        return [SlotSet(SCORE, score)] if score else None

    async def ask_feedback_text(self, talk: Talk) -> None:
        key = "utter_feedback_text_low" if int(talk.slot(SCORE)) <= LOW else "utter_feedback_text"
        talk.say(key, choices=[NO_TEXT])

    def reads_feedback_text(self, talk: Talk) -> bool:
        return talk.means("that_is_all")

    async def hear_feedback_text(self, talk: Talk) -> Events | None:
        if talk.answer(TEXT) in ("none", "no") or talk.means("skip") or talk.means("that_is_all"):
            return [SlotSet(TEXT, "-")]
        text = talk.typed.strip()
        return [SlotSet(TEXT, text)] if any(map(str.isalnum, text)) and not talk.means("yes") else None


class ActionFeedback(RoomAction):
    """Keeps it with the topic it is about; a low score opens a follow-up."""

    def name(self) -> str:
        return "action_feedback"

    async def perform(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        talk = Talk(dispatcher, tracker)
        if talk.slot(SCORE) is None or talk.slot(TEXT) is None:
            return []
        ours, text = talk.rooms, "" if talk.slot(TEXT) == "-" else talk.slot(TEXT)
        score = int(talk.slot(SCORE))
        async with ours.database.write() as connection:
            conversation = await store.lock(connection, talk.conversation_id)
            await ours.feedback.add(
                connection, conversation, turn_id=talk.turn_id, kind=kind_of(talk, score, text), text=text, score=score,
                topic=last_topic(tracker),
            )
            await ours.feedback.rated(connection, conversation, score, text)
        if score <= LOW:
            talk.say("utter_feedback_sorry", choices=[PERSON, COMPLAIN])
        else:
            talk.say("utter_feedback_done")
        return [SlotSet(SCORE, None), SlotSet(TEXT, None), FollowupAction("action_listen")]


def score_choices() -> list[dict[str, Any]]:
    """A button for each score, the best first."""
    return [picked(SCORE, score, **title) for score, title in SCORES.items()]


def tells_something(text: str) -> bool:
    """Whether there is more in it than the wish to tell something."""
    rest = _WISH.sub(" ", text)
    signs, words = re.findall(r"[\u4e00-\u9fff]", rest), re.findall(r"[a-z0-9']+", rest, re.I)
    return len(signs) + len(words) >= TELLS or len(words) >= TELLS_WORDS


def score_in(text: str) -> int | None:
    """The score that the whole message is, 1 to 5; in figures or in the words of the buttons."""
    plain = text.strip(" .。!！，,")
    for score, title in SCORES.items():
        if plain in (title["zh"][2:], title["en"][2:], *title.values()):
            return score
    found = _SCORE.fullmatch(plain)
    return _NUMBERS[found["zh"] or found["en"]] if found else None


def kind_of(talk: Talk, score: int, text: str) -> str:
    """What the words that come with a score are."""
    if score <= LOW:
        return "complaint_hint"
    replies = talk.rooms.catalogue.content.replies
    return "suggestion" if score < HIGH or replies.mentions("suggestion", text) else "praise"


def last_topic(tracker: Tracker) -> str | None:
    """What was asked last before the feedback, as the catalogue's id."""
    for event in reversed(tracker.events):
        if event.get("event") != "user":
            continue
        ranking = (event.get("parse_data") or {}).get("intent_ranking") or []
        topic = ranking[0]["name"].rpartition("/")[2] if ranking else ""
        if topic and not topic.startswith(NO_TOPIC):
            return str(topic)
    return None
