"""Staff accounts and their sessions: adding, signing in, being there, signing out (R19)."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.database import Database
from bot.errors import BadRequest, NotSignedIn
from bot.records import audit
from bot.records.cipher import Cipher
from bot.records.seen import Seen, seen_by
from bot.staff import passwords
from bot.staff.ports import Work
from bot.staff.store import staff, staff_sessions

#: Wrong tries before the account rests, and for how long (L21).
MAX_FAILURES = 5
LOCK_FOR = timedelta(minutes=15)
#: A session ends after this much silence, and after this long in any case (S09).
IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)
#: An agent counts as there while their page was heard within this time (D11).
PRESENT = timedelta(seconds=60)

ROLES = ("agent", "supervisor", "editor", "compliance")
STATUSES = ("online", "busy", "away")

#: Checked when there is no such user, so that the answer takes as long (S06).
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQxMjM0NTY$0000000000000000000000000000000000000000000"


@dataclass(frozen=True)
class Agent:
    """A member of staff, as the rooms know them."""

    id: int
    user: str
    number: str
    name: str
    honorific: dict[str, str]
    roles: list[str]
    skills: list[str]
    languages: list[str]
    status: str

    def badge(self, language: str) -> dict[str, str]:
        """How a customer sees them: honorific and number, never the bare name (R02)."""
        return {"name": self.honorific[language], "number": self.number}

    def public(self) -> dict[str, Any]:
        return {
            "user": self.user,
            "number": self.number,
            "name": self.name,
            "roles": self.roles,
            "skills": self.skills,
            "languages": self.languages,
            "status": self.status,
        }


@dataclass(frozen=True)
class Added:
    """A new account; password and seed are told once."""

    user: str
    number: str
    password: str | None
    totp_seed: str

    def public(self) -> dict[str, str]:
        shown = {"user": self.user, "number": self.number, "totp_seed": self.totp_seed}
        return {**shown, "password": self.password} if self.password else shown


@dataclass(frozen=True)
class Session:
    """Somebody signed in."""

    agent: Agent
    token: str
    csrf: str


@dataclass(frozen=True)
class Leaver:
    """Somebody whose account has ended: how many chats and tickets went back, and what they have seen."""

    number: str
    given_back: int
    seen: list[Seen]


@dataclass
class Staff:
    """The verbs, with what they need."""

    database: Database
    clock: Clock
    cipher: Cipher
    #: what colleagues have in hand; wiring joins the rooms that know
    work: list[Work] = field(default_factory=list)

    async def add(
        self,
        name: str,
        *,
        roles: list[str],
        skills: list[str],
        languages: list[str] | None = None,
        honorific: dict[str, str] | None = None,
        user: str | None = None,
        number: str | None = None,
        password: str | None = None,
    ) -> Added:
        """A new account. Without a password one is made and told once.

        Raises:
            BadRequest: no such role, a user that exists, or a password that will not do.
        """
        if not roles or any(role not in ROLES for role in roles):
            raise BadRequest("bad_role", field="role")
        async with self.database.write() as connection:
            highest = (await connection.execute(select(func.max(staff.c.number)))).scalar_one()
            number = number or str(max(8000, int(highest or 8000)) + 1)
            user = user or _user_of(name, number)
            taken = select(func.count()).where(staff.c.user == user)
            if (await connection.execute(taken)).scalar_one():
                raise BadRequest("user_taken", field="user")
            told = None if password else passwords.new_password()
            secret = passwords.check_new(password, user) if password else str(told)
            seed = passwords.new_seed()
            await connection.execute(
                insert(staff).values(
                    user=user,
                    number=number,
                    name=name,
                    honorific=honorific or {"zh": f"{name[:1]}老师", "en": name},
                    roles=roles,
                    skills=skills,
                    languages=languages or ["zh", "en"],
                    password_hash=await passwords.hash_of(secret),
                    totp_seed=self.cipher.encrypt(seed, f"totp:{user}"),
                    last_totp_step=0,
                    failures=0,
                    status="away",
                    created_at=self.clock.now(),
                )
            )
            await audit.record(
                connection, at=self.clock.now(), actor="system", action="staff_added", subject=number
            )
        return Added(user, number, told, seed)

    async def add_demo_agent(self) -> Added | None:
        """One agent to try the desk with, when there is nobody at all; None when there is."""
        async with self.database.read() as connection:
            if (await connection.execute(select(func.count(staff.c.id)))).scalar_one():
                return None
        return await self.add(
            "林晓",
            roles=["agent", "supervisor"],
            skills=["savings", "loan", "card", "ebank", "complaint"],
            honorific={"zh": "林女士", "en": "Ms Lin"},
            user="demo",
            number="8016",
        )

    async def sign_in(self, user: str, password: str, code: str, address: str) -> Session:
        """A new session; an earlier one of the same person ends (S09).

        Raises:
            NotSignedIn: wrong, locked or disabled; all look the same.
        """
        now = self.clock.now()
        async with self.database.read() as connection:
            row = (await connection.execute(select(staff).where(staff.c.user == user))).one_or_none()
        good = await passwords.matches(row.password_hash if row else _NOBODY, password)
        async with self.database.write() as connection:
            if row is None:
                await self._audit(connection, "login_failed", None, address)
                session = None
            else:
                session = await self._enter(connection, row.id, good, code, now, address)
        if session is None:
            raise NotSignedIn("wrong_login")
        return session

    async def _enter(
        self, connection: AsyncConnection, staff_id: int, good: bool, code: str, now: datetime,
        address: str,
    ) -> Session | None:
        row = (
            await connection.execute(select(staff).where(staff.c.id == staff_id).with_for_update())
        ).one()
        locked = row.locked_until is not None and row.locked_until > now
        seed = self.cipher.decrypt(row.totp_seed, f"totp:{row.user}")
        step = passwords.step_of(seed, code, now.timestamp(), row.last_totp_step)
        if locked or row.disabled_at or not good or step is None:
            failures = row.failures + (0 if locked else 1)
            lock = failures >= MAX_FAILURES and not locked
            await connection.execute(
                update(staff)
                .where(staff.c.id == row.id)
                .values(
                    failures=0 if lock else failures,
                    locked_until=now + LOCK_FOR if lock else row.locked_until,
                )
            )
            await self._audit(connection, "login_locked" if lock else "login_failed", row.number, address)
            return None
        await connection.execute(
            update(staff)
            .where(staff.c.id == row.id)
            .values(failures=0, locked_until=None, last_totp_step=step, status="online", seen_at=now)
        )
        await connection.execute(delete(staff_sessions).where(staff_sessions.c.staff_id == row.id))
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        await connection.execute(
            insert(staff_sessions).values(
                token_hash=_hash(token), staff_id=row.id, csrf=csrf, created_at=now, seen_at=now
            )
        )
        await self._audit(connection, "login", row.number, address)
        return Session(replace(_agent(row), status="online"), token, csrf)

    async def session_of(self, token: str | None, *, active: bool = True) -> Session:
        """Who holds this token; `active` use postpones the idle end.

        Raises:
            NotSignedIn: no session, ended, idle too long, or disabled.
        """
        if not token:
            raise NotSignedIn()
        now = self.clock.now()
        async with self.database.read() as connection:
            query = (
                select(staff, staff_sessions.c.csrf, staff_sessions.c.created_at.label("began_at"),
                       staff_sessions.c.seen_at.label("used_at"))
                .join(staff_sessions, staff_sessions.c.staff_id == staff.c.id)
                .where(staff_sessions.c.token_hash == _hash(token))
            )
            row = (await connection.execute(query)).one_or_none()
        if row is None or row.disabled_at:
            raise NotSignedIn()
        if now - row.used_at > IDLE or now - row.began_at > ABSOLUTE:
            raise NotSignedIn("session_ended")
        if active and now - row.used_at > timedelta(seconds=20):
            async with self.database.write() as connection:
                await connection.execute(
                    update(staff_sessions)
                    .where(staff_sessions.c.token_hash == _hash(token))
                    .values(seen_at=now)
                )
        return Session(_agent(row), token, row.csrf)

    async def sign_out(self, session: Session) -> None:
        """End the session; the agent is away."""
        async with self.database.write() as connection:
            await connection.execute(
                delete(staff_sessions).where(staff_sessions.c.token_hash == _hash(session.token))
            )
            await connection.execute(
                update(staff).where(staff.c.id == session.agent.id).values(status="away")
            )
            await self._audit(connection, "logout", session.agent.number, "")

    async def set_status(self, agent: Agent, status: str) -> None:
        """Online takes chats, busy keeps those it has, away is gone.

        Raises:
            BadRequest: no such status.
        """
        if status not in STATUSES:
            raise BadRequest("bad_status", field="status")
        async with self.database.write() as connection:
            await connection.execute(
                update(staff)
                .where(staff.c.id == agent.id)
                .values(status=status, seen_at=self.clock.now())
            )

    async def seen(self, agent: Agent) -> None:
        """The agent's page is alive."""
        async with self.database.write() as connection:
            await connection.execute(
                update(staff).where(staff.c.id == agent.id).values(seen_at=self.clock.now())
            )

    async def online(self, connection: AsyncConnection) -> int:
        """How many people take chats now."""
        query = select(func.count()).where(
            staff.c.status == "online",
            staff.c.disabled_at.is_(None),
            staff.c.seen_at > self.clock.now() - PRESENT,
        )
        return int((await connection.execute(query)).scalar_one())

    async def absent(self, since: datetime) -> list[int]:
        """Ids of those whose page has not been heard of since then."""
        async with self.database.read() as connection:
            query = select(staff.c.id).where(
                (staff.c.seen_at < since) | staff.c.seen_at.is_(None) | staff.c.disabled_at.is_not(None)
            )
            return list((await connection.execute(query)).scalars())

    async def by_id(self, connection: AsyncConnection, staff_id: int) -> Agent | None:
        row = (await connection.execute(select(staff).where(staff.c.id == staff_id))).one_or_none()
        return _agent(row) if row else None

    async def works_here(self, number: str) -> bool:
        """Whether a colleague with this number has an account that is in use."""
        query = select(staff.c.id).where(staff.c.number == number, staff.c.disabled_at.is_(None))
        async with self.database.read() as connection:
            return (await connection.execute(query)).first() is not None

    async def roles_of(self, number: str) -> list[str]:
        """The roles of the colleague with this number, whose account is in use.

        Raises:
            BadRequest: there is none (`no_such_number`).
        """
        query = select(staff.c.roles).where(staff.c.number == number, staff.c.disabled_at.is_(None))
        async with self.database.read() as connection:
            roles = (await connection.execute(query)).scalars().first()
        if roles is None:
            raise BadRequest("no_such_number", field="number")
        return list(roles)

    async def disable(self, user: str) -> Leaver:
        """The account and its session end at once, and what they had in hand goes back (R23).

        All in one transaction: nobody is shut out whose customers wait for them. It may be done again.

        Raises:
            BadRequest: no such user.
        """
        now = self.clock.now()
        async with self.database.write() as connection:
            query = select(staff).where(staff.c.user == user).with_for_update()
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                raise BadRequest("no_such_user", field="user")
            await connection.execute(
                update(staff)
                .where(staff.c.id == row.id)
                .values(disabled_at=row.disabled_at or now, status="away")
            )
            await connection.execute(delete(staff_sessions).where(staff_sessions.c.staff_id == row.id))
            given_back = [await one.give_back(connection, row.id, row.number) for one in self.work]
            seen = await seen_by(connection, row.number)
            await audit.record(
                connection, at=now, actor="system", action="staff_disabled", subject=user,
                given_back=sum(map(len, given_back)), seen=len(seen),
            )
        for one, conversation_ids in zip(self.work, given_back, strict=True):
            await one.tell(conversation_ids)
        return Leaver(row.number, sum(map(len, given_back)), seen)

    async def _audit(
        self, connection: AsyncConnection, action: str, number: str | None, address: str
    ) -> None:
        actor = f"staff:{number}" if number else "unknown"
        await audit.record(
            connection, at=self.clock.now(), actor=actor, action=action, address=address
        )


def csrf_holds(session: Session, given: str | None) -> bool:
    """Whether the call carries the session's own token (S11)."""
    return given is not None and hmac.compare_digest(session.csrf, given)


def _agent(row: Row[Any]) -> Agent:
    return Agent(**{name: getattr(row, name) for name in Agent.__dataclass_fields__})


def _user_of(name: str, number: str) -> str:
    """A login from a name in Latin letters, else from the number."""
    plain = re.sub(r"[^a-z0-9]+", ".", name.lower()).strip(".")
    return plain if re.search("[a-z]", plain) else f"a{number}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
