"""The steps by which a customer shows who they are, for dialogues that need it: card, ID characters, code.

What was shown is kept in the record by the identity room; the slots here only say which question is answered.
Whoever is not known to the session hears the same words whether or not there is such a card (S06).
"""

import re
from abc import abstractmethod
from datetime import datetime
from typing import Any, ClassVar

from rasa_sdk.events import SlotSet

from actions.base import PERSON
from actions.forms import OTHER_SERVICES, Ended, Events, ServiceForm, take
from actions.talk import Talk, picked
from bot.bank.cases import Case
from bot.bank.port import Act, Card
from bot.clock import BANK_ZONE
from bot.conversation import store
from bot.errors import NotFound
from bot.identity.answers import Step

CARD, ID, CODE = "verify_card", "verify_id", "verify_code"
RESEND = picked(CODE, "resend", zh="重新发送", en="Send a new code")

#: Four digits that stand for a card.
_LAST4 = re.compile(r"(?<![\d*])(\d{4})(?!\d)")
#: The same in a sentence, where they need a word that says what they are.
_SAID_LAST4 = re.compile(
    r"(?:尾号|末四位|后四位|后4位|尾数|end(?:ing|s)?(?: in| with)?|last (?:four|4)(?: digits)?)\D{0,6}(\d{4})(?!\d)"
)
_KINDS = {"credit": ("信用卡", "贷记卡", "credit"), "debit": ("储蓄卡", "借记卡", "工资卡", "debit", "savings card")}


class VerifiedForm(ServiceForm):
    """A dialogue in which nothing is done before the customer has shown who they are."""

    #: the utterance that asks for the card, when the session does not know the customer
    asks_card: ClassVar[str]

    @abstractmethod
    def act(self, talk: Talk) -> str:
        """What the verification is for; one is good for one act."""

    def full(self, talk: Talk) -> bool:
        """Whether the ID characters are asked as well as the code."""
        return True

    def fits(self, card: Card) -> bool:
        """Whether this dialogue can be about that card."""
        return True

    async def wanted(self, talk: Talk) -> list[str]:
        return [slot for slot in self.slots if slot != ID or self.full(talk)]

    async def cancelled(self, talk: Talk) -> None:
        await talk.rooms.verification.forget(talk.conversation_id)

    # ---- what may be said at every step

    def _answers(self, talk: Talk, asked: str) -> bool:
        said = talk.mentions("refuses") or (asked != CARD and _names_card(talk))
        return super()._answers(talk, asked) or (said and not talk.intent.startswith("alarm_"))

    async def _heard(self, talk: Talk, asked: str) -> Events:
        """Who does not want to show who they are is told what remains; another card begins anew (I28, I31)."""
        if asked in (CARD, ID, CODE) and talk.mentions("refuses"):
            await self.cancelled(talk)
            talk.say("utter_verify_refused", choices=[PERSON])
            raise Ended
        if asked != CARD and _names_card(talk) and (changed := await self._other_card(talk, asked)):
            return changed
        return await super()._heard(talk, asked)

    async def _ask_again(self, talk: Talk, asked: str) -> Events:
        """What was shown in a turn that was broken off afterwards is not asked for again."""
        if asked != CODE or not await self._is_verified(talk):
            return await super()._ask_again(talk, asked)
        shown = [SlotSet(CODE, "used")]
        take(talk, shown)
        return [*shown, *await self._ask_next(talk)]

    async def _other_card(self, talk: Talk, asked: str) -> Events:
        """Begin anew with another card; nothing, when the words name the one that it is about."""
        said = _SAID_LAST4.search(talk.plain)
        if said and said[1] == await self._last4(talk):
            return []
        await talk.rooms.verification.forget(talk.conversation_id)
        events = [SlotSet(slot, None) for slot in self.slots[self.slots.index(CARD):]]  # what it is about stays
        if said:
            events += await self._with_last4(talk, said[1], await self.own_cards(talk))
        take(talk, events)
        return [*events, *(await self._ask(talk, asked, f"ask_{asked}") if await self._missing(talk) == asked else [])]

    async def _last4(self, talk: Talk) -> str:
        """The end of the number of the card that the dialogue is about."""
        claim = talk.slot(CARD)
        card = await talk.rooms.bank.card(claim["card_id"]) if claim["signed"] else None
        return card.last4 if card else claim["claim"]

    # ---- the card

    async def opening_card(self, talk: Talk) -> Events:
        """The card, when the first words name it or there is only one it can be."""
        cards = await self.own_cards(talk)
        if said := _SAID_LAST4.search(talk.plain):
            return await self._with_last4(talk, said[1], cards)
        return self._only(talk, cards)

    async def own_cards(self, talk: Talk) -> list[Card]:
        """The cards of the customer whom the bank's own app has named; none for anybody else."""
        customer_id = (await talk.conversation()).customer_id
        if not customer_id:
            return []
        return [card for card in await talk.rooms.bank.cards(customer_id) if self.fits(card)]

    async def ask_verify_card(self, talk: Talk) -> Events | None:
        cards = await self.own_cards(talk)
        if not cards:
            talk.say(self.asks_card, awaits="card")
            return None
        choices = [picked(CARD, card.id, **card_names(talk, card)) for card in cards]
        choices.append(picked(CARD, "none", zh="都不是", en="None of these"))
        talk.say("utter_ask_own_card", choices=choices)
        return None

    def reads_verify_card(self, talk: Talk) -> bool:
        return bool(_LAST4.search(talk.plain)) or talk.mentions("no_card_number")

    async def hear_verify_card(self, talk: Talk) -> Events | None:
        cards, pressed = await self.own_cards(talk), talk.pressed(CARD)
        if pressed == "none" or (cards and talk.means("neither")):
            talk.say("utter_not_among_cards", choices=[PERSON])
            raise Ended
        if pressed:
            return [SlotSet(CARD, _claim(card)) for card in cards if card.id == pressed] or None
        if token := talk.secret("card"):
            number = await talk.rooms.vault.redeem(talk.conversation_id, token, "card") or ""
            found = await talk.rooms.bank.find(number=number)
            return [SlotSet(CARD, _claim(found[0] if found else None, claim=number[-4:], signed=False))]
        if talk.mentions("no_card_number"):
            talk.say("utter_no_card_number", choices=[PERSON], awaits="card")
            return [SlotSet(CARD, None)]
        if last4 := _LAST4.search(talk.plain):
            return await self._with_last4(talk, last4[1], cards)
        return self._only(talk, cards) or None

    async def _with_last4(self, talk: Talk, last4: str, own: list[Card]) -> Events:
        """The card with these last digits: one of the customer's own, or one claimed by somebody unknown."""
        if own:
            mine = [card for card in own if card.last4 == last4]
            if not mine:
                talk.say("utter_not_your_last4", last4=last4)
            return [SlotSet(CARD, _claim(mine[0]) if mine else None)]
        found = await talk.rooms.bank.find(last4=last4)
        only = found[0] if len(found) == 1 else None
        return [SlotSet(CARD, _claim(only, claim=last4, signed=False, shared=len(found) > 1))]

    def _only(self, talk: Talk, cards: list[Card]) -> Events:
        """The one card that the words can mean; their kind may tell."""
        kind = next((kind for kind, words in _KINDS.items() if any(word in talk.plain for word in words)), None)
        likely = [card for card in cards if kind in (None, card.kind)]
        return [SlotSet(CARD, _claim(likely[0]))] if len(likely) == 1 else []

    # ---- the ID characters

    async def ask_verify_id(self, talk: Talk) -> Events:
        step = await self._begin(talk, full=True)
        if step.state in ("asks_code", "too_early", "verified"):  # shown in a turn that was broken off
            return [SlotSet(ID, "given")]
        self._tell(talk, step)
        return []

    async def remind_verify_id(self, talk: Talk) -> None:
        talk.say("utter_again_verify_id", form="secret_id")

    def reads_verify_id(self, talk: Talk) -> bool:
        return talk.mentions("no_id")

    async def hear_verify_id(self, talk: Talk) -> Events | None:
        if token := talk.secret("id_characters"):
            step = await talk.rooms.verification.take_id(
                talk.conversation_id, self.act(talk), token, talk.turn_id, last4=talk.slot(CARD)["claim"]
            )
            if step.state in ("asks_code", "sms_away"):
                return [SlotSet(ID, "given")]
            self._tell(talk, step)
            return [SlotSet(ID, None)]
        if talk.mentions("no_id"):
            talk.say("utter_no_id", choices=[PERSON])
            return [SlotSet(ID, None)]
        return None

    # ---- the code

    async def ask_verify_code(self, talk: Talk) -> Events:
        step = await self._begin(talk, full=self.full(talk))
        self._tell(talk, step)
        return [SlotSet(CODE, "used")] if step.state == "verified" else []

    async def remind_verify_code(self, talk: Talk) -> None:
        talk.say("utter_again_verify_code", form="secret_code")

    def reads_verify_code(self, talk: Talk) -> bool:
        return any(talk.mentions(one) for one in ("phone_changed", "resend", "no_code"))

    async def hear_verify_code(self, talk: Talk) -> Events | None:
        if token := talk.secret("code"):
            return await self._try_code(talk, token)
        if await self._is_verified(talk):  # in a turn that was broken off afterwards
            return [SlotSet(CODE, "used")]
        if talk.mentions("phone_changed"):
            talk.say("utter_phone_changed", choices=[PERSON])
        elif talk.pressed(CODE) == "resend" or talk.mentions("resend"):
            self._tell(talk, await talk.rooms.verification.resend(talk.conversation_id, self.act(talk), talk.turn_id))
        elif talk.mentions("no_code"):
            talk.say("utter_no_code", choices=[RESEND, PERSON])
        elif OTHER_SERVICES.get(talk.intent) == self.form:  # asked for once more
            self._tell(talk, await self._begin(talk, full=self.full(talk)))
        else:
            return None
        return [SlotSet(CODE, None)]

    async def _try_code(self, talk: Talk, token: str) -> Events:
        outcome = await talk.rooms.verification.take_code(talk.conversation_id, self.act(talk), token, talk.turn_id)
        if outcome.result == "verified":
            return [SlotSet(CODE, "used"), *await self._named(talk)]
        if outcome.result == "locked":
            talk.say("utter_verify_locked", until=_clock(outcome.locked_until), choices=[PERSON])
            raise Ended
        if outcome.result == "not_open":
            talk.say("utter_verify_expired", choices=[PERSON])
            raise Ended
        stale = outcome.result in ("expired", "used")
        talk.say(
            f"utter_code_{outcome.result}", tries=outcome.tries_left, choices=[RESEND] if stale else [],
            form=None if stale else "secret_code",
        )
        return [SlotSet(CODE, None)]

    async def _named(self, talk: Talk) -> Events:
        """Which card it was all about, where only digits and ID together could tell."""
        whose = await talk.rooms.verification.whose(talk.conversation_id, self.act(talk))
        if talk.slot(CARD)["card_id"] or whose is None:
            return []
        card_id, customer_id = whose
        return [SlotSet(CARD, {**talk.slot(CARD), "card_id": card_id, "customer_id": customer_id})]

    async def _is_verified(self, talk: Talk) -> bool:
        card_id = talk.slot(CARD)["card_id"]
        return await talk.rooms.verification.verified(talk.conversation_id, self.act(talk), card_id)

    # ---- what a step sounds like

    async def _begin(self, talk: Talk, *, full: bool) -> Step:
        claim = talk.slot(CARD)
        return await talk.rooms.verification.begin(
            talk.conversation_id, self.act(talk), card_id=claim["card_id"], customer_id=claim["customer_id"],
            claim=claim["claim"], full=full, signed=claim["signed"], turn_id=talk.turn_id,
        )

    def _tell(self, talk: Talk, step: Step) -> None:
        """Say where the verification stands.

        Raises:
            Ended: it can not go on here.
        """
        match step.state:
            case "asks_id":
                talk.say(f"utter_id_{step.problem or 'asked'}", tries=step.tries_left, form="secret_id")
            case "asks_code":
                self._tell_of_code(talk, step)
            case "too_early":
                talk.say("utter_code_too_soon", seconds=step.wait_s, form="secret_code")
            case "locked":
                talk.say("utter_verify_locked", until=_clock(step.locked_until), choices=[PERSON])
                raise Ended
            case "no_resends" | "too_many_codes":
                talk.say("utter_code_no_more", choices=[PERSON])
                raise Ended
            case "sms_away":  # an earlier code, if there is one, stays good (F31)
                talk.say("utter_sms_away", choices=[RESEND, PERSON])
            case "no_phone":
                talk.say("utter_no_phone", choices=[PERSON])
                raise Ended
            case "new_phone":
                talk.say("utter_new_phone", choices=[PERSON])
                raise Ended
            case "not_open":
                talk.say("utter_verify_expired", choices=[PERSON])
                raise Ended
            case _:  # asks_id has been answered, or verified already: the next question says so
                pass


    def _tell_of_code(self, talk: Talk, step: Step) -> None:
        """A code is on its way; where the bank has another way, its risk and that way are said too (S04)."""
        choices = []
        if talk.rooms.settings.code_alternative:
            talk.say("utter_code_otherwise")
            choices = [PERSON]
        if step.phone:
            talk.say("utter_code_sent", phone=step.phone, choices=choices, form="secret_code")
        else:
            talk.say("utter_code_sent_if_known", choices=choices, form="secret_code")


async def carried_out(talk: Talk, verified_for: str, act: Act) -> Case:
    """Do the act that was verified and confirmed, once; a repeated turn finds it done (D12).

    Raises:
        Forbidden: it is not verified, or not any more.
    """
    ours, claim = talk.rooms, talk.slot(CARD)
    card = await ours.bank.card(claim["card_id"])
    if card is None:
        raise NotFound()
    async with ours.database.write() as connection:
        conversation = await store.lock(connection, talk.conversation_id)
        if not await ours.acts.of_turn(connection, talk.turn_id):
            await ours.verification.spend(connection, talk.conversation_id, verified_for, card.id)
        case = await ours.acts.prepare(
            connection, conversation, act=act, card=card, turn_id=talk.turn_id, customer_id=claim["customer_id"]
        )
    return await ours.acts.execute(case.id)


def card_names(talk: Talk, card: Card) -> dict[str, str]:
    """「储蓄卡 ··5678」 in both languages."""
    say = talk.rooms.catalogue.say
    return {language: say(f"bank_card_{card.kind}", language, last4=card.last4) for language in ("zh", "en")}


def _names_card(talk: Talk) -> bool:
    """Whether the words are about which card it is."""
    return bool(_SAID_LAST4.search(talk.plain)) or talk.mentions("other_card")


def _claim(
    card: Card | None, *, claim: str = "", signed: bool = True, shared: bool = False
) -> dict[str, Any]:
    """Which card the dialogue is about; somebody unknown may claim one that is not there.

    `shared`: cards of several people end alike, and only the ID can tell them apart.
    """
    return {
        "card_id": card.id if card else None, "customer_id": card.customer_id if card else None,
        "claim": claim, "signed": signed, "shared": shared,
    }


def _clock(at: datetime | None) -> str:
    return at.astimezone(BANK_ZONE).strftime("%H:%M") if at else ""
