"""The ledger of consents: nothing about a person is kept without a yes, and a no is respected (L01-L04)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.conversation.store import Conversation, find, lock
from bot.database import Database
from bot.errors import BadRequest, Forbidden
from bot.records import audit, store
from bot.records.archive import of_turn
from bot.records.consent_states import Decision, counts, ends, may_ask
from bot.records.ports import Effect, Expirer, Holding, Wish
from bot.records.purposes import Purpose


@dataclass(frozen=True)
class Consent:
    """One entry of the ledger, and what ended with it."""

    id: int
    purpose: str
    decision: Decision
    version: str
    language: str
    channel: str
    at: datetime
    ended: list[Effect] = field(default_factory=list)


@dataclass(frozen=True)
class Wording:
    """What a customer hears before the first field of a purpose (R16)."""

    text: str
    use: str
    why: str
    seen_by: str
    retention_days: int
    fields: tuple[str, ...]
    sensitive: bool
    version: str


@dataclass
class Consents:
    """The verbs, with what they need."""

    database: Database
    clock: Clock
    purposes: dict[str, Purpose]
    #: everything that can be kept under a purpose; wiring fills it
    holdings: list[Holding] = field(default_factory=list)

    def wording(self, purpose: str, language: str) -> Wording:
        """Purpose, use, scope, who sees it and for how long, in this language.

        Raises:
            BadRequest: no such purpose.
        """
        known = self._known(purpose)
        return Wording(
            known.text.of(language), known.use.of(language), known.why.of(language),
            known.seen_by.of(language), known.retention_days, tuple(known.fields), known.sensitive,
            known.version,
        )

    async def decide(
        self, conversation_id: str, purpose: str, decision: str, *, turn_id: str, channel: str = "web"
    ) -> Consent:
        """Log a yes (`given`) or a no (`refused`) with the text's version; a repeated turn gets its first answer.

        A no after a yes ends what is kept, as a withdrawal does.

        Raises:
            BadRequest: no such purpose or decision.
            NotFound: no such conversation.
        """
        if decision not in (Decision.GIVEN, Decision.REFUSED):
            raise BadRequest("bad_decision", field="decision")
        async with self.database.write() as connection:
            conversation = await lock(connection, conversation_id)
            return await self.decide_in(
                connection, conversation, purpose, Decision(decision), turn_id=turn_id, channel=channel
            )

    async def decide_in(
        self, connection: AsyncConnection, conversation: Conversation, purpose: str,
        decision: Decision, *, turn_id: str | None, channel: str = "web",
    ) -> Consent:
        """The same in the caller's transaction, on a locked conversation."""
        known = self._known(purpose)
        if turn_id and (done := await self._done(connection, conversation.id, purpose, turn_id, decision)):
            return done
        last = _decision(await store.last_consent(connection, conversation.id, purpose))
        over = ends(last, decision)
        now = self.clock.now()
        values = {
            "conversation_id": conversation.id, "purpose": purpose, "version": known.version,
            "language": conversation.language, "channel": channel, "decision": decision.value,
            "at": now, "turn_id": turn_id,
        }
        consent_id = await store.add_consent(connection, **values)
        wish = Wish([conversation.id], now, purpose, turn_id)
        ended = await self._end(connection, wish) if over else []
        await audit.record(
            connection, at=now, actor=f"conversation:{conversation.id}", action=f"consent_{decision}",
            subject=conversation.id, reason=purpose, version=known.version, channel=channel,
            **_outcomes(ended),
        )
        return Consent(
            consent_id, purpose, decision, known.version, conversation.language, channel, now, ended
        )

    async def withdraw(
        self, conversation_id: str, purpose: str, *, turn_id: str | None = None, channel: str = "web"
    ) -> list[Effect]:
        """Take a yes back: what was kept is erased or locked in the same transaction (L04).

        Without a yes nothing happens and the list is empty.

        Raises:
            BadRequest, NotFound: no such purpose or conversation.
        """
        async with self.database.write() as connection:
            conversation = await lock(connection, conversation_id)
            return await self.withdraw_in(
                connection, conversation, purpose, turn_id=turn_id, channel=channel
            )

    async def withdraw_in(
        self, connection: AsyncConnection, conversation: Conversation, purpose: str,
        *, turn_id: str | None = None, channel: str = "web",
    ) -> list[Effect]:
        """The same in the caller's transaction, on a locked conversation."""
        self._known(purpose)
        last = _decision(await store.last_consent(connection, conversation.id, purpose))
        repeated = turn_id and await self._done(
            connection, conversation.id, purpose, turn_id, Decision.WITHDRAWN
        )
        if last is not Decision.GIVEN and not repeated:
            return []
        consent = await self.decide_in(
            connection, conversation, purpose, Decision.WITHDRAWN, turn_id=turn_id, channel=channel
        )
        return consent.ended

    async def standing(self, conversation_id: str, purpose: str) -> Decision | None:
        """What stands for this purpose: given, refused or withdrawn; None when it has to be asked."""
        async with self.database.read() as connection:
            return await self.standing_in(connection, conversation_id, purpose)

    async def standing_in(
        self, connection: AsyncConnection, conversation_id: str, purpose: str
    ) -> Decision | None:
        """The same in the caller's transaction."""
        known = self._known(purpose)
        row = await store.last_consent(connection, conversation_id, purpose)
        version = row.version if row else None
        return counts(_decision(row), version=version, current=known.version)

    async def may_ask(self, conversation_id: str, purpose: str) -> bool:
        """Whether the bot may ask for it now: not when it has an answer, whichever (L03)."""
        return may_ask(await self.standing(conversation_id, purpose))

    async def all_standing(self, conversation_id: str) -> dict[str, Decision]:
        """What stands for every purpose that was ever decided here, for showing and withdrawing."""
        async with self.database.read() as connection:
            await find(connection, conversation_id)
            decided = await store.purposes_decided(connection, conversation_id)
            found = {
                purpose: await self.standing_in(connection, conversation_id, purpose)
                for purpose in decided if purpose in self.purposes
            }
        return {purpose: standing for purpose, standing in found.items() if standing}

    async def require(self, connection: AsyncConnection, conversation_id: str, purpose: str) -> int:
        """The id of the standing yes; every writer of personal fields asks here first.

        Raises:
            BadRequest: no such purpose.
            Forbidden: there is no yes to the present text (`no_consent`).
        """
        if await self.standing_in(connection, conversation_id, purpose) is not Decision.GIVEN:
            raise Forbidden("no_consent")
        row = await store.last_consent(connection, conversation_id, purpose)
        return int(row.id) if row else 0

    def expirer(self) -> Expirer:
        """Entries whose time is over and that no ticket or card stands on."""
        return Expirer(lambda before, _purpose: store.unused_consents(before), store.remove_consents)

    async def _end(self, connection: AsyncConnection, wish: Wish) -> list[Effect]:
        ended: list[Effect] = []
        for holding in self.holdings:
            if holding.erase:
                ended += await holding.erase(connection, wish)
        return ended

    async def _done(
        self, connection: AsyncConnection, conversation_id: str, purpose: str, turn_id: str,
        decision: Decision,
    ) -> Consent | None:
        """What this turn has decided already; an answer and a withdrawal are two things."""
        taking_back = decision is Decision.WITHDRAWN
        decisions = (decision,) if taking_back else (Decision.GIVEN, Decision.REFUSED)
        row = await store.consent_of_turn(connection, conversation_id, purpose, turn_id, *decisions)
        if row is None:
            return None
        ended = await of_turn(connection, [conversation_id], turn_id, purpose)
        return Consent(
            row.id, row.purpose, Decision(row.decision), row.version, row.language, row.channel, row.at,
            ended,
        )

    def _known(self, purpose: str) -> Purpose:
        if purpose not in self.purposes:
            raise BadRequest("no_such_purpose", field="purpose")
        return self.purposes[purpose]


def _decision(row: Row[Any] | None) -> Decision | None:
    return Decision(row.decision) if row else None


def _outcomes(effects: list[Effect]) -> dict[str, int]:
    """How many were erased and locked; nothing to say when nothing ended."""
    if not effects:
        return {}
    locked = sum(effect.outcome == "locked" for effect in effects)
    return {"erased": len(effects) - locked, "locked": locked}

