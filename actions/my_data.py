"""What the bank's chat keeps about me: show it, take it home, correct it, delete it, take a consent back (L04, L06)."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.base import PERSON, RoomAction
from actions.choosing import named
from actions.forms import Ended, Events
from actions.my_data_words import listed, told
from actions.talk import Talk, picked
from actions.verifying import CARD, CODE, ID, VerifiedForm
from bot.conversation import store
from bot.records.consent_states import Decision
from bot.records.people_data import LetIn
from bot.records.ticket_states import Kind
from bot.records.ticket_words import due_words

VERIFIED_FOR = "my_data"
WISH, CONSENT, DETAIL, CONFIRMED = "my_data_wish", "my_data_consent", "my_data_detail", "my_data_confirmed"
WISHES = {
    "show": {"zh": "看看存了什么", "en": "Show what is kept"},
    "copy": {"zh": "要一份副本", "en": "Get a copy"},
    "correct": {"zh": "更正信息", "en": "Correct something"},
    "delete": {"zh": "删除我的信息", "en": "Delete my data"},
    "withdraw": {"zh": "撤回同意", "en": "Withdraw a consent"},
}
#: What people write instead of pressing, by the meaning in data/replies.yml; what says most is looked for first.
MEANINGS = {
    "withdraw": "data_withdraw", "copy": "data_copy", "delete": "data_delete", "correct": "data_correct",
    "show": "data_show",
}
ALL, NONE, NO_CARD = "all", "none", "no_card"
#: Words of fewer signs say neither what is wrong nor what is right.
SHORTEST_DETAIL = 4
YES = {
    "delete": picked(CONFIRMED, "yes", zh="确认删除", en="Delete it"),
    "correct": picked(CONFIRMED, "yes", zh="提交", en="Send it"),
}
NO = {
    "delete": picked(CONFIRMED, "no", zh="先不删", en="Keep it"),
    "correct": picked(CONFIRMED, "no", zh="先不提交", en="Not now"),
}
SLOTS = {
    "show": (WISH,), "withdraw": (WISH, CONSENT), "correct": (WISH, DETAIL, CONFIRMED),
    "copy": (WISH, CARD, ID, CODE), "delete": (WISH, CARD, ID, CODE, CONFIRMED),
}


class ValidateMyDataForm(VerifiedForm):
    """What is wished; for a copy or a deletion who wishes it; then a yes.

    What is of this conversation can be seen and taken back by whoever holds it. A copy shows it in
    full, and a deletion can not be undone: they want more.
    """

    form = "my_data_form"
    slots = (WISH, CONSENT, DETAIL, CARD, ID, CODE, CONFIRMED)
    free = frozenset({DETAIL})
    asks_card = "utter_my_data_card"

    def act(self, talk: Talk) -> str:
        return VERIFIED_FOR

    async def wanted(self, talk: Talk) -> list[str]:
        return list(SLOTS.get(talk.slot(WISH), (WISH,)))

    async def begin(self, talk: Talk) -> Events:
        wish = wish_in(talk)
        return [SlotSet(WISH, wish)] if wish else []

    # ---- what is wished

    async def ask_my_data_wish(self, talk: Talk) -> None:
        talk.say("utter_my_data_wish", choices=[picked(WISH, wish, **title) for wish, title in WISHES.items()])

    async def again_my_data_wish(self, talk: Talk, more: list[dict[str, Any]]) -> None:
        choices = [picked(WISH, wish, **title) for wish, title in WISHES.items()]
        talk.say("utter_again_my_data_wish", choices=[*choices, *more])

    def reads_my_data_wish(self, talk: Talk) -> bool:
        return self._wish(talk) is not None

    async def hear_my_data_wish(self, talk: Talk) -> Events | None:
        pressed = talk.pressed(WISH)
        wish = pressed if pressed in WISHES else self._wish(talk)
        return [SlotSet(WISH, wish)] if wish else None

    def _wish(self, talk: Talk) -> str | None:
        return wish_in(talk) or named(talk.plain, {wish: list(title.values()) for wish, title in WISHES.items()})

    # ---- which consent

    async def ask_my_data_consent(self, talk: Talk) -> None:
        given = await consents_given(talk)
        if not given:
            talk.say("utter_my_data_no_consents")
            raise Ended
        talk.say("utter_my_data_consent", choices=consent_buttons(given))

    async def again_my_data_consent(self, talk: Talk, more: list[dict[str, Any]]) -> None:
        given = await consents_given(talk)
        talk.say("utter_again_my_data_consent", choices=[*consent_buttons(given), *more])

    def reads_my_data_consent(self, talk: Talk) -> bool:
        uses = [one.use for one in talk.rooms.consents.purposes.values()]
        return talk.mentions("all_of_them") or talk.plain in [text.lower() for use in uses for text in (use.zh, use.en)]

    async def hear_my_data_consent(self, talk: Talk) -> Events | None:
        given = await consents_given(talk)
        said = talk.answer(CONSENT) or named(talk.plain, {one: list(title.values()) for one, title in given.items()})
        if said in (NONE, "no"):
            talk.say("utter_my_data_not_withdrawn")
            raise Ended
        if talk.mentions("all_of_them") or (said == "yes" and len(given) == 1):
            said = ALL
        return [SlotSet(CONSENT, said)] if said == ALL or said in given else None

    # ---- what is wrong

    async def ask_my_data_detail(self, talk: Talk) -> None:
        talk.say("utter_my_data_detail")

    async def hear_my_data_detail(self, talk: Talk) -> Events | None:
        text = talk.typed.strip()
        return [SlotSet(DETAIL, text)] if len(text) >= SHORTEST_DETAIL else None

    # ---- who asks

    async def ask_verify_card(self, talk: Talk) -> Events | None:
        """Any card of theirs will do; whoever has none here can not be verified in chat, a colleague does it then."""
        if cards := await self.own_cards(talk):
            talk.say("utter_my_data_who")
            if only := self._only(talk, cards):
                return only
            return await super().ask_verify_card(talk)
        no_card = picked(CARD, NO_CARD, zh="我没有青禾银行的卡", en="I have no card with you")
        talk.say(self.asks_card, awaits="card", choices=[no_card])
        return None

    def reads_verify_card(self, talk: Talk) -> bool:
        return super().reads_verify_card(talk) or talk.mentions("no_card_here")

    async def hear_verify_card(self, talk: Talk) -> Events | None:
        if talk.pressed(CARD) == NO_CARD or talk.mentions("no_card_here"):
            await request(talk, talk.slot(WISH), "", "utter_my_data_by_person")
            raise Ended
        return await super().hear_verify_card(talk)

    # ---- the last yes

    async def ask_my_data_confirmed(self, talk: Talk) -> None:
        wish = talk.slot(WISH)
        if wish == "delete":
            await self._say_what_ends(talk)
        detail = {"detail": talk.slot(DETAIL)} if wish == "correct" else {}
        talk.say(f"utter_my_data_{wish}_confirmed", choices=[YES[wish], NO[wish]], **detail)

    async def _say_what_ends(self, talk: Talk) -> None:
        """An open complaint or booking goes with the data: nobody is to find out afterwards (L18)."""
        ending = await talk.rooms.tickets.ended_by_erasure(
            talk.conversation_id, talk.slot(CARD)["customer_id"]
        )
        if ending:
            joint = "、" if talk.language == "zh" else ", "
            talk.say("utter_my_data_delete_ends", references=joint.join(one.reference for one in ending))

    async def again_my_data_confirmed(self, talk: Talk, more: list[dict[str, Any]]) -> None:
        wish = talk.slot(WISH)
        talk.say("utter_again_my_data_confirmed", choices=[YES[wish], NO[wish], *more])

    async def hear_my_data_confirmed(self, talk: Talk) -> Events | None:
        said = talk.answer(CONFIRMED)
        if said == "no":
            await self.cancelled(talk)
            talk.say(f"utter_my_data_{talk.slot(WISH)}_not")
            raise Ended
        return [SlotSet(CONFIRMED, "yes")] if said == "yes" else None


class ActionMyData(RoomAction):
    """Does what was wished, or opens a request with a due date where a person is needed."""

    def name(self) -> str:
        return "action_my_data"

    async def perform(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        talk = Talk(dispatcher, tracker)
        wish = talk.slot(WISH)
        if wish and all(talk.slot(slot) is not None for slot in SLOTS[wish]):
            await getattr(self, f"_{wish}")(talk)
        return [SlotSet(WISH, None), SlotSet(CONFIRMED, None), FollowupAction("action_listen")]

    async def _show(self, talk: Talk) -> None:
        found = await talk.rooms.people_data.about(talk.conversation_id)
        more = [begins_with(wish) for wish in WISHES if wish != "show"]
        talk.say("utter_my_data_shown", listed=listed(talk, found), choices=more)

    async def _withdraw(self, talk: Talk) -> None:
        """In one transaction, so that "all" is all or nothing."""
        ours, said = talk.rooms, talk.slot(CONSENT)
        given = list(await consents_given(talk)) if said == ALL else [said]
        locked = 0
        async with ours.database.write() as connection:
            conversation = await store.lock(connection, talk.conversation_id)
            for purpose in given:
                ended = await ours.consents.withdraw_in(connection, conversation, purpose, turn_id=talk.turn_id)
                locked += sum(one.outcome == "locked" for one in ended)
        talk.say("utter_my_data_withdrawn_locked" if locked else "utter_my_data_withdrawn")

    async def _correct(self, talk: Talk) -> None:
        await request(talk, "correct", talk.slot(DETAIL), "utter_my_data_requested")

    async def _copy(self, talk: Talk) -> None:
        ours, claim = talk.rooms, talk.slot(CARD)
        async with ours.database.write() as connection:
            conversation = await store.lock(connection, talk.conversation_id)
            await ours.people_data.allow_export(
                connection, conversation, turn_id=talk.turn_id, customer_id=claim["customer_id"], let_in=_spent(talk)
            )
        title = {"zh": "下载我的信息", "en": "Download my data"}
        talk.say("utter_my_data_copy", download={"name": "my-data", "title": title})

    async def _delete(self, talk: Talk) -> None:
        report = await talk.rooms.people_data.erase(
            talk.conversation_id, turn_id=talk.turn_id, customer_id=talk.slot(CARD)["customer_id"],
            let_in=_spent(talk),
        )
        talk.say("utter_my_data_deleted", told=told(talk, report))


def _spent(talk: Talk) -> LetIn:
    """Uses up the verification, in the transaction of what it is for."""
    card_id = talk.slot(CARD)["card_id"]

    async def spend(connection: AsyncConnection) -> None:
        await talk.rooms.verification.spend(connection, talk.conversation_id, VERIFIED_FOR, card_id)

    return spend


async def request(talk: Talk, wish: str, matter: str, words: str) -> None:
    """A ticket for the colleagues in charge of personal data, with its due date (L06)."""
    ours = talk.rooms
    async with ours.database.write() as connection:
        conversation = await store.lock(connection, talk.conversation_id)
        ticket = await ours.tickets.open(
            connection, conversation, kind=Kind.DATA_REQUEST, turn_id=talk.turn_id, public={"wish": wish},
            private={"matter": matter} if matter else {}, customer_id=conversation.customer_id,
        )
    talk.say(words, reference=ticket.reference, due=due_words(ticket.due_at, talk.language), choices=[PERSON])


async def consents_given(talk: Talk) -> dict[str, dict[str, str]]:
    """The purposes to which there is a yes here, each with its use in both languages."""
    consents = talk.rooms.consents
    standing = await consents.all_standing(talk.conversation_id)
    return {
        purpose: {language: _title(consents.wording(purpose, language).use) for language in ("zh", "en")}
        for purpose, decision in standing.items()
        if decision is Decision.GIVEN
    }


def _title(use: str) -> str:
    return use[0].upper() + use[1:]


def consent_buttons(given: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    """A button for each consent, one for all of them, one for none."""
    buttons = [picked(CONSENT, purpose, **title) for purpose, title in given.items()]
    if len(given) > 1:
        buttons.append(picked(CONSENT, ALL, zh="全部撤回", en="All of them"))
    return [*buttons, picked(CONSENT, NONE, zh="先不撤回", en="Keep them")]


def begins_with(wish: str) -> dict[str, Any]:
    """A button that begins the dialogue anew; its title says with which wish."""
    return {"title": WISHES[wish], "intent": "service_my_data"}


def wish_in(talk: Talk) -> str | None:
    """What is asked for, if the words name it."""
    return next((wish for wish, meaning in MEANINGS.items() if talk.mentions(meaning)), None)
