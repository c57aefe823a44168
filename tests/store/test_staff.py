"""Staff: signing in with two factors, resting after wrong tries, and ending at once."""

import asyncio
from datetime import timedelta

import pyotp
import pytest

from bot.clock import FakeClock
from bot.errors import BadRequest, NotSignedIn
from bot.records.audit import audit
from bot.staff.service import (
    ABSOLUTE,
    IDLE,
    LOCK_FOR,
    MAX_FAILURES,
    PRESENT,
    Added,
    Session,
    csrf_holds,
)
from bot.staff.store import staff, staff_sessions
from bot.wiring import Rooms
from tests.support.record import count, rows

WRONG = "not the password"


@pytest.fixture
async def wang(rooms: Rooms) -> Added:
    return await rooms.staff.add("Wang Min", roles=["agent"], skills=["card"])


async def sign_in(rooms: Rooms, who: Added, password: str = "", code: str = "") -> Session:
    """With the right password and the present code, where none is given."""
    code = code or pyotp.TOTP(who.totp_seed).at(rooms.clock.now())
    return await rooms.staff.sign_in(who.user, password or str(who.password), code, "10.0.0.1")


async def refused(rooms: Rooms, who: Added, password: str = "", code: str = "") -> str:
    with pytest.raises(NotSignedIn) as no:
        await sign_in(rooms, who, password, code)
    return no.value.reason


async def gone(rooms: Rooms, session: Session) -> str:
    with pytest.raises(NotSignedIn) as no:
        await rooms.staff.session_of(session.token)
    return no.value.reason


# ---- accounts


async def test_a_new_account_tells_password_and_seed_once(rooms: Rooms, wang: Added) -> None:
    assert (wang.user, wang.number) == ("wang.min", "8001")
    (row,) = await rows(rooms, staff)
    assert str(wang.password) not in str(row)
    assert wang.totp_seed not in str(row)


async def test_numbers_go_up(rooms: Rooms, wang: Added) -> None:
    other = await rooms.staff.add("李明", roles=["agent"], skills=[])
    assert (other.user, other.number) == ("a8002", "8002")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"roles": []}, "role"),
        ({"roles": ["boss"]}, "role"),
        ({"user": "wang.min"}, "user"),
        ({"password": "short"}, "password"),
        ({"password": "li.ming-2026-long"}, "password"),
    ],
)
async def test_an_account_that_will_not_do_is_refused_and_not_made(
    rooms: Rooms, wang: Added, values: dict[str, object], field: str
) -> None:
    given = {"roles": ["agent"], "skills": [], "user": "li.ming", **values}
    with pytest.raises(BadRequest) as no:
        await rooms.staff.add("Li Ming", **given)  # type: ignore[arg-type]
    assert no.value.field == field
    assert await count(rooms, staff) == 1


async def test_the_demo_agent_is_made_on_an_empty_record_only(rooms: Rooms) -> None:
    assert await rooms.staff.add_demo_agent()
    assert await rooms.staff.add_demo_agent() is None
    assert await count(rooms, staff) == 1


# ---- signing in


async def test_password_and_code_open_a_session(rooms: Rooms, wang: Added) -> None:
    session = await sign_in(rooms, wang)
    known = await rooms.staff.session_of(session.token)
    assert (known.agent.number, known.agent.status) == ("8001", "online")
    assert csrf_holds(known, session.csrf)
    assert not csrf_holds(known, None)


async def test_the_token_itself_is_not_kept(rooms: Rooms, wang: Added) -> None:
    session = await sign_in(rooms, wang)
    assert session.token not in str(await rows(rooms, staff_sessions))


async def test_a_code_opens_one_session(rooms: Rooms, clock: FakeClock, wang: Added) -> None:
    code = pyotp.TOTP(wang.totp_seed).at(clock.now())
    await sign_in(rooms, wang, code=code)
    assert await refused(rooms, wang, code=code) == "wrong_login"


async def test_one_code_used_many_times_at_once_opens_one_session(
    rooms: Rooms, wang: Added
) -> None:
    tries = (sign_in(rooms, wang) for _ in range(4))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, Session) for result in results) == 1


async def test_a_code_of_a_minute_ago_is_wrong(rooms: Rooms, clock: FakeClock, wang: Added) -> None:
    code = pyotp.TOTP(wang.totp_seed).at(clock.now())
    clock.advance(60)
    assert await refused(rooms, wang, code=code) == "wrong_login"


async def test_every_refusal_looks_the_same(rooms: Rooms, wang: Added) -> None:
    nobody = Added("nobody", "0", "x" * 16, wang.totp_seed)
    reasons = [
        await refused(rooms, wang, password=WRONG),
        await refused(rooms, wang, code="000000"),
        await refused(rooms, nobody),
    ]
    await rooms.staff.disable(wang.user)
    reasons.append(await refused(rooms, wang))
    assert set(reasons) == {"wrong_login"}


async def test_a_wrong_password_does_not_use_the_code_up(rooms: Rooms, wang: Added) -> None:
    await refused(rooms, wang, password=WRONG)
    assert await sign_in(rooms, wang)


async def test_a_new_session_ends_the_one_before(
    rooms: Rooms, clock: FakeClock, wang: Added
) -> None:
    first = await sign_in(rooms, wang)
    clock.advance(30)
    second = await sign_in(rooms, wang)
    assert await gone(rooms, first) == "not_signed_in"
    assert await rooms.staff.session_of(second.token)


# ---- resting after wrong tries


async def fail(rooms: Rooms, who: Added, times: int) -> None:
    for _ in range(times):
        await refused(rooms, who, password=WRONG)


async def test_one_try_fewer_does_not_lock(rooms: Rooms, wang: Added) -> None:
    await fail(rooms, wang, MAX_FAILURES - 1)
    assert await sign_in(rooms, wang)


async def test_too_many_wrong_tries_lock_even_the_right_one_out(
    rooms: Rooms, clock: FakeClock, wang: Added
) -> None:
    await fail(rooms, wang, MAX_FAILURES)
    clock.advance(LOCK_FOR.total_seconds() - 1)
    assert await refused(rooms, wang) == "wrong_login"


async def test_after_the_rest_the_right_one_works(
    rooms: Rooms, clock: FakeClock, wang: Added
) -> None:
    await fail(rooms, wang, MAX_FAILURES)
    clock.advance(LOCK_FOR.total_seconds())
    assert await sign_in(rooms, wang)


async def test_tries_while_locked_make_the_rest_no_longer(
    rooms: Rooms, clock: FakeClock, wang: Added
) -> None:
    await fail(rooms, wang, MAX_FAILURES)
    clock.advance(60)
    await fail(rooms, wang, MAX_FAILURES)
    clock.advance(LOCK_FOR.total_seconds() - 60)
    assert await sign_in(rooms, wang)


async def test_signing_in_forgets_the_wrong_tries(
    rooms: Rooms, clock: FakeClock, wang: Added
) -> None:
    await fail(rooms, wang, MAX_FAILURES - 1)
    await sign_in(rooms, wang)
    clock.advance(30)
    await fail(rooms, wang, MAX_FAILURES - 1)
    assert await sign_in(rooms, wang)


async def test_wrong_tries_at_once_are_all_counted(rooms: Rooms, wang: Added) -> None:
    tries = (sign_in(rooms, wang, WRONG) for _ in range(MAX_FAILURES))
    await asyncio.gather(*tries, return_exceptions=True)
    assert await refused(rooms, wang) == "wrong_login"


# ---- the end of a session


async def test_a_session_ends_after_a_long_silence(
    rooms: Rooms, clock: FakeClock, wang: Added
) -> None:
    session = await sign_in(rooms, wang)
    clock.advance(IDLE.total_seconds())
    assert await rooms.staff.session_of(session.token, active=False)
    clock.advance(1)
    assert await gone(rooms, session) == "session_ended"


async def test_use_keeps_a_session_alive_but_not_beyond_its_day(
    rooms: Rooms, clock: FakeClock, wang: Added
) -> None:
    session = await sign_in(rooms, wang)
    for _ in range(ABSOLUTE // timedelta(minutes=10)):
        clock.advance(600)
        await rooms.staff.session_of(session.token)
    clock.advance(1)
    assert await gone(rooms, session) == "session_ended"


async def test_looking_without_working_does_not_keep_a_session_alive(
    rooms: Rooms, clock: FakeClock, wang: Added
) -> None:
    session = await sign_in(rooms, wang)
    for _ in range(3):
        clock.advance(IDLE.total_seconds() / 3)
        await rooms.staff.session_of(session.token, active=False)
    clock.advance(1)
    assert await gone(rooms, session) == "session_ended"


async def test_signing_out_ends_the_session(rooms: Rooms, wang: Added) -> None:
    session = await sign_in(rooms, wang)
    await rooms.staff.sign_out(session)
    assert await gone(rooms, session) == "not_signed_in"


async def test_disabling_ends_account_and_session_at_once(
    rooms: Rooms, clock: FakeClock, wang: Added
) -> None:
    session = await sign_in(rooms, wang)
    await rooms.staff.disable(wang.user)
    assert await gone(rooms, session) == "not_signed_in"
    clock.advance(30)
    assert await refused(rooms, wang) == "wrong_login"


async def test_only_somebody_who_exists_can_be_disabled(rooms: Rooms) -> None:
    with pytest.raises(BadRequest) as no:
        await rooms.staff.disable("nobody")
    assert no.value.reason == "no_such_user"


@pytest.mark.parametrize("token", [None, "", "made-up"])
async def test_no_token_is_nobody(rooms: Rooms, token: str | None) -> None:
    with pytest.raises(NotSignedIn):
        await rooms.staff.session_of(token)


# ---- being there


async def online(rooms: Rooms) -> int:
    async with rooms.database.read() as connection:
        return await rooms.staff.online(connection)


async def test_only_who_takes_chats_and_was_heard_of_lately_is_online(
    rooms: Rooms, clock: FakeClock, wang: Added
) -> None:
    assert await online(rooms) == 0
    session = await sign_in(rooms, wang)
    assert await online(rooms) == 1
    clock.advance(PRESENT.total_seconds())
    assert await online(rooms) == 0
    await rooms.staff.seen(session.agent)
    assert await online(rooms) == 1
    await rooms.staff.set_status(session.agent, "busy")
    assert await online(rooms) == 0


async def test_a_status_that_is_none_is_refused(rooms: Rooms, wang: Added) -> None:
    session = await sign_in(rooms, wang)
    with pytest.raises(BadRequest) as no:
        await rooms.staff.set_status(session.agent, "asleep")
    assert no.value.field == "status"


async def test_who_comes_and_goes_is_audited(rooms: Rooms, clock: FakeClock, wang: Added) -> None:
    await fail(rooms, wang, MAX_FAILURES)
    clock.advance(LOCK_FOR.total_seconds())
    await rooms.staff.sign_out(await sign_in(rooms, wang))
    found = await rows(rooms, audit)
    assert [row.action for row in found] == [
        "staff_added", *["login_failed"] * (MAX_FAILURES - 1), "login_locked", "login", "logout",
    ]
    assert {row.actor for row in found[1:]} == {"staff:8001"}
    assert found[1].details == {"address": "10.0.0.1"}
