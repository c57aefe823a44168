"""Unfreeze (解挂 / 解冻): tell the states apart, lift what can be lifted here, and never in a hurry (L24)."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import PERSON, RoomAction
from actions.closing import told_case
from actions.forms import Ended, Events
from actions.talk import Talk, picked
from actions.verifying import CARD, CODE, ID, VerifiedForm, card_names, carried_out
from bot.bank.port import Act, CardState
from bot.clock import BANK_ZONE

VERIFIED_FOR = "unfreeze"
ALONE, CONFIRMED = "unfreeze_alone", "unfreeze_confirmed"

OWN_WISH = picked(ALONE, "own", zh="没有，是我自己要办", en="No, it's my own wish")
URGED = picked(ALONE, "urged", zh="有人让我这么做", en="Somebody told me to")
YES = picked(CONFIRMED, "yes", zh="确认解挂", en="Lift it")
NO = picked(CONFIRMED, "no", zh="先不办", en="Not now")


class ValidateUnfreezeForm(VerifiedForm):
    """Full verification, the state of the card, a warning and a pause, then a yes."""

    form = "unfreeze_form"
    slots = (CARD, ID, CODE, ALONE, CONFIRMED)
    asks_card = "utter_ask_unfreeze_card"

    def act(self, talk: Talk) -> str:
        return VERIFIED_FOR

    async def begin(self, talk: Talk) -> Events:
        if talk.mentions("minor"):
            talk.say("utter_lost_minor", choices=[PERSON])
            raise Ended
        if talk.mentions("someone_else"):
            talk.say("utter_unfreeze_someone_else", choices=[PERSON])
            raise Ended
        talk.say("utter_unfreeze_begin")
        return await self.opening_card(talk)

    async def ask_unfreeze_alone(self, talk: Talk) -> None:
        card = await talk.rooms.bank.card(talk.slot(CARD)["card_id"])
        state = card.state if card else CardState.CLOSED
        if state is not CardState.TEMPORARY_LOSS or card is None:
            await talk.rooms.verification.forget(talk.conversation_id)
            name = card_names(talk, card)[talk.language] if card else ""
            talk.say(f"utter_unfreeze_is_{state}", card=name, choices=[PERSON])
            raise Ended
        since = card.since.astimezone(BANK_ZONE).strftime("%Y-%m-%d %H:%M") if card.since else ""
        talk.say(
            "utter_ask_unfreeze_alone", card=card_names(talk, card)[talk.language], since=since,
            choices=[OWN_WISH, URGED],
        )

    async def hear_unfreeze_alone(self, talk: Talk) -> Events | None:
        said = talk.answer(ALONE)
        if said in ("urged", "yes"):
            await self.cancelled(talk)
            talk.say("utter_unfreeze_stop", choices=[PERSON])
            raise Ended
        if said in ("own", "no"):
            return [SlotSet(ALONE, "own")]
        return None

    async def ask_unfreeze_confirmed(self, talk: Talk) -> None:
        card = await talk.rooms.bank.card(talk.slot(CARD)["card_id"])
        name = card_names(talk, card)[talk.language] if card else ""
        talk.say("utter_ask_unfreeze_confirmed", card=name, choices=[YES, NO])

    async def hear_unfreeze_confirmed(self, talk: Talk) -> Events | None:
        said = talk.answer(CONFIRMED)
        if said == "no":
            await self.cancelled(talk)
            talk.say("utter_unfreeze_not_done")
            raise Ended
        if said == "yes":
            return [SlotSet(CONFIRMED, True)]
        return None


class ActionUnfreeze(RoomAction):
    """Lifts the temporary report at the bank, once."""

    def name(self) -> str:
        return "action_unfreeze"

    async def perform(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        talk = Talk(dispatcher, tracker)
        if talk.slot(CONFIRMED) is not True:
            return []
        case = await carried_out(talk, VERIFIED_FOR, Act.LIFT_LOSS)
        told_case(talk, case)
        return [SlotSet(CONFIRMED, None), FollowupAction("action_listen")]
