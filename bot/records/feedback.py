"""What customers think of us: praise and suggestions by topic, and a second look at a bad rating (R14)."""

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.conversation import store as conversations
from bot.conversation.ports import Say, Shield
from bot.conversation.store import Conversation
from bot.errors import BadRequest
from bot.records import audit, ticket_store, ticket_words
from bot.records.store import feedback
from bot.records.ticket_states import Kind
from bot.records.tickets import Tickets

KINDS = ("praise", "suggestion", "complaint_hint")
#: A rating this low or lower is followed up.
BAD_SCORE = 2


@dataclass
class Feedback:
    """The verbs, with what they need."""

    clock: Clock
    say: Say
    shield: Shield
    tickets: Tickets

    async def add(
        self,
        connection: AsyncConnection,
        conversation: Conversation,
        *,
        turn_id: str,
        kind: str,
        topic: str | None = None,
        text: str | None = None,
        score: int | None = None,
    ) -> int:
        """Keep what the customer said, shielded; a repeated turn keeps it once. Returns its id.

        Raises:
            BadRequest: no such kind.
        """
        if kind not in KINDS:
            raise BadRequest("bad_feedback_kind", field="kind")
        query = select(feedback.c.id).where(feedback.c.turn_id == turn_id)
        if (earlier := (await connection.execute(query)).scalar_one_or_none()) is not None:
            return int(earlier)
        now = self.clock.now()
        done = await connection.execute(
            insert(feedback).values(
                at=now, conversation_id=conversation.id, turn_id=turn_id, topic=topic, kind=kind,
                text=self.shield(text, []).text if text else None, score=score,
            )
        )
        await audit.record(
            connection, at=now, actor=f"conversation:{conversation.id}", action="feedback_given",
            subject=conversation.id, kind=kind,
        )
        return int(done.inserted_primary_key[0])  # type: ignore[index]  # one row, one key

    async def rated(
        self, connection: AsyncConnection, conversation: Conversation, score: int, text: str = ""
    ) -> None:
        """A rating of 1 or 2 opens a follow-up and says so, once a conversation.

        `text` is what the customer said with it: whoever follows up has to know.
        """
        turn_id = f"rating:{conversation.id}"
        if score > BAD_SCORE:
            return
        if await ticket_store.of_turn(connection, turn_id, Kind.FOLLOW_UP):
            return
        ticket = await self.tickets.open(
            connection, conversation, kind=Kind.FOLLOW_UP, turn_id=turn_id,
            public={"reason": "low_rating", "score": score}, private={"matter": text} if text else {},
        )
        draft = ticket_words.notice(self.say, conversation, ticket, "rating_followed_up")
        await conversations.append(connection, conversation, draft, now=self.clock.now())
