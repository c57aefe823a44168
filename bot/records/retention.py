"""Ends what has had its time, class by class, in small transactions, and says what it did (R22, L19, L20).

Runs once a day of the bank's calendar. Twice at once does no harm: each batch takes the same lock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Integer, String, Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import BANK_ZONE, Clock
from bot.database import Database, UtcTime, metadata
from bot.records import audit
from bot.records.ports import Expirer
from bot.records.purposes import Purpose
from bot.records.retention_rules import Rule
from bot.records.store import count_up

#: The report of every run: what ended, how many, and how old the oldest and newest were.
erasures = Table(
    "erasures",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("day", String(10), nullable=False, index=True),  # of the bank's calendar
    Column("record_class", String(24), nullable=False),
    Column("purpose", String(32)),
    Column("items", Integer, nullable=False),
    Column("oldest_at", UtcTime),
    Column("newest_at", UtcTime),
    Column("at", UtcTime, nullable=False),
)

#: Things that one transaction ends.
BATCH = 200
#: The class of the row that says a run came to its end.
WHOLE_RUN = "all"
_LOCK = "retention"


@dataclass(frozen=True)
class Swept:
    """What one class lost, or would lose."""

    record_class: str
    purpose: str | None
    items: int
    oldest_at: datetime | None = None
    newest_at: datetime | None = None


@dataclass
class Retention:
    """The job, with what it needs."""

    database: Database
    clock: Clock
    rules: Mapping[str, Rule]
    purposes: Mapping[str, Purpose]
    #: (class, how its things end); several may belong to one class
    expirers: list[tuple[str, Expirer]]

    async def run_once(self) -> int:
        """Today's run, unless it has been done; how many things ended."""
        day = self._today()
        query = select(erasures.c.id).where(erasures.c.day == day, erasures.c.record_class == WHOLE_RUN)
        async with self.database.read() as connection:
            if (await connection.execute(query.limit(1))).first():
                return 0
        return sum(swept.items for swept in await self.run())

    async def run(self) -> list[Swept]:
        """End everything that has had its time; one report row a class that lost something."""
        done = []
        for record_class, purpose, before, expirer in self._work():
            swept = await self._sweep(record_class, purpose, before, expirer)
            if swept.items:
                await self._report(swept)
                done.append(swept)
        await self._report(Swept(WHOLE_RUN, None, sum(swept.items for swept in done)))
        return done

    async def dry_run(self) -> list[Swept]:
        """What a run would end now, without ending it."""
        found = []
        async with self.database.read() as connection:
            for record_class, purpose, before, expirer in self._work():
                due = expirer.due(before, purpose).subquery()
                query = select(func.count(), func.min(due.c.at), func.max(due.c.at))
                count, oldest, newest = (await connection.execute(query)).one()
                if count:
                    found.append(Swept(record_class, purpose, count, oldest, newest))
        return found

    def _work(self) -> list[tuple[str, str | None, datetime, Expirer]]:
        """(class, purpose, older than, how) in the order of the classes."""
        now = self.clock.now()
        work: list[tuple[str, str | None, datetime, Expirer]] = []
        for record_class, expirer in self.expirers:
            rule = self.rules[record_class]
            if rule.by_purpose:
                for key, purpose in self.purposes.items():
                    work.append((record_class, key, now - timedelta(days=purpose.retention_days), expirer))
            elif before := rule.cutoff(now):
                work.append((record_class, None, before, expirer))
        return work

    async def _sweep(
        self, record_class: str, purpose: str | None, before: datetime, expirer: Expirer
    ) -> Swept:
        total = Swept(record_class, purpose, 0)
        while True:
            async with self.database.write() as connection:
                await count_up(connection, _LOCK)
                due = expirer.due(before, purpose).order_by("at").limit(BATCH)
                rows = list(await connection.execute(due))
                if rows:
                    await expirer.erase(connection, [row.key for row in rows], self.clock.now())
            if rows:
                oldest = total.oldest_at or rows[0].at
                total = Swept(record_class, purpose, total.items + len(rows), oldest, rows[-1].at)
            if len(rows) < BATCH:
                return total

    async def _report(self, swept: Swept) -> None:
        now = self.clock.now()
        async with self.database.write() as connection:
            await connection.execute(insert(erasures).values(day=self._today(), at=now, **vars(swept)))
            await audit.record(
                connection, at=now, actor="system", action="retention", reason=swept.record_class,
                purpose=swept.purpose, items=swept.items,
            )

    def _today(self) -> str:
        return self.clock.now().astimezone(BANK_ZONE).date().isoformat()


async def reports(connection: AsyncConnection, limit: int = 100) -> list[Swept]:
    """The last report rows, newest first."""
    query = select(erasures).order_by(erasures.c.id.desc()).limit(limit)
    return [
        Swept(row.record_class, row.purpose, row.items, row.oldest_at, row.newest_at)
        for row in await connection.execute(query)
    ]

