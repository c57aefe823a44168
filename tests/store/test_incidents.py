"""The register of incidents: six fields before it closes, a history, an audit row for every step and refusal."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.errors import BadRequest, Conflict, Forbidden, NotFound, RefusedError
from bot.records.audit import audit
from bot.records.incident_states import FIELDS, TRANSITIONS, State, Step, after
from bot.records.incident_store import Incident, incident_events, incidents
from bot.wiring import Rooms
from tests.support.properties import thoroughly
from tests.support.record import count, rows
from tests.support.tickets import worker

FINDS, HANDLES = worker(1), worker(2, "compliance")
SIX = {name: f"{name}：已经查明" for name in FIELDS}
DAY_S = 24 * 3600.0


async def opened(rooms: Rooms) -> Incident:
    return await rooms.incidents.open(FINDS, "一份名单发到了外部邮箱")


async def filled(rooms: Rooms) -> str:
    """An open incident of which everything is known; its reference."""
    reference = (await opened(rooms)).reference
    await rooms.incidents.fill(reference, HANDLES, SIX)
    return reference


async def actions(rooms: Rooms) -> list[str]:
    return [row.action for row in await rows(rooms, audit)]


async def test_an_incident_goes_its_way_and_each_step_is_on_record(rooms: Rooms, clock: FakeClock) -> None:
    reference = (await opened(rooms)).reference
    assert reference == "I20261123-0001"
    clock.advance(60)
    await rooms.incidents.fill(reference, HANDLES, SIX)
    await rooms.incidents.told(reference, HANDLES, "authority")
    await rooms.incidents.told(reference, HANDLES, "people", clock.now() - timedelta(seconds=30))
    closed = await rooms.incidents.close(reference, HANDLES)
    assert (closed.state, closed.empty, closed.closed_at) == (State.CLOSED, [], clock.now())
    assert closed.authority_told_at == clock.now()
    assert closed.people_told_at == clock.now() - timedelta(seconds=30)
    _, history = await rooms.incidents.read(reference, HANDLES)
    steps = ["opened", "filled", "authority_told", "people_told", "closed"]
    assert [one.event for one in history] == steps
    assert [one.actor for one in history] == ["staff:8001", *["staff:8002"] * 4]
    assert await actions(rooms) == [*[f"incident_{step}" for step in steps], "incident_read"]


@pytest.mark.parametrize("missing", FIELDS)
async def test_it_does_not_close_while_one_of_the_six_is_empty(rooms: Rooms, missing: str) -> None:
    reference = (await opened(rooms)).reference
    await rooms.incidents.fill(reference, HANDLES, {name: text for name, text in SIX.items() if name != missing})
    with pytest.raises(Conflict) as refusal:
        await rooms.incidents.close(reference, HANDLES)
    assert (refusal.value.reason, refusal.value.field) == ("incident_incomplete", missing)
    assert refusal.value.details == {"empty": missing}
    (row,) = [row for row in await rows(rooms, audit) if row.action == "incident_close_denied"]
    assert (row.subject, row.reason) == (reference, "incident_incomplete")
    await rooms.incidents.fill(reference, HANDLES, {missing: "补上了"})
    assert (await rooms.incidents.close(reference, HANDLES)).state is State.CLOSED


async def test_all_that_is_missing_is_named(rooms: Rooms) -> None:
    with pytest.raises(Conflict) as refusal:
        await rooms.incidents.close((await opened(rooms)).reference, HANDLES)
    assert refusal.value.details == {"empty": ", ".join(FIELDS)}


async def test_what_a_field_said_before_stays_in_the_history(rooms: Rooms) -> None:
    reference = await filled(rooms)
    await rooms.incidents.fill(reference, HANDLES, {"cause": "收件人写错"})
    _, history = await rooms.incidents.read(reference, HANDLES)
    assert history[-1].details == {"cause": {"was": SIX["cause"], "is": "收件人写错"}}


async def test_the_audit_has_no_word_of_the_fields(rooms: Rooms) -> None:
    await filled(rooms)
    (row,) = [row for row in await rows(rooms, audit) if row.action == "incident_filled"]
    assert row.details == {"fields": sorted(FIELDS), "left": 0}


async def test_a_closed_incident_is_not_written_on_until_it_is_opened_again(rooms: Rooms) -> None:
    reference = await filled(rooms)
    await rooms.incidents.close(reference, HANDLES)
    for act in (
        rooms.incidents.fill(reference, HANDLES, {"cause": "x"}), rooms.incidents.close(reference, HANDLES),
        rooms.incidents.told(reference, HANDLES, "people"),
    ):
        with pytest.raises(Conflict, match="wrong_state"):
            await act
    again = await rooms.incidents.reopen(reference, HANDLES)
    assert (again.state, again.closed_at) == (State.OPEN, None)
    await rooms.incidents.fill(reference, HANDLES, {"cause": "又查明一点"})


@pytest.mark.parametrize(
    ("values", "reason", "field"),
    [
        ({}, "incident_field", "fields"), ({"guilt": "x"}, "incident_field", "guilt"),
        ({"cause": " "}, "incident_words", "cause"), ({"cause": "字" * 2001}, "incident_words", "cause"),
        ({"harm": "x", "state": "closed"}, "incident_field", "state"),
    ],
)
async def test_a_field_that_can_not_be_kept_is_named(
    rooms: Rooms, values: dict[str, str], reason: str, field: str
) -> None:
    reference = (await opened(rooms)).reference
    with pytest.raises(BadRequest) as refusal:
        await rooms.incidents.fill(reference, HANDLES, values)
    assert (refusal.value.reason, refusal.value.field) == (reason, field)
    assert len((await rooms.incidents.read(reference, HANDLES))[0].empty) == len(FIELDS)


@pytest.mark.parametrize("seconds", [-1, 61])
async def test_nobody_was_told_before_it_was_known_or_after_now(
    rooms: Rooms, clock: FakeClock, seconds: int
) -> None:
    at, reference = clock.now() + timedelta(seconds=seconds), (await opened(rooms)).reference
    clock.advance(60)
    with pytest.raises(BadRequest, match="incident_when"):
        await rooms.incidents.told(reference, HANDLES, "authority", at)


async def test_only_authority_and_people_are_told(rooms: Rooms) -> None:
    with pytest.raises(BadRequest, match="incident_whom"):
        await rooms.incidents.told((await opened(rooms)).reference, HANDLES, "press")


async def test_an_agent_may_open_one_and_no_more(rooms: Rooms) -> None:
    reference = (await opened(rooms)).reference
    for act in (
        rooms.incidents.fill(reference, FINDS, SIX), rooms.incidents.told(reference, FINDS, "people"),
        rooms.incidents.close(reference, FINDS), rooms.incidents.reopen(reference, FINDS),
        rooms.incidents.listed(FINDS), rooms.incidents.read(reference, FINDS),
    ):
        with pytest.raises(Forbidden):
            await act
    assert (await actions(rooms))[1:] == [
        f"incident_{act}_denied" for act in ("fill", "told", "close", "reopen", "list", "read")
    ]


@pytest.mark.parametrize("reference", ["I20260101-0001", "nothing", "\0", "I" * 400])
async def test_one_that_is_not_there_is_not_found(rooms: Rooms, reference: str) -> None:
    with pytest.raises(NotFound):
        await rooms.incidents.close(reference, HANDLES)
    assert await actions(rooms) == ["incident_close_denied"]


async def test_supervisors_and_compliance_see_open_ones_first(rooms: Rooms, clock: FakeClock) -> None:
    first = (await opened(rooms)).reference
    second = await filled(rooms)
    clock.advance(1)
    await rooms.incidents.close(second, HANDLES)
    for handler in (HANDLES, worker(3, "supervisor")):
        assert [one.reference for one in await rooms.incidents.listed(handler)] == [first, second]


async def test_staff_write_no_card_number_into_an_incident(rooms: Rooms) -> None:
    incident = await rooms.incidents.open(FINDS, "卡号6222021234567890128被看到")
    assert "6222021234567890128" not in incident.summary


async def test_a_closed_incident_is_kept_three_years_and_an_open_one_longer(
    rooms: Rooms, clock: FakeClock
) -> None:
    await opened(rooms)
    await rooms.incidents.close(await filled(rooms), HANDLES)
    clock.advance(3 * 365 * DAY_S)
    await rooms.retention.run()
    assert await count(rooms, incidents) == 2
    clock.advance(2 * DAY_S)
    await rooms.retention.run()
    assert [row.state for row in await rows(rooms, incidents)] == ["open"]
    assert await count(rooms, incident_events) == 1


@thoroughly
@given(st.lists(st.sampled_from(Step), max_size=8))
def test_nothing_but_a_reopening_changes_what_is_closed(steps: list[Step]) -> None:
    state = State.OPEN
    for step in steps:
        before = state
        try:
            state = after(state, step)
        except RefusedError:
            continue
        assert before is State.OPEN or step is Step.REOPENED
        assert (state is State.CLOSED) == (step is Step.CLOSED)
    assert set(TRANSITIONS) == set(State)
