"""The rules of a verification, by every way through them: no way to verified without a used code."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Conflict
from bot.identity import cases, limits
from bot.identity.cases import Case
from bot.identity.limits import MAX_FAILURES, MAX_TRIES, Subject, Subjects
from bot.identity.states import LIVE, TRANSITIONS, Event, State, after
from tests.support.properties import often, thoroughly

START = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ACT = "report_lost"


def new(*, full: bool = False, known: bool = True, now: datetime = START, number: int = 1) -> Case:
    return Case(
        id=f"v{number}", conversation_id="c", number=number, act=ACT, session_no=1,
        state=State.ASKS_ID if full else State.ASKS_CODE, signed=False, full=full,
        matched=known and not full, subjects=("a", "b", "c"), code_hash=None, old_hashes=(),
        code_at=None, sent_at=None, resends=0, began_at=now, touched_at=now, verified_at=None,
    )


# ---- the table


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_a_missing_cell_is_refused(state: State, event: Event) -> None:
    if event in TRANSITIONS[state]:
        assert after(state, event) in State
    else:
        with pytest.raises(Conflict):
            after(state, event)


def test_only_a_used_code_leads_to_verified() -> None:
    ways = [
        (state, event)
        for state, cells in TRANSITIONS.items()
        for event, result in cells.items()
        if result is State.VERIFIED
    ]
    assert ways == [(State.ASKS_CODE, Event.CODE_USED)]


@pytest.mark.parametrize("state", [State.LOCKED, State.SPENT, State.FORGOTTEN, State.EXPIRED])
def test_what_has_ended_stays_ended(state: State) -> None:
    assert TRANSITIONS[state] == {}
    assert state not in LIVE


# ---- every way through it


@dataclass
class World:
    """What a run knows: the case, what is counted, and the code that is in the customer's phone."""

    full: bool
    known: bool
    now: datetime = START
    subjects: Subjects = field(default_factory=lambda: [Subject(key) for key in "abc"])
    code: str | None = None
    codes_made: int = 0
    used: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.case = new(full=self.full, known=self.known)
        if not self.full:
            self.send()

    def send(self) -> None:
        if self.case.state is State.ASKS_CODE:
            self.codes_made += 1
            name = f"code{self.codes_made}"
            self.code = name if self.case.matched else None
            kept = name if self.case.matched else f"unusable{self.codes_made}"
            self.case = cases.deliver(cases.make_code(self.case, kept, self.now), self.now, again=True)

    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def give_id(self, right: bool) -> None:
        if self.case.state is State.ASKS_ID:
            self.case = cases.take_id(self.case, matched=right and self.known, now=self.now)
            self.send()

    def type(self, typed: str | None) -> str:
        judged = cases.judge(self.case, self.subjects, typed, self.now)
        self.case, self.subjects = judged.case, judged.subjects
        if judged.result == "verified":
            self.used.append(str(typed))
        return judged.result

    def begin_again(self) -> None:
        if limits.locked_until(self.subjects, ACT, self.now.timestamp()) is None:
            self.case = new(full=self.full, known=self.known, now=self.now, number=self.case.number + 1)
            self.code = None
            if not self.full:
                self.send()


steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 400)),
        st.tuples(st.just("id"), st.booleans()),
        st.tuples(st.just("send"), st.none()),
        st.tuples(st.just("right"), st.none()),
        st.tuples(st.just("wrong"), st.none()),
        st.tuples(st.just("short"), st.none()),
        st.tuples(st.just("old"), st.integers(1, 4)),
        st.tuples(st.just("again"), st.none()),
    ),
    max_size=30,
)


def run(world: World, way: list[tuple[str, object]]) -> list[str]:
    """Take these steps; the results of what was typed."""
    results = []
    for name, value in way:
        match name:
            case "wait":
                world.wait(int(str(value)))
            case "id":
                world.give_id(bool(value))
            case "send":
                world.send()
            case "right":
                results.append(world.type(world.code or "guess"))
            case "wrong":
                results.append(world.type("guess"))
            case "short":
                results.append(world.type(None))
            case "old":
                results.append(world.type(f"code{value}"))
            case "again":
                world.begin_again()
    return results


@given(st.booleans(), st.booleans(), steps)
@thoroughly
def test_every_way_to_verified_has_a_used_code_in_it(full: bool, known: bool, way: list[tuple[str, object]]) -> None:
    world = World(full, known)
    results = run(world, way)
    if world.case.state is State.VERIFIED:
        assert world.case.matched
        assert world.used
        assert results.count("verified") == len(world.used)


@given(st.booleans(), steps)
@often
def test_no_way_verifies_somebody_who_is_not_there(full: bool, way: list[tuple[str, object]]) -> None:
    world = World(full, known=False)
    assert "verified" not in run(world, way)
    assert world.case.state is not State.VERIFIED


@given(steps)
@often
def test_no_way_verifies_after_a_wrong_id(way: list[tuple[str, object]]) -> None:
    world = World(full=True, known=True)
    wrong = [(name, False if name == "id" else value) for name, value in way]
    assert "verified" not in run(world, wrong)


@given(st.booleans(), steps)
@often
def test_no_way_has_more_than_five_codes_compared_before_a_right_one_or_a_lock(
    full: bool, way: list[tuple[str, object]]
) -> None:
    world = World(full, known=True)
    wrong = 0
    for result in run(world, [step for step in way if step[0] != "wait"]):
        if result == "verified":
            wrong = 0
        wrong += result == "wrong"
        assert wrong < MAX_TRIES, "the fifth locks"


@given(st.booleans(), steps)
@often
def test_no_day_has_more_than_ten_wrong_codes(known: bool, way: list[tuple[str, object]]) -> None:
    world = World(full=False, known=known)
    run(world, way)
    day = [at for at in world.subjects[0].failures if world.now.timestamp() - at < limits.DAY_S]
    assert len(day) <= MAX_FAILURES


@given(st.booleans(), steps, st.integers(300, 5000))
@often
def test_no_code_verifies_after_its_life(full: bool, way: list[tuple[str, object]], later_s: int) -> None:
    world = World(full, known=True)
    run(world, way)
    before = world.case.state
    world.wait(later_s)
    world.type(world.code or "guess")
    assert world.case.state is before or world.case.state is State.LOCKED


@given(st.booleans(), steps, st.integers(0, limits.LOCK_S - 1))
@often
def test_what_is_locked_stays_locked_for_half_an_hour(
    known: bool, way: list[tuple[str, object]], later_s: int
) -> None:
    world = World(full=False, known=known)
    for _ in range(MAX_TRIES):
        world.type("guess")
    world.wait(later_s)
    still = [step for step in way if step[0] != "wait"]
    assert set(run(world, still)) <= {"locked"}
    assert world.case.state is State.LOCKED


@given(st.booleans(), steps)
@often
def test_known_and_unknown_are_counted_alike(full: bool, way: list[tuple[str, object]]) -> None:
    blind = [step for step in way if step[0] not in ("right", "old", "id")]
    known, unknown = World(full, known=True), World(full, known=False)
    assert run(known, blind) == run(unknown, blind)
    assert known.subjects == unknown.subjects


# ---- single rules


def test_what_was_sent_and_came_back_counts_for_nobody() -> None:
    before = [Subject("a", codes=(1.0,), texts=(1.0,))]
    made = limits.sent(before, 5.0, first=True)
    assert limits.not_sent(made, 5.0, first=True) == before


@given(st.lists(st.integers(0, 100_000), max_size=40))
def test_no_quarter_of_an_hour_has_more_than_three_first_codes(moments: list[int]) -> None:
    subjects, made = [Subject("a")], []
    for now in sorted(moments):
        if limits.wait_s(subjects, now, first=True, texts_a_day=10_000) == 0:
            subjects = limits.sent(subjects, now, first=True)
            made.append(now)
    assert all(sum(at - limits.CODES_S < other <= at for other in made) <= limits.MAX_CODES for at in made)


@given(st.lists(st.integers(0, 100_000), max_size=40))
def test_the_wait_that_is_told_is_long_enough(moments: list[int]) -> None:
    subjects = [Subject("a")]
    for now in sorted(moments):
        wait_s = limits.wait_s(subjects, now, first=True, texts_a_day=5)
        if wait_s:
            assert limits.wait_s(subjects, now + wait_s, first=True, texts_a_day=5) == 0
        else:
            subjects = limits.sent(subjects, now, first=True)


@given(st.integers(0, 59_999))
def test_the_wait_for_a_resend_is_whole_seconds_and_never_too_short(after_ms: int) -> None:
    case = replace(new(), sent_at=START)
    now = START + timedelta(milliseconds=after_ms)
    wait_s = cases.resend_wait_s(case, now)
    assert 1 <= wait_s <= 60
    assert cases.resend_wait_s(case, now + timedelta(seconds=wait_s)) == 0


def test_a_verified_state_ends_after_ten_minutes_whatever_is_said() -> None:
    case = replace(new(), state=State.VERIFIED, verified_at=START)
    late = START + cases.VERIFIED_FOR
    assert cases.holds(case, late - timedelta(seconds=1))
    assert not cases.holds(case, late)
    assert cases.is_over(case, late, 1, late)


def test_another_session_of_the_brain_ends_it() -> None:
    assert cases.is_over(new(), START, 2, START)
