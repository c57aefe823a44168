"""Verifying that the customer is who they say, once for each sensitive act: the verbs.

ID characters are only a check of what was claimed; every way to `verified` ends in a used code
(S05). Unknown customers and wrong claims take the same way in the same time, with a code that
nobody can know (S06, I27).
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.conversation import store as conversations
from bot.conversation.store import Conversation
from bot.database import Database
from bot.errors import Forbidden
from bot.identity import cases, masks, store, typed
from bot.identity.answers import Awaited, Outcome, Step, outcome_of, step_of, to_json
from bot.identity.cases import SILENCE, Case
from bot.identity.ports import NOBODY, Bank, Found
from bot.identity.progress import Claim, Progress, is_over
from bot.identity.sending import Order
from bot.identity.states import AWAITS, LIVE, Event, State
from bot.identity.vault import Vault

#: How long no code goes to a phone whose number or SIM card has changed: whoever took it over would get it (S04).
PHONE_SETTLES = timedelta(days=3)
#: How many silent ones are ended in one go.
BATCH = 200


@dataclass
class Verification:
    """The verbs, with what they need."""

    database: Database
    clock: Clock
    bank: Bank
    vault: Vault
    progress: Progress

    async def begin(
        self,
        conversation_id: str,
        act: str,
        *,
        card_id: str | None,
        customer_id: str | None,
        full: bool,
        signed: bool,
        turn_id: str,
        claim: str = "",
    ) -> Step:
        """Begin to verify this act, or go on where it stands when nothing else is claimed.

        `card_id` and `customer_id` are None where nobody is there; `claim` is what was typed to
        name them, so that a claim without an owner is counted in every chat like one with an owner.
        `full` asks for ID characters first. `signed` tells that a customer token names this
        customer; it counts only in a conversation that was opened with it.

        Raises:
            UnavailableError: the bank does not answer; nothing was begun.
            ContentError: there is no name `act_…` for this act.
        """
        self.progress.sender.say(f"act_{act}", "zh")
        wanted = Claim(act, card_id, customer_id, full, claim)
        phone, changed = await self._reach(customer_id)
        key = f"begin:{act}:{turn_id}"
        async with self.database.write() as connection:
            conversation = await conversations.lock(connection, conversation_id)
            is_own = signed and customer_id is not None and conversation.customer_id == customer_id
            if done := await store.answer_to(connection, conversation_id, key):
                return _with_phone(step_of(done), phone, signed=is_own)
            begun = await self.progress.begin(
                connection, conversation, wanted, phone, key, signed=is_own
            )
            if begun == Step("no_phone") and changed:
                begun = Step("new_phone")
                await self.progress.withheld(connection, conversation_id, act, self.clock.now())
            await self._keep(connection, conversation_id, key, begun)
        return _with_phone(await self._sent(begun), phone, signed=is_own)

    async def take_id(
        self, conversation_id: str, act: str, token: str, turn_id: str, *, last4: str = ""
    ) -> Step:
        """Compare the ID characters behind this token, and send a code.

        Wrong ones are said to a signed customer, and use up a try; to others everything looks
        alike, but no code will be right. `last4` is what somebody unknown claims: several cards
        end alike, and only together with the ID they name one; `whose` tells it when the code was right.

        Raises:
            UnavailableError: bank or vault do not answer; no try is used up, but what was typed
                may have to be typed again.
        """
        customer_id = await self._claimed(conversation_id, act)
        secret = await self.vault.redeem(conversation_id, token, "id_characters")
        last_six = typed.last_six(secret) if secret is not None else None
        named = await self._named(customer_id, last4, last_six) if last4 else None
        if last4:
            matches = named is not None
        else:
            matches = last_six is not None and await self.bank.identity_matches(
                customer_id or NOBODY, last_six
            )
        phone = await self._phone_of(named.customer_id if named else customer_id)
        key = f"take_id:{act}:{turn_id}"
        async with self.database.write() as connection:
            conversation = await conversations.lock(connection, conversation_id)
            case = await store.newest(connection, conversation_id, act)
            if done := await store.answer_to(connection, conversation_id, key):
                return _shown(step_of(done), phone, case)
            taken = await self.progress.take_id(
                connection, conversation, case, phone, key, matches=matches and phone is not None,
                problem=_problem(secret, last_six), named=named,
            )
            await self._keep(connection, conversation_id, key, taken)
        return _shown(await self._sent(taken), phone, case)

    async def resend(self, conversation_id: str, act: str, turn_id: str) -> Step:
        """A new code in place of the old one, a minute after it, three times at most (I24).

        Raises:
            UnavailableError: the bank does not answer; nothing is used up.
        """
        customer_id = await self._claimed(conversation_id, act)
        phone = await self._phone_of(customer_id)
        key = f"resend:{act}:{turn_id}"
        async with self.database.write() as connection:
            conversation = await conversations.lock(connection, conversation_id)
            case = await store.newest(connection, conversation_id, act)
            if done := await store.answer_to(connection, conversation_id, key):
                return _shown(step_of(done), phone, case)
            resent = await self.progress.resend(connection, conversation, case, phone, key)
            await self._keep(connection, conversation_id, key, resent)
        return _shown(await self._sent(resent), phone, case)

    async def take_code(self, conversation_id: str, act: str, token: str, turn_id: str) -> Outcome:
        """Judge the code behind this token; of any number of guesses at once five are judged (I22).

        Raises:
            UnavailableError: the vault does not answer; nothing is used up.
        """
        secret = await self.vault.redeem(conversation_id, token, "code")
        key = f"take_code:{act}:{turn_id}"
        now = self.clock.now()
        async with self.database.write() as connection:
            await conversations.lock(connection, conversation_id)
            if done := await store.answer_to(connection, conversation_id, key):
                return outcome_of(done)
            case = await store.newest(connection, conversation_id, act)
            if case is None:
                outcome = Outcome("not_open")
            elif secret is None and case.state is State.ASKS_CODE:
                outcome = Outcome("enter_again")
            else:
                outcome = await self.progress.judge(connection, case, secret or "", now)
            await store.keep_answer(connection, conversation_id, key, to_json(outcome), now)
        return outcome

    async def verified(self, conversation_id: str, act: str, card_id: str | None) -> bool:
        """Whether this act on this card may be done now: verified, not ten minutes ago, unused."""
        async with self.database.read() as connection:
            return await self.verified_in(connection, conversation_id, act, card_id)

    async def verified_in(
        self, connection: AsyncConnection, conversation_id: str, act: str, card_id: str | None
    ) -> bool:
        """The same within the caller's transaction."""
        conversation = await conversations.find(connection, conversation_id)
        case = await store.newest(connection, conversation_id, act)
        if case is None or not cases.holds(case, self.clock.now()):
            return False
        if case.session_no != conversation.session_no:
            return False
        whose = await self.progress.whose(connection, case)
        return whose["card"] == card_id

    async def spend(
        self, connection: AsyncConnection, conversation_id: str, act: str, card_id: str | None
    ) -> None:
        """Use the verified state up, in the transaction that does the act; it serves once (S10).

        Raises:
            Forbidden: `not_verified`: for this act and card there is none now.
        """
        await conversations.lock(connection, conversation_id)
        now = self.clock.now()
        if not await self.verified_in(connection, conversation_id, act, card_id):
            raise Forbidden("not_verified")
        case = await store.newest(connection, conversation_id, act)
        if case is None or not await store.spend(connection, case.id, now):
            raise Forbidden("not_verified")
        await self.progress.note(connection, case, "verification_spent", now)

    async def whose(self, conversation_id: str, act: str) -> tuple[str, str] | None:
        """The card and the customer that were verified for this act; None unless that holds now."""
        async with self.database.read() as connection:
            case = await store.newest(connection, conversation_id, act)
            if case is None or not cases.holds(case, self.clock.now()):
                return None
            kept = await self.progress.whose(connection, case)
        card, customer = kept["card"], kept["customer"]
        return (card, customer) if card and customer else None

    async def forget(self, conversation_id: str) -> None:
        """End whatever is open or verified: the customer has cancelled, or fallen silent."""
        async with self.database.write() as connection:
            await conversations.lock(connection, conversation_id)
            await self.forget_in(connection, conversation_id)

    async def forget_in(self, connection: AsyncConnection, conversation_id: str) -> None:
        """The same for a conversation that the caller's transaction has locked."""
        now = self.clock.now()
        for case in await store.live(connection, conversation_id):
            await self.progress.end(connection, case, Event.FORGOTTEN, now)

    async def open_of(self, conversation_id: str) -> Awaited | None:
        """What is awaited of the customer now."""
        now = self.clock.now()
        async with self.database.read() as connection:
            conversation = await conversations.find(connection, conversation_id)
            for case in await store.live(connection, conversation_id):
                if not is_over(case, conversation, now):
                    return Awaited(case.act, AWAITS[case.state]) if case.state in AWAITS else None
        return None

    async def awaited_in(
        self, connection: AsyncConnection, conversation: Conversation
    ) -> Awaited | None:
        """What a locked conversation awaits, before its customer's next word; silence ends it here."""
        now = self.clock.now()
        awaited = None
        for case in await store.live(connection, conversation.id):
            if is_over(case, conversation, now):
                await self.progress.end(connection, case, Event.FELL_SILENT, now)
            elif case.state in AWAITS and awaited is None:
                awaited = Awaited(case.act, AWAITS[case.state])
        return awaited

    async def sweep(self) -> int:
        """End what silence or time has ended, and drop old counts; how many were ended."""
        now = self.clock.now()
        async with self.database.read() as connection:
            quiet = await store.quiet_since(connection, now - SILENCE, BATCH)
        ended = 0
        for verification_id, conversation_id in quiet:
            async with self.database.write() as connection:
                conversation = await conversations.lock(connection, conversation_id)
                case = await store.find(connection, verification_id)
                if case.state in LIVE and is_over(case, conversation, now):
                    await self.progress.end(connection, case, Event.FELL_SILENT, now)
                    ended += 1
        async with self.database.write() as connection:
            await store.clear(connection, now)
        return ended

    async def _claimed(self, conversation_id: str, act: str) -> str | None:
        """The customer whom the newest case of this act is about, while it is live."""
        async with self.database.read() as connection:
            case = await store.newest(connection, conversation_id, act)
            whose = await self.progress.whose(connection, case) if case else {"customer": None}
        return whose["customer"]

    async def _named(self, customer_id: str | None, last4: str, last_six: str | None) -> Found | None:
        """The one card that last four digits and ID name together; the bank is asked in any case (S06)."""
        found = await self.bank.find(last4=last4, id_last6=last_six or "")
        fits = [one for one in found if customer_id in (None, one.customer_id)]
        return fits[0] if len(fits) == 1 and last_six else None

    async def _phone_of(self, customer_id: str | None) -> str | None:
        """The registered number a code may go to; the bank is asked for nobody as well (S06)."""
        return (await self._reach(customer_id))[0]

    async def _reach(self, customer_id: str | None) -> tuple[str | None, bool]:
        """The same, and whether there is none only because it has changed lately."""
        customer = await self.bank.customer(customer_id or NOBODY)
        if customer is None or not customer_id:
            return None, False
        at = customer.phone_changed_at
        changed = customer.phone is not None and at is not None and self.clock.now() - at < PHONE_SETTLES
        return (None if changed else customer.phone), changed

    async def _sent(self, begun: Step | Order) -> Step:
        return await self.progress.sender.deliver(begun) if isinstance(begun, Order) else begun

    async def _keep(
        self, connection: AsyncConnection, conversation_id: str, key: str, answer: Step | Order
    ) -> None:
        if isinstance(answer, Step):  # an order's answer is kept when it has been delivered
            now = self.clock.now()
            await store.keep_answer(connection, conversation_id, key, to_json(answer), now)


def _problem(secret: str | None, last_six: str | None) -> str | None:
    if secret is None:
        return "enter_again"
    return None if last_six else "malformed"


def _shown(step: Step, phone: str | None, case: Case | None) -> Step:
    return _with_phone(step, phone, signed=case is not None and case.signed)


def _with_phone(step: Step, phone: str | None, *, signed: bool) -> Step:
    """Where the code went, for a signed customer alone: nobody else sees a digit of anybody's phone."""
    if not signed or phone is None or step.state not in ("asks_code", "too_early", "no_resends"):
        return step
    return replace(step, phone=masks.phone(phone))
