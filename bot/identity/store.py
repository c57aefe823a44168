"""The tables of verifications: all that must survive an emptied Redis (F12, F13).

Whose a verification is stays encrypted; subjects are keyed hashes; codes are keyed hashes and
leave with the state that needed them (L13).
"""

from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import UtcTime, metadata
from bot.identity.cases import Case
from bot.identity.limits import Subject, Subjects
from bot.identity.states import LIVE, State
from bot.prepared import made_once

verifications = Table(
    "verifications",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("act", String(32), nullable=False),
    Column("session_no", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("signed", Boolean, nullable=False),
    Column("full", Boolean, nullable=False),
    Column("matched", Boolean, nullable=False),
    Column("subjects", JSON, nullable=False),
    Column("whose", LargeBinary),  # encrypted {"customer", "card"}; gone with the end
    Column("code_hash", String(64)),
    Column("old_hashes", JSON, nullable=False),
    Column("code_at", UtcTime),
    Column("sent_at", UtcTime),
    Column("resends", Integer, nullable=False),
    Column("began_at", UtcTime, nullable=False),
    Column("touched_at", UtcTime, nullable=False),
    Column("verified_at", UtcTime),
    UniqueConstraint("conversation_id", "number"),
    Index("ix_verifications_state", "state", "touched_at"),
)

#: Tries, codes and locks of each subject (see limits).
verification_subjects = Table(
    "verification_subjects",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("codes", JSON, nullable=False),
    Column("texts", JSON, nullable=False),
    Column("tries", JSON, nullable=False),
    Column("failures", JSON, nullable=False),
    Column("locks", JSON, nullable=False),
    Column("touched_at", UtcTime, nullable=False, index=True),
)

#: What a turn was answered: a repeated turn gets it again and does nothing.
verification_answers = Table(
    "verification_answers",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("key", String(96), primary_key=True),
    Column("answer", JSON, nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
)

#: Customer tokens that were used; each opens one conversation.
customer_tokens = Table(
    "customer_tokens",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
)

#: Nothing that is counted is older than this.
REMEMBERED = timedelta(days=2)


async def add(connection: AsyncConnection, case: Case, whose: bytes) -> None:
    """Keep a new verification."""
    await connection.execute(insert(verifications).values(**_columns(case), whose=whose))


async def save(connection: AsyncConnection, case: Case) -> None:
    """Keep what has changed; whose it was is forgotten with its end."""
    values = _columns(case)
    if case.state not in LIVE:
        values["whose"] = None
    await connection.execute(
        update(verifications).where(verifications.c.id == case.id).values(**values)
    )


async def name(connection: AsyncConnection, verification_id: str, whose: bytes) -> None:
    """Keep whose it has turned out to be."""
    await connection.execute(
        update(verifications).where(verifications.c.id == verification_id).values(whose=whose)
    )


async def next_number(connection: AsyncConnection, conversation_id: str) -> int:
    query = select(func.max(verifications.c.number)).where(
        verifications.c.conversation_id == conversation_id
    )
    return int((await connection.execute(query)).scalar_one() or 0) + 1


async def newest(connection: AsyncConnection, conversation_id: str, act: str) -> Case | None:
    """The last verification of this act in this conversation, however it stands."""
    query = (
        select(verifications)
        .where(verifications.c.conversation_id == conversation_id, verifications.c.act == act)
        .order_by(verifications.c.number.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return _case(row) if row else None


async def find(connection: AsyncConnection, verification_id: str) -> Case:
    query = select(verifications).where(verifications.c.id == verification_id)
    return _case((await connection.execute(query)).one())


#: The states as literals: a list of parameters is made into SQL anew at each call.
_LIVE = made_once(
    select(verifications)
    .where(
        verifications.c.conversation_id == bindparam("conversation"),
        verifications.c.state.in_([literal_column(f"'{state}'") for state in LIVE]),
    )
    .order_by(verifications.c.number.desc())
)


async def live(connection: AsyncConnection, conversation_id: str) -> list[Case]:
    """What is open or verified in this conversation, newest first."""
    return [_case(row) for row in await connection.execute(_LIVE, {"conversation": conversation_id})]


async def quiet_since(
    connection: AsyncConnection, moment: datetime, limit: int
) -> list[tuple[str, str]]:
    """(id, conversation id) of what is live and has not changed since then, oldest first."""
    query = (
        select(verifications.c.id, verifications.c.conversation_id)
        .where(
            verifications.c.state.in_([state.value for state in LIVE]),
            verifications.c.touched_at <= moment,
        )
        .order_by(verifications.c.touched_at)
        .limit(limit)
    )
    return [(row.id, row.conversation_id) for row in await connection.execute(query)]


async def whose(connection: AsyncConnection, verification_id: str) -> bytes | None:
    query = select(verifications.c.whose).where(verifications.c.id == verification_id)
    return (await connection.execute(query)).scalar_one_or_none()


async def spend(connection: AsyncConnection, verification_id: str, now: datetime) -> bool:
    """Use the verified state up; False when somebody was faster."""
    done = await connection.execute(
        update(verifications)
        .where(verifications.c.id == verification_id, verifications.c.state == State.VERIFIED.value)
        .values(state=State.SPENT.value, touched_at=now, whose=None)
    )
    return done.rowcount == 1


# ---- what is counted


async def lock_subjects(
    connection: AsyncConnection, keys: tuple[str, ...], now: datetime
) -> Subjects:
    """These subjects, each locked until the transaction ends, in one order for everybody."""
    ordered = sorted(keys)
    blank = {"codes": [], "texts": [], "tries": {}, "failures": [], "locks": {}, "touched_at": now}
    rows = [{"key": key, **blank} for key in ordered]
    put = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    table = verification_subjects
    await connection.execute(put(table).values(rows).on_conflict_do_nothing())
    query = select(table).where(table.c.key.in_(ordered)).order_by(table.c.key).with_for_update()
    return [_subject(row) for row in await connection.execute(query)]


async def save_subjects(connection: AsyncConnection, subjects: Subjects, now: datetime) -> None:
    for one in subjects:
        values = {**asdict(one), "touched_at": now}
        await connection.execute(
            update(verification_subjects)
            .where(verification_subjects.c.key == values.pop("key"))
            .values(**values)
        )


# ---- answers and tokens


async def answer_to(
    connection: AsyncConnection, conversation_id: str, key: str
) -> dict[str, Any] | None:
    table = verification_answers
    query = select(table.c.answer).where(
        table.c.conversation_id == conversation_id, table.c.key == key
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def keep_answer(
    connection: AsyncConnection, conversation_id: str, key: str, answer: dict[str, Any], now: datetime
) -> None:
    """The last answer holds: a turn that was broken off may be answered twice."""
    put = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    table = verification_answers
    await connection.execute(
        put(table)
        .values(conversation_id=conversation_id, key=key, answer=answer, at=now)
        .on_conflict_do_update(
            index_elements=[table.c.conversation_id, table.c.key], set_={"answer": answer, "at": now}
        )
    )


async def use_token(connection: AsyncConnection, id_hash: str, now: datetime) -> bool:
    """Whether this token is used for the first time."""
    put = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    added = await connection.execute(
        put(customer_tokens).values(id_hash=id_hash, at=now).on_conflict_do_nothing()
    )
    return added.rowcount == 1


async def clear(connection: AsyncConnection, now: datetime) -> None:
    """Drop what nobody counts or asks for any more."""
    before = now - REMEMBERED
    for table, column in (
        (verification_subjects, verification_subjects.c.touched_at),
        (verification_answers, verification_answers.c.at),
        (customer_tokens, customer_tokens.c.at),
    ):
        await connection.execute(delete(table).where(column < before))


def _columns(case: Case) -> dict[str, Any]:
    values = {name.name: getattr(case, name.name) for name in fields(case)}
    return {
        **values,
        "state": case.state.value,
        "subjects": list(case.subjects),
        "old_hashes": list(case.old_hashes),
    }


def _case(row: Row[Any]) -> Case:
    values = {name.name: getattr(row, name.name) for name in fields(Case)}
    values |= {
        "state": State(row.state),
        "subjects": tuple(row.subjects),
        "old_hashes": tuple(row.old_hashes),
    }
    return Case(**values)


def _subject(row: Row[Any]) -> Subject:
    return Subject(
        row.key,
        tuple(row.codes),
        tuple(row.texts),
        {act: tuple(times) for act, times in row.tries.items()},
        tuple(row.failures),
        dict(row.locks),
    )


def moment(seconds: float) -> datetime:
    """A time of the limits as we store and show it."""
    return datetime.fromtimestamp(seconds, UTC)
