"""Report a lost card (挂失): stop it in a minute, then say what happens next (L05, R10).

A temporary stop needs the card and the code; a formal report, which ends in a new card, the ID characters too.
"""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import PERSON, RoomAction
from actions.closing import told_case
from actions.forms import Ended, Events
from actions.talk import Talk, picked
from actions.verifying import CARD, CODE, ID, VerifiedForm, card_names, carried_out
from bot.bank.port import Act, Card, CardState
from bot.clock import BANK_ZONE

CONFIRMED, KIND = "lost_confirmed", "lost_kind"
VERIFIED_FOR = "report_lost"
ACTS = {"temporary": Act.REPORT_LOST_TEMPORARY, "formal": Act.REPORT_LOST_FORMAL}

YES = picked(CONFIRMED, "yes", zh="确认", en="Confirm")
NO = picked(CONFIRMED, "no", zh="先不办", en="Not now")
FORMAL = picked(CONFIRMED, "formal", zh="改为正式挂失补卡", en="Report it formally, get a new card")
#: What becomes of the payments the customer does not know.
DISPUTE = {"title": {"zh": "有不是我的交易", "en": "Some payments aren't mine"}, "intent": "faq/card_dispute"}


class ValidateReportLostForm(VerifiedForm):
    """Card, code, a yes; nothing else before the card is stopped."""

    form = "report_lost_form"
    slots = (CARD, ID, CODE, CONFIRMED)
    asks_card = "utter_ask_lost_card"

    def act(self, talk: Talk) -> str:
        return VERIFIED_FOR

    def full(self, talk: Talk) -> bool:
        return talk.slot(KIND) == "formal" or bool((talk.slot(CARD) or {}).get("shared"))

    def fits(self, card: Card) -> bool:
        return card.state is not CardState.CLOSED

    async def begin(self, talk: Talk) -> Events:
        if talk.mentions("minor"):
            talk.say("utter_lost_minor", choices=[PERSON])
            raise Ended
        if talk.mentions("someone_else"):
            talk.say("utter_lost_someone_else", choices=[PERSON])
            raise Ended
        kind = "formal" if talk.mentions("formal") else "temporary"
        suspicious = talk.mentions("suspicious")
        talk.say("utter_lost_begin")
        return [
            SlotSet(KIND, kind), SlotSet("lost_suspicious", suspicious), *await self.opening_card(talk)
        ]

    async def ask_lost_confirmed(self, talk: Talk) -> Events | None:
        card = await talk.rooms.bank.card(talk.slot(CARD)["card_id"])
        if card is None or card.state is CardState.CLOSED:
            talk.say("utter_lost_closed_card", choices=[PERSON])
            raise Ended
        names = card_names(talk, card)[talk.language]
        formal = talk.slot(KIND) == "formal"
        if card.state is CardState.FORMAL_LOSS or (card.state is CardState.TEMPORARY_LOSS and not formal):
            await talk.rooms.verification.forget(talk.conversation_id)
            since = card.since.astimezone(BANK_ZONE).strftime("%Y-%m-%d %H:%M") if card.since else ""
            talk.say(f"utter_lost_already_{card.state}", card=names, since=since, choices=[PERSON])
            raise Ended
        if formal:
            talk.say("utter_lost_readback_formal", card=names, choices=[YES, NO])
        else:
            talk.say("utter_lost_readback_temporary", card=names, choices=[YES, FORMAL, NO])
        return None

    def reads_lost_confirmed(self, talk: Talk) -> bool:
        return talk.intent == "service_report_lost"

    async def hear_lost_confirmed(self, talk: Talk) -> Events | None:
        said = talk.answer(CONFIRMED)
        if said == "no":
            await self.cancelled(talk)
            talk.say("utter_lost_not_done")
            raise Ended
        if said == "formal" or (talk.slot(KIND) != "formal" and talk.mentions("formal")):
            talk.say("utter_lost_formal_begin")
            return [SlotSet(KIND, "formal"), SlotSet(ID, None), SlotSet(CODE, None), SlotSet(CONFIRMED, None)]
        if said == "yes" or talk.intent == "service_report_lost":
            return [SlotSet(CONFIRMED, True)]
        return None


class ActionReportLost(RoomAction):
    """Stops the card at the bank, once, and tells what is true about it (D12)."""

    def name(self) -> str:
        return "action_report_lost"

    async def perform(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        talk = Talk(dispatcher, tracker)
        if talk.slot(CONFIRMED) is not True:
            return []
        case = await carried_out(talk, VERIFIED_FOR, ACTS[talk.slot(KIND) or "temporary"])
        told_case(talk, case, more=[DISPUTE] if talk.slot("lost_suspicious") else [])
        return [SlotSet(CONFIRMED, None), FollowupAction("action_listen")]
