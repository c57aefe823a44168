"""The line: who is next, who may serve whom, and an honest guess of the wait."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handoff.queue import (
    PRIORITY_HIGH,
    PRIORITY_NORMAL,
    PRIORITY_URGENT,
    SKILLS,
    SLOTS_PER_AGENT,
    Waiting,
    estimate_wait_s,
    in_order,
    is_open,
    may_serve,
)

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)

waiting = st.builds(
    lambda number, skill, language, priority, minutes: Waiting(
        f"h{number}", f"c{number}", skill, language, priority, NOON + timedelta(minutes=minutes)
    ),
    st.integers(0, 99), st.sampled_from(SKILLS), st.sampled_from(["zh", "en"]),
    st.sampled_from([PRIORITY_NORMAL, PRIORITY_HIGH, PRIORITY_URGENT]), st.integers(0, 60),
)


def one(name: str = "a", *, skill: str = "card", language: str = "zh", priority: int = 0,
        minute: int = 0) -> Waiting:
    return Waiting(name, name, skill, language, priority, NOON + timedelta(minutes=minute))


def names(line: list[Waiting]) -> list[str]:
    return [each.id for each in in_order(line)]


def test_the_longest_waiting_is_first() -> None:
    assert names([one("late", minute=5), one("early")]) == ["early", "late"]


def test_the_urgent_one_comes_before_the_longest_waiting() -> None:
    urgent = one("urgent", priority=PRIORITY_URGENT, minute=5)
    high = one("high", priority=PRIORITY_HIGH, minute=9)
    assert names([one("early"), high, urgent]) == ["urgent", "high", "early"]


@given(st.lists(waiting, unique_by=lambda each: each.id), st.randoms())
def test_the_order_is_the_same_however_the_line_was_read(line: list[Waiting], dice: object) -> None:
    shuffled = list(line)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert in_order(shuffled) == in_order(line)


@given(st.lists(waiting, unique_by=lambda each: each.id))
def test_nobody_is_overtaken_by_one_of_their_own_rank_who_came_later(line: list[Waiting]) -> None:
    ordered = in_order(line)
    for before, after in pairwise(ordered):
        assert (-before.priority, before.queued_at) <= (-after.priority, after.queued_at)


def test_an_agent_serves_their_skills() -> None:
    assert may_serve(one(skill="loan"), ["loan"], ["zh"])
    assert not may_serve(one(skill="loan"), ["card"], ["zh"])


def test_everybody_serves_general_questions() -> None:
    assert may_serve(one(skill="general"), [], ["zh"])


def test_nobody_serves_a_language_they_do_not_speak() -> None:
    assert not may_serve(one(skill="general", language="en"), list(SKILLS), ["zh"])


def test_nobody_there_means_nobody_can_say() -> None:
    assert estimate_wait_s(1, agents_online=0, busy_slots=0, average_chat_s=300) is None


def test_a_free_slot_means_hardly_any_wait() -> None:
    assert estimate_wait_s(1, agents_online=1, busy_slots=0, average_chat_s=300) == (0, 60)


def test_behind_full_desks_the_wait_is_one_chat_a_slot() -> None:
    full = estimate_wait_s(4, agents_online=1, busy_slots=SLOTS_PER_AGENT, average_chat_s=400)
    assert full == (240, 600)


@given(
    st.integers(1, 500), st.integers(1, 50), st.integers(0, 200),
    st.one_of(st.none(), st.floats(1, 3600)),
)
def test_a_guess_is_a_range_that_never_shrinks_further_back(
    position: int, online: int, busy: int, average_s: float | None
) -> None:
    here, behind = (
        estimate_wait_s(place, agents_online=online, busy_slots=busy, average_chat_s=average_s)
        for place in (position, position + 1)
    )
    assert here is not None
    assert behind is not None
    assert 0 <= here[0] < here[1]
    assert here <= behind


@pytest.mark.parametrize(
    ("at", "open_now"),
    [("08:29", False), ("08:30", True), ("20:59", True), ("21:00", False), ("00:00", False)],
)
@pytest.mark.parametrize("hours", ["08:30–21:00", "08:30-21:00", "08:30 – 21:00"])
def test_people_chat_from_the_first_minute_to_before_the_last(
    at: str, open_now: bool, hours: str
) -> None:
    assert is_open(time.fromisoformat(at), hours) is open_now
