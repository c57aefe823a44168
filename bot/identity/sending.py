"""The way of a code to the customer's phone: made and counted, handed over, written down.

The gateway is asked between two transactions, never inside one. Where the code can be of no use,
because nobody is there or the details are wrong, everything is done alike but for the text (S06).
"""

from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.conversation import store as conversations
from bot.conversation.ports import Say
from bot.conversation.store import Conversation
from bot.database import Database
from bot.errors import UnavailableError
from bot.identity import cases, limits, store
from bot.identity.answers import Step, to_json
from bot.identity.cases import CODE_LIFE, MAX_RESENDS, Case
from bot.identity.codes import Codes
from bot.identity.limits import Subjects
from bot.identity.ports import Gateway
from bot.identity.states import State
from bot.records import audit


@dataclass(frozen=True)
class Order:
    """A code that has been made and is to be handed over."""

    before: Case
    made: Case
    #: the answer's key of the turn that asked for it
    key: str
    keys: tuple[str, ...]
    again: bool
    first: bool
    #: where to, and the text; nowhere when it can be of no use
    phone: str | None = field(repr=False)
    text: str = field(repr=False)


@dataclass
class Sender:
    """Makes codes and has them sent."""

    database: Database
    clock: Clock
    say: Say
    gateway: Gateway
    codes: Codes
    texts_a_day: int

    async def prepare(
        self,
        connection: AsyncConnection,
        conversation: Conversation,
        case: Case,
        phone: str | None,
        key: str,
        *,
        again: bool = False,
    ) -> Order | Step:
        """Make a new code and count it, or say how long to wait; `deliver` comes after the commit."""
        now = self.clock.now()
        usable = case.matched and phone is not None
        whom = phone if usable else f"nobody:{case.subjects[1]}"
        keys = (*case.subjects, self.codes.subject("phone", str(whom)))
        subjects = await store.lock_subjects(connection, keys, now)
        first = not again and case.sent_at is None
        wait_s = limits.wait_s(subjects, now.timestamp(), first=first, texts_a_day=self.texts_a_day)
        if wait_s > 0:
            return Step("too_many_codes", wait_s=ceil(wait_s))
        code = self.codes.make() if usable else self.codes.make_unusable()
        made = cases.make_code(case, self.codes.hash(case.id, code), now)
        await store.save(connection, made)
        await store.save_subjects(
            connection, limits.sent(subjects, now.timestamp(), first=first), now
        )
        text = self._text(case.act, conversation.language, code)
        return Order(case, made, key, keys, again, first, phone if usable else None, text)

    async def deliver(self, order: Order) -> Step:
        """Hand the code over and keep what came of it; a gateway that is away uses nothing up (F31)."""
        try:
            if order.phone is None:
                await self.gateway.probe()
            else:
                await self.gateway.send(order.phone, order.text)
            arrived = True
        except UnavailableError:
            arrived = False
        now = self.clock.now()
        conversation_id = order.made.conversation_id
        async with self.database.write() as connection:
            await conversations.lock(connection, conversation_id)
            case = await store.find(connection, order.made.id)
            subjects = await store.lock_subjects(connection, order.keys, now)
            if not arrived:
                made_at = (order.made.code_at or now).timestamp()
                subjects = limits.not_sent(subjects, made_at, first=order.first)
                await store.save_subjects(connection, subjects, now)
            case, answer = self._settled(order, case, subjects, now, arrived=arrived)
            await store.save(connection, case)
            await store.keep_answer(connection, conversation_id, order.key, to_json(answer), now)
            await audit.record(
                connection, at=now, actor=f"conversation:{conversation_id}",
                action="code_sent" if arrived else "code_not_sent", subject=conversation_id,
                reason=case.act, resends=case.resends,
            )
        return answer

    def _settled(
        self, order: Order, case: Case, subjects: Subjects, now: datetime, *, arrived: bool
    ) -> tuple[Case, Step]:
        """The case and the answer after the gateway was asked; the case may have ended meanwhile."""
        if case.state is not State.ASKS_CODE or case.code_hash != order.made.code_hash:
            return case, Step("not_open")
        if arrived:
            case = cases.deliver(case, now, again=order.again)
            return case, present(case, subjects, now)
        return cases.take_back(case, order.before), Step("sms_away")

    def _text(self, act: str, language: str, code: str) -> str:
        """The text message; it names the act that the code is for (L15)."""
        return self.say(
            "sms_code", language, code=code, act=self.say(f"act_{act}", language),
            minutes=int(CODE_LIFE.total_seconds()) // 60,
        )


def present(case: Case, subjects: Subjects, now: datetime) -> Step:
    """How an open case stands."""
    left = limits.tries_left(subjects, case.act, now.timestamp())
    if case.state is State.ASKS_ID:
        return Step("asks_id", tries_left=left)
    return Step(
        case.state.value,
        resend_in_s=cases.resend_wait_s(case, now),
        resends_left=MAX_RESENDS - case.resends,
        tries_left=left,
    )


def locked(until: float) -> Step:
    return Step("locked", locked_until=store.moment(until))
