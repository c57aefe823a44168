"""What one transaction does to a verification: begin, take the ID, send again, judge, end.

The conversation's row is locked by the caller, the subjects' rows here; the verbs (verification)
ask bank, vault and gateway before and after.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.conversation.store import Conversation
from bot.identity import cases, limits, store, typed
from bot.identity.answers import Outcome, Step
from bot.identity.cases import Case
from bot.identity.ports import Found
from bot.identity.sending import Order, Sender, locked, present
from bot.identity.states import AWAITS, Event, State
from bot.records import audit
from bot.records.cipher import Cipher


@dataclass(frozen=True)
class Claim:
    """Who somebody says they are, and for what."""

    act: str
    card_id: str | None
    customer_id: str | None
    full: bool
    #: what was typed to name card or customer; only its keyed hash is kept
    said: str

    @property
    def whose(self) -> dict[str, str | None]:
        return {"customer": self.customer_id, "card": self.card_id}


@dataclass
class Progress:
    """The steps, with what they need."""

    clock: Clock
    cipher: Cipher
    sender: Sender

    async def begin(
        self,
        connection: AsyncConnection,
        conversation: Conversation,
        wanted: Claim,
        phone: str | None,
        key: str,
        *,
        signed: bool,
    ) -> Step | Order:
        """Open a verification, or go on with the live one of the same claim."""
        if signed and phone is None:
            return Step("no_phone")
        now = self.clock.now()
        same = await self._make_room(connection, conversation, wanted, now)
        keys = self._subjects(conversation.id, wanted)
        subjects = await store.lock_subjects(connection, keys, now)
        if until := limits.locked_until(subjects, wanted.act, now.timestamp()):
            return locked(until)
        if same is not None and (same.state is not State.ASKS_CODE or same.sent_at):
            if same.state is State.ASKS_CODE and cases.code_is_old(same, now):
                return await self.resend(connection, conversation, same, phone, key)
            return present(same, subjects, now)
        case = same or await self._open(connection, conversation, wanted, phone, signed=signed)
        if case.state is State.ASKS_ID:
            return present(case, subjects, now)
        return await self.sender.prepare(connection, conversation, case, phone, key)

    async def _open(
        self,
        connection: AsyncConnection,
        conversation: Conversation,
        wanted: Claim,
        phone: str | None,
        *,
        signed: bool,
    ) -> Case:
        """A new verification in this conversation."""
        now = self.clock.now()
        case = Case(
            id=str(uuid.uuid4()), conversation_id=conversation.id, act=wanted.act,
            number=await store.next_number(connection, conversation.id),
            session_no=conversation.session_no,
            state=State.ASKS_ID if wanted.full else State.ASKS_CODE,
            signed=signed, full=wanted.full, matched=phone is not None and not wanted.full,
            subjects=self._subjects(conversation.id, wanted),
            code_hash=None, old_hashes=(), code_at=None, sent_at=None, resends=0,
            began_at=now, touched_at=now, verified_at=None,
        )
        whose = orjson.dumps(wanted.whose).decode()
        await store.add(connection, case, self.cipher.encrypt(whose, _about(case)))
        await self.note(connection, case, "verification_begun", now, full=case.full)
        return case

    async def _make_room(
        self, connection: AsyncConnection, conversation: Conversation, wanted: Claim, now: datetime
    ) -> Case | None:
        """The live case of the same claim; what is open for another claim is ended (I28)."""
        same = None
        for case in await store.live(connection, conversation.id):
            if is_over(case, conversation, now):
                await self.end(connection, case, Event.FELL_SILENT, now)
                continue
            if await self._is_of(connection, case, wanted):
                same = case
            elif case.state is not State.VERIFIED or case.act == wanted.act:
                await self.end(connection, case, Event.FORGOTTEN, now)
        return same

    async def _is_of(self, connection: AsyncConnection, case: Case, wanted: Claim) -> bool:
        """Whether the case verifies the same claim for the same act."""
        if case.act != wanted.act or case.full != wanted.full:
            return False
        if case.subjects[:2] != self._subjects(case.conversation_id, wanted)[:2]:
            return False
        # Whose card it is may have been told by the ID since.
        return wanted.customer_id is None or await self.whose(connection, case) == wanted.whose

    async def take_id(
        self,
        connection: AsyncConnection,
        conversation: Conversation,
        case: Case | None,
        phone: str | None,
        key: str,
        *,
        matches: bool,
        problem: str | None,
        named: Found | None = None,
    ) -> Step | Order:
        """The ID characters were compared; a code comes next, whatever came of it (S06)."""
        now = self.clock.now()
        if case is None or case.state not in AWAITS:
            return Step("not_open")
        if named and case.state is State.ASKS_ID:
            case = await self._name(connection, case, named)
        subjects = await store.lock_subjects(connection, case.subjects, now)
        if until := limits.locked_until(subjects, case.act, now.timestamp()):
            await self.end(connection, case, Event.TRIES_USED_UP, now)
            return locked(until)
        if case.state is State.ASKS_CODE:  # the turn was broken off after the ID was taken
            if case.sent_at:
                return present(case, subjects, now)
            return await self.sender.prepare(connection, conversation, case, phone, key)
        if problem:
            await store.save(connection, replace(case, touched_at=now))
            return replace(present(case, subjects, now), problem=problem)
        if case.signed and not matches:
            judged = cases.fail(case, subjects, "no_match", now)
            await self._remember(connection, judged.case, judged.subjects, "id_wrong", now)
            if until := limits.locked_until(judged.subjects, case.act, now.timestamp()):
                return locked(until)
            return replace(present(judged.case, judged.subjects, now), problem="no_match")
        case = cases.take_id(case, matched=matches, now=now)
        await store.save(connection, case)
        return await self.sender.prepare(connection, conversation, case, phone, key)

    async def _name(self, connection: AsyncConnection, case: Case, named: Found) -> Case:
        """Now it is known whose it is: tries are counted under that person too."""
        if (await self.whose(connection, case))["customer"]:
            return case
        whose = orjson.dumps({"customer": named.customer_id, "card": named.id}).decode()
        await store.name(connection, case.id, self.cipher.encrypt(whose, _about(case)))
        person = self.sender.codes.subject("person", named.customer_id)
        return replace(case, subjects=(*case.subjects[:2], person))

    async def resend(
        self,
        connection: AsyncConnection,
        conversation: Conversation,
        case: Case | None,
        phone: str | None,
        key: str,
    ) -> Step | Order:
        """A new code, unless it is too early or too often."""
        now = self.clock.now()
        if case is None or case.state is not State.ASKS_CODE:
            return Step("not_open")
        subjects = await store.lock_subjects(connection, case.subjects, now)
        if until := limits.locked_until(subjects, case.act, now.timestamp()):
            await self.end(connection, case, Event.TRIES_USED_UP, now)
            return locked(until)
        again = case.sent_at is not None
        if again and case.resends >= cases.MAX_RESENDS:
            return replace(present(case, subjects, now), state="no_resends")
        if wait_s := cases.resend_wait_s(case, now):
            return replace(present(case, subjects, now), state="too_early", wait_s=wait_s)
        return await self.sender.prepare(
            connection, conversation, case, phone, key, again=again
        )

    async def judge(
        self, connection: AsyncConnection, case: Case, secret: str, now: datetime
    ) -> Outcome:
        """What the typed code is worth, kept before it is told."""
        digits = typed.six_digits(secret)
        typed_hash = self.sender.codes.hash(case.id, digits) if digits else None
        subjects = await store.lock_subjects(connection, case.subjects, now)
        judged = cases.judge(case, subjects, typed_hash, now)
        action = {"verified": "verified", "wrong": "code_wrong"}.get(judged.result)
        if judged.result == "locked" and judged.case.state != case.state:
            action = "code_locked"
        await self._remember(connection, judged.case, judged.subjects, action, now)
        until = limits.locked_until(judged.subjects, case.act, now.timestamp())
        return Outcome(
            judged.result,
            limits.tries_left(judged.subjects, case.act, now.timestamp()),
            store.moment(until) if until and judged.result == "locked" else None,
        )

    async def _remember(
        self, connection: AsyncConnection, case: Case, subjects: limits.Subjects,
        action: str | None, now: datetime,
    ) -> None:
        await store.save(connection, case)
        await store.save_subjects(connection, subjects, now)
        if action:
            left = limits.tries_left(subjects, case.act, now.timestamp())
            await self.note(connection, case, action, now, tries_left=left)

    async def end(
        self, connection: AsyncConnection, case: Case, event: Event, now: datetime
    ) -> None:
        """The case ends without an act."""
        await store.save(connection, cases.step(case, event, now))
        action = {Event.FORGOTTEN: "forgotten", Event.FELL_SILENT: "expired"}.get(event, "locked")
        await self.note(connection, case, f"verification_{action}", now)

    async def whose(self, connection: AsyncConnection, case: Case) -> dict[str, str | None]:
        """The customer and the card that are claimed; None once the case has ended."""
        kept = await store.whose(connection, case.id)
        if kept is None:
            return {"customer": None, "card": None}
        return dict(orjson.loads(self.cipher.decrypt(kept, _about(case))))

    async def withheld(self, connection: AsyncConnection, conversation_id: str, act: str, now: datetime) -> None:
        """No code was sent, because the phone has changed lately."""
        await audit.record(
            connection, at=now, actor=f"conversation:{conversation_id}", action="code_withheld",
            subject=conversation_id, reason=act,
        )

    async def note(
        self, connection: AsyncConnection, case: Case, action: str, now: datetime, **details: Any
    ) -> None:
        """An audit row; counts and codes only."""
        await audit.record(
            connection, at=now, actor=f"conversation:{case.conversation_id}", action=action,
            subject=case.conversation_id, reason=case.act, **details,
        )

    def _subjects(self, conversation_id: str, wanted: Claim) -> tuple[str, ...]:
        """Under what tries are counted: this chat, what was claimed, and whom it names, if anybody."""
        named = wanted.card_id or wanted.customer_id or conversation_id
        said = typed.plain(wanted.said) or named
        whom = wanted.customer_id or f"nobody:{said}"
        subject = self.sender.codes.subject
        return (subject("conversation", conversation_id), subject("claim", said), subject("person", whom))


def is_over(case: Case, conversation: Conversation, now: datetime) -> bool:
    """Whether silence, time or a return from a person has ended it."""
    return cases.is_over(case, conversation.last_customer_at, conversation.session_no, now)


def _about(case: Case) -> str:
    return f"verification:{case.id}"
