"""Verification on a real record: codes, tries, locks, and what a repeat or a restart changes."""

import asyncio
import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.clock import FakeClock
from bot.errors import ContentError, Forbidden, UnavailableError
from bot.identity import store
from bot.identity.verification import PHONE_SETTLES
from bot.records.audit import audit
from bot.wiring import Rooms
from tests.support.identity import (
    ACT,
    CARD,
    LAST_SIX,
    LIN,
    PHONE,
    FakeBank,
    FakeGateway,
    begin,
    begin_for_nobody,
    join,
    other_than,
    resend,
    type_code,
    type_id,
)
from tests.support.record import agent as agent_of
from tests.support.record import ask_for_person, opened, rows


@pytest.fixture
def world(rooms: Rooms) -> tuple[FakeBank, FakeGateway]:
    return join(rooms)


@pytest.fixture
def bank(world: tuple[FakeBank, FakeGateway]) -> FakeBank:
    return world[0]


@pytest.fixture
def gateway(world: tuple[FakeBank, FakeGateway]) -> FakeGateway:
    return world[1]


async def signed_in(rooms: Rooms, customer_id: str = LIN) -> str:
    return (await rooms.conversations.open("zh", customer_id)).conversation.id


async def spend(rooms: Rooms, talk: str, act: str = ACT, card: str | None = CARD) -> None:
    async with rooms.database.write() as connection:
        await rooms.verification.spend(connection, talk, act, card)


async def actions(rooms: Rooms) -> list[str]:
    return [row.action for row in await rows(rooms, audit)]


# ---- the way to verified


async def test_the_code_alone_verifies_one_act_on_one_card(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    assert (await begin(rooms, talk)).state == "asks_code"
    assert (await type_code(rooms, talk, gateway.code)).result == "verified"
    assert await rooms.verification.verified(talk, ACT, CARD)
    assert not await rooms.verification.verified(talk, "unfreeze", CARD)
    assert not await rooms.verification.verified(talk, ACT, "card-other")
    assert not await rooms.verification.verified(talk, ACT, None)


async def test_full_verification_asks_for_the_id_first_and_sends_nothing_before(
    rooms: Rooms, gateway: FakeGateway
) -> None:
    talk = await opened(rooms)
    assert (await begin(rooms, talk, full=True)).state == "asks_id"
    assert gateway.texts == []
    assert (await type_id(rooms, talk, LAST_SIX)).state == "asks_code"
    assert (await type_code(rooms, talk, gateway.code)).result == "verified"


async def test_id_characters_alone_never_verify(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk, full=True)
    await type_id(rooms, talk, LAST_SIX)
    assert not await rooms.verification.verified(talk, ACT, CARD)


async def test_a_code_before_the_id_is_not_taken(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk, full=True)
    assert (await type_code(rooms, talk, "123456")).result == "not_open"


async def test_a_code_in_full_width_and_with_gaps_is_taken(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    wide = gateway.code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert (await type_code(rooms, talk, f"{wide[:3]} {wide[3:]}")).result == "verified"


async def test_the_text_names_the_act_in_the_customers_language(
    rooms: Rooms, gateway: FakeGateway
) -> None:
    await begin(rooms, await opened(rooms, "zh"))
    await begin(rooms, await opened(rooms, "en"), act="unfreeze")
    (_, zh), (phone, en) = gateway.texts
    assert "挂失银行卡" in zh
    assert "lift the block on your card" in en
    assert phone == PHONE


async def test_an_act_without_a_name_can_not_be_verified(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    with pytest.raises(ContentError):
        await begin(rooms, talk, act="no_such_act")
    assert await rows(rooms, store.verifications) == []


# ---- codes that are no good


@pytest.mark.parametrize(("seconds", "result"), [(299, "verified"), (300, "expired"), (301, "expired")])
async def test_a_code_lives_for_300_seconds(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock, seconds: int, result: str
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    clock.advance(seconds)
    assert (await type_code(rooms, talk, gateway.code)).result == result


async def test_an_expired_code_uses_up_no_try(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    clock.advance(300)
    for _ in range(6):
        assert (await type_code(rooms, talk, gateway.code)).tries_left == 5


async def test_a_used_code_is_used(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    await type_code(rooms, talk, gateway.code)
    assert (await type_code(rooms, talk, gateway.code)).result == "used"
    await spend(rooms, talk)
    assert (await type_code(rooms, talk, gateway.code)).result == "used"


async def test_the_code_before_a_resend_is_no_good_and_the_new_one_is(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    first = gateway.code
    clock.advance(60)
    await resend(rooms, talk)
    assert (await type_code(rooms, talk, first)).result == "expired"
    assert (await type_code(rooms, talk, gateway.code)).result == "verified"


async def test_a_code_is_no_good_in_another_conversation(rooms: Rooms, gateway: FakeGateway) -> None:
    one, other = await opened(rooms), await opened(rooms)
    await begin(rooms, one)
    code = gateway.code
    await begin(rooms, other)
    assert (await type_code(rooms, other, code)).result == ("wrong" if code != gateway.code else "verified")


async def test_a_code_is_no_good_for_another_act(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    assert (await type_code(rooms, talk, gateway.code, act="unfreeze")).result == "not_open"


@pytest.mark.parametrize("typed", ["12345", "1234567", "12a456", "12345X"])
async def test_what_is_not_six_digits_uses_up_no_try(
    rooms: Rooms, gateway: FakeGateway, typed: str
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    outcome = await type_code(rooms, talk, typed)
    assert (outcome.result, outcome.tries_left) == ("malformed", 5)


async def test_a_code_when_nothing_is_open_is_not_taken(rooms: Rooms, gateway: FakeGateway) -> None:
    assert (await type_code(rooms, await opened(rooms), "123456")).result == "not_open"


# ---- tries and locks


async def test_the_fifth_wrong_code_locks_and_the_right_one_is_refused_then(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    wrong = other_than(gateway.code)
    left = [(await type_code(rooms, talk, wrong)).tries_left for _ in range(4)]
    assert left == [4, 3, 2, 1]
    last = await type_code(rooms, talk, wrong)
    assert last.result == "locked"
    assert last.locked_until is not None
    assert (last.locked_until - clock.now()).total_seconds() == 1800
    assert (await type_code(rooms, talk, gateway.code)).result == "locked"
    assert not await rooms.verification.verified(talk, ACT, CARD)


@pytest.mark.slow
async def test_fifty_guesses_at_once_are_five(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    guesses = [other_than(gateway.code, step) for step in range(1, 51)]
    outcomes = await asyncio.gather(*(type_code(rooms, talk, guess) for guess in guesses))
    results = sorted(outcome.result for outcome in outcomes)
    assert results == ["locked"] * 46 + ["wrong"] * 4
    assert (await actions(rooms)).count("code_wrong") == 4
    assert (await actions(rooms)).count("code_locked") == 1


@pytest.mark.slow
async def test_fifty_guesses_from_many_chats_are_five(rooms: Rooms, gateway: FakeGateway) -> None:
    talks = []
    for _ in range(3):
        talk = await opened(rooms)
        await begin(rooms, talk)
        talks.append(talk)
    guesses = [other_than(gateway.code, step) for step in range(1, 51)]
    outcomes = await asyncio.gather(
        *(type_code(rooms, talks[n % 3], guess) for n, guess in enumerate(guesses))
    )
    assert sorted(outcome.result for outcome in outcomes) == ["locked"] * 46 + ["wrong"] * 4


async def test_a_new_chat_opens_no_lock(rooms: Rooms, gateway: FakeGateway, clock: FakeClock) -> None:
    await lock_out(rooms, await opened(rooms), gateway)
    step = await begin(rooms, await opened(rooms))
    assert step.state == "locked"
    clock.advance(1799)
    assert (await begin(rooms, await opened(rooms))).state == "locked"
    clock.advance(1)
    assert (await begin(rooms, await opened(rooms))).state == "asks_code"


async def test_a_lock_holds_for_its_act_alone(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await lock_out(rooms, talk, gateway)
    assert (await begin(rooms, talk, act="unfreeze")).state == "asks_code"


async def test_a_lock_holds_for_the_customers_other_card(rooms: Rooms, gateway: FakeGateway) -> None:
    await lock_out(rooms, await opened(rooms), gateway)
    assert (await begin(rooms, await opened(rooms), card_id="card-0019")).state == "locked"


async def test_a_lock_holds_nobody_else(rooms: Rooms, gateway: FakeGateway) -> None:
    await lock_out(rooms, await opened(rooms), gateway)
    step = await begin(rooms, await opened(rooms), customer_id="c-other", card_id="card-1")
    assert step.state == "asks_code"


async def test_an_unknown_claim_is_locked_in_a_new_chat_too(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin_for_nobody(rooms, talk, claim="6222 0212 3456 7890 128")
    for n in range(5):
        outcome = await type_code(rooms, talk, f"{n:06d}")
    assert outcome.result == "locked"
    again = await begin_for_nobody(rooms, await opened(rooms), claim="6222021234567890128")
    assert again.state == "locked"


async def test_beginning_anew_gives_no_new_tries(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    for _ in range(4):
        await type_code(rooms, talk, other_than(gateway.code))
    await rooms.verification.forget(talk)
    assert (await begin(rooms, talk)).tries_left == 1


async def test_a_right_code_gives_the_tries_back(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    await type_code(rooms, talk, other_than(gateway.code))
    await type_code(rooms, talk, gateway.code)
    await spend(rooms, talk)
    assert (await begin(rooms, talk)).tries_left == 5


async def test_ten_failures_in_a_day_lock_every_act(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    await lock_out(rooms, await opened(rooms), gateway)
    clock.advance(1800)
    await lock_out(rooms, await opened(rooms), gateway)
    clock.advance(1800)
    assert (await begin(rooms, await opened(rooms), act="unfreeze")).state == "locked"
    clock.advance(24 * 3600 - 3600)
    assert (await begin(rooms, await opened(rooms), act="unfreeze")).state == "asks_code"


async def test_an_emptied_redis_forgets_no_try_and_no_lock(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    await type_code(rooms, talk, other_than(gateway.code))
    await rooms.redis.flushall()
    assert (await type_code(rooms, talk, other_than(gateway.code))).tries_left == 3
    assert (await type_code(rooms, talk, gateway.code)).result == "verified"


async def test_a_secret_that_redis_has_lost_is_asked_for_again(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    token = await rooms.verification.vault.put(talk, "code", gateway.code)
    await rooms.redis.flushall()
    outcome = await rooms.verification.take_code(talk, ACT, token, str(uuid.uuid4()))
    assert outcome.result == "enter_again"
    assert (await type_code(rooms, talk, gateway.code)).result == "verified"


async def test_id_characters_that_redis_has_lost_are_asked_for_again(
    rooms: Rooms, gateway: FakeGateway
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk, full=True)
    step = await rooms.verification.take_id(talk, ACT, "gone", str(uuid.uuid4()))
    assert (step.state, step.problem, step.tries_left) == ("asks_id", "enter_again", 5)


async def lock_out(rooms: Rooms, talk: str, gateway: FakeGateway) -> None:
    await begin(rooms, talk)
    for _ in range(5):
        outcome = await type_code(rooms, talk, other_than(gateway.code))
    assert outcome.result == "locked"


# ---- sending again


async def test_a_resend_waits_a_minute_and_says_how_long(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    assert (await begin(rooms, talk)).resend_in_s == 60
    clock.advance(18.5)
    early = await resend(rooms, talk)
    assert (early.state, early.wait_s) == ("too_early", 42)
    assert len(gateway.texts) == 1
    clock.advance(41.5)
    assert (await resend(rooms, talk)).state == "asks_code"
    assert len(gateway.texts) == 2


async def test_the_fourth_resend_is_a_persons_business(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    states = []
    for _ in range(4):
        clock.advance(60)
        states.append((await resend(rooms, talk)).state)
    assert states == ["asks_code", "asks_code", "asks_code", "no_resends"]
    assert len({text for _phone, text in gateway.texts}) == len(gateway.texts) == 4


async def test_a_resend_gives_no_new_tries(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    await type_code(rooms, talk, other_than(gateway.code))
    clock.advance(60)
    assert (await resend(rooms, talk)).tries_left == 4


async def test_the_fourth_verification_in_a_quarter_of_an_hour_waits(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    for _ in range(3):
        assert (await begin(rooms, await opened(rooms))).state == "asks_code"
        clock.advance(100)
    step = await begin(rooms, await opened(rooms))
    assert (step.state, step.wait_s) == ("too_many_codes", 600)
    clock.advance(600)
    assert (await begin(rooms, await opened(rooms))).state == "asks_code"


async def test_one_phone_gets_no_more_than_ten_texts_a_day(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    for _ in range(12):
        step = await begin(rooms, await opened(rooms))
        clock.advance(1000)
    assert step.state == "too_many_codes"
    assert len(gateway.texts) == 10


async def test_a_gateway_that_is_away_uses_nothing_up(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    gateway.away = True
    assert (await begin(rooms, talk)).state == "sms_away"
    for _ in range(5):
        assert (await resend(rooms, talk)).state == "sms_away"
    gateway.away = False
    back = await resend(rooms, talk)
    assert (back.state, back.resends_left, back.tries_left) == ("asks_code", 3, 5)
    assert (await type_code(rooms, talk, gateway.code)).result == "verified"
    (person,) = {tuple(row.codes) for row in await rows(rooms, store.verification_subjects) if row.codes}
    assert len(person) == 1


async def test_a_resend_that_does_not_leave_keeps_the_code_before_it_good(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    clock.advance(60)
    gateway.away = True
    assert (await resend(rooms, talk)).state == "sms_away"
    assert (await type_code(rooms, talk, gateway.code)).result == "verified"


async def test_a_bank_that_is_away_begins_nothing(rooms: Rooms, bank: FakeBank) -> None:
    talk = await opened(rooms)
    bank.away = True
    for start in (begin, begin_for_nobody):
        with pytest.raises(UnavailableError):
            await start(rooms, talk)
    assert await rows(rooms, store.verifications) == []


# ---- who may see what


async def test_a_signed_customer_sees_the_mask_of_their_phone(rooms: Rooms, gateway: FakeGateway) -> None:
    step = await begin(rooms, await signed_in(rooms), signed=True)
    assert step.phone == "138****5678"


async def test_nobody_else_sees_a_digit_of_it(rooms: Rooms, gateway: FakeGateway) -> None:
    assert (await begin(rooms, await opened(rooms))).phone is None
    assert (await begin(rooms, await opened(rooms), signed=True)).phone is None
    other = await signed_in(rooms, "c-other")
    assert (await begin(rooms, other, signed=True)).phone is None


async def test_the_mask_is_in_no_table(rooms: Rooms, gateway: FakeGateway) -> None:
    await begin(rooms, await signed_in(rooms), signed=True)
    assert re.search(r"\b5678\b", str(await rows(rooms, store.verification_answers))) is None


async def test_a_signed_customer_hears_that_the_id_is_wrong(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await signed_in(rooms)
    await begin(rooms, talk, signed=True, full=True)
    left = []
    for _ in range(4):
        step = await type_id(rooms, talk, "999999")
        left.append((step.state, step.problem, step.tries_left))
    assert left == [("asks_id", "no_match", n) for n in (4, 3, 2, 1)]
    assert (await type_id(rooms, talk, "999999")).state == "locked"
    assert (await type_id(rooms, talk, LAST_SIX)).state == "not_open"
    assert gateway.texts == []


async def test_a_signed_customer_without_a_phone_is_told(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await signed_in(rooms, "c-no-phone")
    step = await begin(rooms, talk, signed=True, customer_id="c-no-phone")
    assert step.state == "no_phone"
    assert await rows(rooms, store.verifications) == []


@pytest.mark.parametrize("full", [False, True])
async def test_S04_no_code_goes_to_a_phone_that_changed_lately(
    rooms: Rooms, bank: FakeBank, gateway: FakeGateway, full: bool
) -> None:
    bank.changed_at = rooms.clock.now() - PHONE_SETTLES + timedelta(seconds=1)
    talk = await signed_in(rooms)
    assert (await begin(rooms, talk, signed=True, full=full)).state == "new_phone"
    assert gateway.texts == []
    assert [row.action for row in await rows(rooms, audit) if row.subject == talk] == ["code_withheld"]


async def test_S04_a_phone_that_changed_long_ago_gets_its_code(
    rooms: Rooms, bank: FakeBank, gateway: FakeGateway
) -> None:
    bank.changed_at = rooms.clock.now() - PHONE_SETTLES
    assert (await begin(rooms, await signed_in(rooms), signed=True)).state == "asks_code"
    assert len(gateway.texts) == 1


async def test_S04_somebody_unknown_does_not_learn_that_the_phone_changed(
    rooms: Rooms, bank: FakeBank, gateway: FakeGateway
) -> None:
    as_usual = await begin(rooms, await opened(rooms))
    bank.changed_at = rooms.clock.now()
    assert await begin(rooms, await opened(rooms)) == as_usual
    assert (len(gateway.texts), gateway.probes) == (1, 1)


async def test_a_whole_id_number_is_taken_by_its_end(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk, full=True)
    assert (await type_id(rooms, talk, f"110105194912{LAST_SIX.lower()}")).state == "asks_code"
    assert (await type_code(rooms, talk, gateway.code)).result == "verified"


async def test_malformed_id_characters_are_explained_and_use_up_nothing(
    rooms: Rooms, gateway: FakeGateway
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk, full=True)
    step = await type_id(rooms, talk, "12a45b")
    assert (step.state, step.problem, step.tries_left) == ("asks_id", "malformed", 5)


# ---- known and unknown look alike

SIX_CLAIMS = {
    "known": {"customer_id": LIN, "card_id": CARD},
    "unknown": {"customer_id": None, "card_id": None},
    "no_phone": {"customer_id": "c-no-phone", "card_id": "card-7"},
}


async def test_unknown_customers_hear_the_same_and_no_code_is_right(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    heard = {name: await whole_way(rooms, clock, claim) for name, claim in SIX_CLAIMS.items()}
    assert heard["unknown"] == heard["known"] == heard["no_phone"]


async def test_a_wrong_id_of_an_unsigned_customer_looks_like_a_right_one_and_sends_nothing(
    rooms: Rooms, gateway: FakeGateway
) -> None:
    right, wrong = await opened(rooms), await opened(rooms)
    for talk in (right, wrong):
        await begin(rooms, talk, full=True)
    assert await type_id(rooms, right, LAST_SIX) == await type_id(rooms, wrong, "999999")
    assert (len(gateway.texts), gateway.probes) == (1, 1)
    assert (await type_code(rooms, wrong, gateway.code)).result == "wrong"


async def test_a_known_and_an_unknown_customer_cost_the_same_work(
    rooms: Rooms, bank: FakeBank, gateway: FakeGateway, clock: FakeClock
) -> None:
    work = {}
    for name, claim in SIX_CLAIMS.items():
        bank.asked.clear()
        with Statements(rooms) as statements:
            await whole_way(rooms, clock, claim)
        work[name] = (statements.kinds, list(bank.asked))
    assert work["unknown"] == work["known"] == work["no_phone"]


class Statements:
    """Every statement, without its values."""

    def __init__(self, rooms: Rooms) -> None:
        self._engine = rooms.database.engine.sync_engine
        self.kinds: list[str] = []

    def __enter__(self) -> "Statements":
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _c: object, _cu: object, statement: str, *_: object) -> None:
        self.kinds.append(statement)


async def whole_way(rooms: Rooms, clock: FakeClock, claim: dict[str, str | None]) -> list[object]:
    """ID, an early and a late resend, a short code and five wrong ones; all answers in order."""
    talk = await opened(rooms)
    heard: list[object] = [await begin(rooms, talk, full=True, **claim)]
    heard.append(await type_id(rooms, talk, LAST_SIX))
    heard.append(await resend(rooms, talk))
    clock.advance(60)
    heard.append(await resend(rooms, talk))
    for code in ("12345", *(f"{n:06d}" for n in range(6))):
        outcome = await type_code(rooms, talk, code)
        heard.append((outcome.result, outcome.tries_left, outcome.locked_until is None))
    heard.append((await begin(rooms, talk, full=True, **claim)).state)
    return heard


# ---- repeats


async def test_a_repeated_turn_sends_no_second_code(rooms: Rooms, gateway: FakeGateway) -> None:
    talk, turn = await opened(rooms), str(uuid.uuid4())
    assert await begin(rooms, talk, turn_id=turn) == await begin(rooms, talk, turn_id=turn)
    assert len(gateway.texts) == 1


async def test_a_repeated_turn_is_judged_once(rooms: Rooms, gateway: FakeGateway) -> None:
    talk, turn = await opened(rooms), str(uuid.uuid4())
    await begin(rooms, talk)
    first = await type_code(rooms, talk, other_than(gateway.code), turn_id=turn)
    assert await type_code(rooms, talk, gateway.code, turn_id=turn) == first
    assert not await rooms.verification.verified(talk, ACT, CARD)


async def test_a_repeated_turn_takes_the_id_once(rooms: Rooms, gateway: FakeGateway) -> None:
    talk, turn = await opened(rooms), str(uuid.uuid4())
    await begin(rooms, talk, full=True)
    assert await type_id(rooms, talk, LAST_SIX, turn_id=turn) == await type_id(
        rooms, talk, LAST_SIX, turn_id=turn
    )
    assert len(gateway.texts) == 1


async def test_a_repeated_resend_sends_once(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk, turn = await opened(rooms), str(uuid.uuid4())
    await begin(rooms, talk)
    clock.advance(60)
    for _ in range(3):
        await rooms.verification.resend(talk, ACT, turn)
    assert len(gateway.texts) == 2


async def test_beginning_again_with_the_same_claim_goes_on_where_it_stood(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    clock.advance(20)
    assert (await begin(rooms, talk)).resend_in_s == 40
    assert len(gateway.texts) == 1


async def test_beginning_again_what_is_verified_and_not_yet_done_asks_for_nothing(
    rooms: Rooms, gateway: FakeGateway
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    await type_code(rooms, talk, gateway.code)
    assert (await begin(rooms, talk)).state == "verified"
    assert len(gateway.texts) == 1
    assert await rooms.verification.verified(talk, ACT, CARD)


async def test_beginning_again_when_the_code_is_old_sends_a_new_one(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    clock.advance(400)
    assert (await begin(rooms, talk)).resends_left == 2
    assert (await type_code(rooms, talk, gateway.code)).result == "verified"


async def test_another_card_begins_anew(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    first = gateway.code
    await begin(rooms, talk, card_id="card-0019")
    assert first != gateway.code
    assert (await type_code(rooms, talk, gateway.code)).result == "verified"
    assert not await rooms.verification.verified(talk, ACT, CARD)
    assert await rooms.verification.verified(talk, ACT, "card-0019")


async def test_a_turn_broken_off_while_the_text_was_sent_is_taken_up(
    rooms: Rooms, gateway: FakeGateway
) -> None:
    talk, turn = await opened(rooms), str(uuid.uuid4())

    async def die(_phone: str, _text: str) -> None:
        raise asyncio.CancelledError

    honest, gateway.send = gateway.send, die  # type: ignore[method-assign]
    with pytest.raises(asyncio.CancelledError):
        await begin(rooms, talk, turn_id=turn)
    gateway.send = honest  # type: ignore[method-assign]
    assert (await begin(rooms, talk, turn_id=turn)).state == "asks_code"
    assert (await type_code(rooms, talk, gateway.code)).result == "verified"


# ---- the verified state


@pytest.mark.parametrize(("seconds", "is_verified"), [(599, True), (600, False)])
async def test_a_verified_state_lasts_ten_minutes(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock, seconds: int, is_verified: bool
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    await type_code(rooms, talk, gateway.code)
    clock.advance(seconds)
    assert await rooms.verification.verified(talk, ACT, CARD) is is_verified


async def test_a_verified_state_serves_once(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    await type_code(rooms, talk, gateway.code)
    results = await asyncio.gather(*(spend(rooms, talk) for _ in range(10)), return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert all(isinstance(result, Forbidden) for result in results if result is not None)


async def test_an_act_that_is_rolled_back_spends_nothing(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    await type_code(rooms, talk, gateway.code)

    async def act_that_fails() -> None:
        async with rooms.database.write() as connection:
            await rooms.verification.spend(connection, talk, ACT, CARD)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await act_that_fails()
    assert await rooms.verification.verified(talk, ACT, CARD)


async def test_spending_what_is_not_verified_is_refused(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    with pytest.raises(Forbidden) as refused:
        await spend(rooms, talk)
    assert refused.value.reason == "not_verified"


async def test_forgetting_ends_what_is_open_and_what_is_verified(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    await type_code(rooms, talk, gateway.code)
    await begin(rooms, talk, act="unfreeze")
    await rooms.verification.forget(talk)
    assert not await rooms.verification.verified(talk, ACT, CARD)
    assert await rooms.verification.open_of(talk) is None
    assert (await type_code(rooms, talk, gateway.code, act="unfreeze")).result == "not_open"


async def test_the_end_of_the_conversation_ends_its_verification(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    await rooms.conversations.end(talk)
    assert [row.state for row in await rows(rooms, store.verifications)] == ["forgotten"]


async def test_a_return_from_a_person_ends_it(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    await type_code(rooms, talk, gateway.code)
    await ask_for_person(rooms, talk)
    somebody = agent_of()
    await rooms.handoffs.claim(somebody, talk)
    assert await rooms.verification.verified(talk, ACT, CARD)
    await rooms.handoffs.return_to_bot(somebody, talk, "done")
    assert not await rooms.verification.verified(talk, ACT, CARD)


# ---- silence


async def test_ten_minutes_of_silence_end_it(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk, full=True)
    clock.advance(599)
    assert await rooms.verification.open_of(talk) is not None
    assert await rooms.verification.sweep() == 0
    clock.advance(1)
    assert await rooms.verification.open_of(talk) is None
    assert await rooms.verification.sweep() == 1
    assert (await type_id(rooms, talk, LAST_SIX)).state == "not_open"


async def test_the_sweep_forgets_old_counts(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    await begin(rooms, await opened(rooms))
    clock.advance(store.REMEMBERED.total_seconds() + 1)
    await rooms.verification.sweep()
    assert await rows(rooms, store.verification_subjects) == []
    assert await rows(rooms, store.verification_answers) == []


# ---- what is kept


async def test_no_code_no_phone_and_no_customer_is_in_any_table(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk, full=True, claim="6222021234567890128")
    await type_id(rooms, talk, LAST_SIX)
    code = gateway.code
    kept = "\n".join([str(await rows(rooms, table)) for table in store.metadata.sorted_tables])
    secrets = (code, LAST_SIX, PHONE, LIN, CARD, "6222021234567890128")
    assert [one for one in secrets if one in kept] == []


async def test_codes_and_claims_leave_with_the_end(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    await type_code(rooms, talk, gateway.code)
    (verified,) = await rows(rooms, store.verifications)
    assert (verified.code_hash, verified.old_hashes) == (None, [])
    await spend(rooms, talk)
    (spent,) = await rows(rooms, store.verifications)
    assert spent.whose is None


async def test_every_step_is_audited_without_a_digit_of_anybodys(
    rooms: Rooms, gateway: FakeGateway
) -> None:
    talk = await opened(rooms)
    await begin(rooms, talk)
    await type_code(rooms, talk, other_than(gateway.code))
    await type_code(rooms, talk, gateway.code)
    await spend(rooms, talk)
    found = [row for row in await rows(rooms, audit) if row.subject == talk]
    assert [row.action for row in found] == [
        "verification_begun", "code_sent", "code_wrong", "verified", "verification_spent",
    ]
    assert {row.reason for row in found} == {ACT}
    assert gateway.code not in str(found)
