"""Passing records on: two people, one fetch within a day, masks, labels, hashes, and every refusal on record."""

import hashlib
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.clock import FakeClock
from bot.errors import BadRequest, Conflict, Forbidden, NotFound, RefusedError
from bot.records.audit import audit
from bot.records.export_states import TRANSITIONS, State, Step, after
from bot.records.export_store import Export, exports
from bot.records.exports import Wanted
from bot.records.store import tickets
from bot.records.ticket_worker import Worker
from bot.wiring import Rooms
from tests.support.people_records import NAME, PHONE, agree, complain, give
from tests.support.properties import thoroughly
from tests.support.record import claimed, count, finish, opened, rows, say
from tests.support.tickets import worker

ASKS, ALLOWS = worker(1), worker(2, "compliance")
DAY_S = 24 * 3600.0
LAW = "《个人信息保护法》第十三条第一款第三项"
TODAY, LONG_AGO = date(2026, 11, 23), date(2020, 1, 1)


def wanted(*references: str, **more: Any) -> Wanted:
    values = {
        "kind": "transcripts", "recipient": "金融消费纠纷调解中心", "purpose": "mediation", "note": "调解",
        "ground": "law", "references": references, **more,
    }
    return Wanted(**values)


async def talked(rooms: Rooms) -> str:
    """A conversation in which the bot has answered somebody who left name and phone."""
    talk = await opened(rooms)
    await give(rooms, talk)
    await say(rooms, talk, f"我是{NAME}，想投诉")
    rooms.clock.advance(1)  # type: ignore[attr-defined]
    await finish(rooms, await claimed(rooms, talk), "好的，马上为您登记。")
    return talk


async def approved(rooms: Rooms, *references: str, **more: Any) -> Export:
    export = await rooms.exports.request(ASKS, wanted(*references, **more))
    return await rooms.exports.approve(export.reference, ALLOWS, LAW)


async def denials(rooms: Rooms) -> list[tuple[str, str, str | None]]:
    query = select(audit.c.actor, audit.c.action, audit.c.reason).where(audit.c.action.like("export%denied"))
    async with rooms.database.read() as connection:
        return [(row.actor, row.action, row.reason) for row in await connection.execute(query)]


async def test_what_was_approved_is_fetched_with_labels_and_hashes(rooms: Rooms) -> None:
    talk = await talked(rooms)
    export = await approved(rooms, talk)
    document = await rooms.exports.fetch(export.reference, ASKS)
    (record,) = document["records"]
    assert [one["label"] for one in record["messages"]] == ["智能客服（机器人）", "客户", "智能客服（机器人）"]
    assert [one["to"] for one in record["messages"]] == ["customer", "bot", "customer"]
    assert record["messages"][0]["local"].endswith("+08:00")
    assert (document["left_out"], document["legal_ground"], document["approved_by"]) == (0, LAW, "8002")
    kept = (await rows(rooms, exports))[0]
    assert (kept.state, kept.passed_on, kept.sha256) == ("fetched", 1, document["sha256"])


async def test_a_recipient_can_check_the_hashes_with_plain_json(rooms: Rooms) -> None:
    export = await approved(rooms, await talked(rooms), await talked(rooms))
    document = json.loads(json.dumps(await rooms.exports.fetch(export.reference, ASKS)))
    lines = ""
    for record in document["records"]:
        said = record.pop("sha256")
        plain = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(plain.encode()).hexdigest() == said
        lines += f"{said}\n"
    assert hashlib.sha256(lines.encode()).hexdigest() == document["sha256"]


async def test_names_and_phones_are_masked_unless_more_was_approved(rooms: Rooms) -> None:
    talk = await talked(rooms)
    masked = await rooms.exports.fetch((await approved(rooms, talk)).reference, ASKS)
    assert NAME not in str(masked)
    assert "我是欧阳**，想投诉" in str(masked)
    full = await rooms.exports.fetch((await approved(rooms, talk, detail="full")).reference, ASKS)
    assert f"我是{NAME}，想投诉" in str(full)


async def test_tickets_are_passed_on_with_masked_fields(rooms: Rooms) -> None:
    reference = await complain(rooms, await opened(rooms))
    export = await approved(rooms, reference, kind="tickets")
    (record,) = (await rooms.exports.fetch(export.reference, ASKS))["records"]
    assert (record["reference"], record["fields"]["phone"]) == (reference, "139****0987")
    assert PHONE not in str(record)
    export = await approved(rooms, reference, kind="tickets", detail="full")
    (record,) = (await rooms.exports.fetch(export.reference, ASKS))["records"]
    assert record["fields"]["phone"] == PHONE


async def test_a_period_is_of_the_banks_days_with_both_ends(rooms: Rooms, clock: FakeClock) -> None:
    first = await opened(rooms)
    clock.advance(12 * 3600)  # midnight in the bank's zone: the next day
    second = await opened(rooms)
    one = await rooms.exports.request(ASKS, wanted(first_day=TODAY, last_day=TODAY))
    both = await rooms.exports.request(ASKS, wanted(first_day=TODAY, last_day=date(2026, 11, 24)))
    assert (one.things, both.things) == ([first], [first, second])


async def test_without_a_separate_consent_a_record_is_left_out(rooms: Rooms) -> None:
    yes, no = await opened(rooms), await opened(rooms)
    await agree(rooms, yes, "passing_on")
    export = await rooms.exports.request(ASKS, wanted(yes, no, ground="consent"))
    await rooms.exports.approve(export.reference, ALLOWS)
    document = await rooms.exports.fetch(export.reference, ASKS)
    assert ([one["conversation"] for one in document["records"]], document["left_out"]) == ([yes], 1)


async def test_a_consent_that_was_taken_back_after_the_approval_counts(rooms: Rooms) -> None:
    talk = await opened(rooms)
    await agree(rooms, talk, "passing_on")
    export = await rooms.exports.request(ASKS, wanted(talk, ground="consent"))
    await rooms.exports.approve(export.reference, ALLOWS)
    await rooms.consents.withdraw(talk, "passing_on")
    with pytest.raises(Forbidden, match="export_nothing_may_leave"):
        await rooms.exports.fetch(export.reference, ASKS)
    assert (await rows(rooms, exports))[0].state == "approved"


async def test_nobody_carries_off_a_complaint_about_themselves(rooms: Rooms) -> None:
    talk = await opened(rooms)
    reference = await complain(rooms, talk)
    async with rooms.database.write() as connection:
        await connection.execute(update(tickets).values(about_agent=ASKS.number))
    for kind, thing in (("tickets", reference), ("transcripts", talk)):
        export = await approved(rooms, thing, kind=kind)
        with pytest.raises(Forbidden, match="export_nothing_may_leave"):
            await rooms.exports.fetch(export.reference, ASKS)


async def test_erased_words_do_not_leave(rooms: Rooms) -> None:
    talk = await talked(rooms)
    export = await approved(rooms, talk, detail="full")
    await rooms.people_data.erase(talk, turn_id="t1")
    (record,) = (await rooms.exports.fetch(export.reference, ASKS))["records"]
    assert {one["altered"] for one in record["messages"]} == {"erased"}
    assert "投诉" not in str(record["messages"])


# ---- what is refused, with its row


async def test_ones_own_request_is_never_ones_own_to_allow(rooms: Rooms) -> None:
    both = worker(3, "agent", "compliance")
    export = await rooms.exports.request(both, wanted(await opened(rooms)))
    with pytest.raises(Forbidden, match="export_own"):
        await rooms.exports.approve(export.reference, both, LAW)
    with pytest.raises(Forbidden, match="export_own"):
        await rooms.exports.refuse(export.reference, both, "不行")
    assert await denials(rooms) == [
        ("staff:8003", "export_approval_denied", "export_own"), ("staff:8003", "export_refusal_denied", "export_own"),
    ]
    assert (await rows(rooms, exports))[0].state == "requested"


@pytest.mark.parametrize("role", ["agent", "supervisor", "editor"])
async def test_only_compliance_may_allow_it(rooms: Rooms, role: str) -> None:
    export = await rooms.exports.request(ASKS, wanted(await opened(rooms)))
    with pytest.raises(Forbidden, match="forbidden"):
        await rooms.exports.approve(export.reference, worker(4, role), LAW)
    assert await denials(rooms) == [("staff:8004", "export_approval_denied", "forbidden")]


async def test_an_editor_can_not_even_ask(rooms: Rooms) -> None:
    with pytest.raises(Forbidden):
        await rooms.exports.request(worker(4, "editor"), wanted(await opened(rooms)))
    assert await denials(rooms) == [("staff:8004", "export_request_denied", "forbidden")]
    assert await count(rooms, exports) == 0


async def fetch_refused(rooms: Rooms, export: Export, by: Worker = ASKS) -> str:
    """The reason, which is also in the last audit row of a denial."""
    with pytest.raises(Forbidden) as refusal:
        await rooms.exports.fetch(export.reference, by)
    assert (await denials(rooms))[-1] == (by.actor, "export_fetch_denied", refusal.value.reason)
    return refusal.value.reason


async def test_before_its_approval_nothing_is_fetched(rooms: Rooms) -> None:
    export = await rooms.exports.request(ASKS, wanted(await opened(rooms)))
    assert await fetch_refused(rooms, export) == "export_not_approved"


async def test_what_was_refused_is_not_fetched(rooms: Rooms) -> None:
    export = await approved(rooms, await opened(rooms))
    await rooms.exports.refuse(export.reference, ALLOWS, "收件机构有误")
    assert await fetch_refused(rooms, export) == "export_not_approved"


async def test_it_is_fetched_once(rooms: Rooms) -> None:
    export = await approved(rooms, await opened(rooms))
    await rooms.exports.fetch(export.reference, ASKS)
    assert await fetch_refused(rooms, export) == "export_fetched"


async def test_nobody_else_fetches_it_not_even_who_allowed_it(rooms: Rooms) -> None:
    export = await approved(rooms, await opened(rooms))
    assert await fetch_refused(rooms, export, ALLOWS) == "export_not_yours"


@pytest.mark.parametrize(("after_s", "open_"), [(DAY_S - 1, True), (DAY_S, False)])
async def test_it_is_open_for_a_day(rooms: Rooms, clock: FakeClock, after_s: float, open_: bool) -> None:
    export = await approved(rooms, await opened(rooms))
    clock.advance(after_s)
    if open_:
        assert (await rooms.exports.fetch(export.reference, ASKS))["records"]
    else:
        assert await fetch_refused(rooms, export) == "export_over"


async def test_without_consent_the_law_has_to_be_named(rooms: Rooms) -> None:
    export = await rooms.exports.request(ASKS, wanted(await opened(rooms)))
    for nothing in (None, "", "  "):
        with pytest.raises(BadRequest, match="export_needs_law"):
            await rooms.exports.approve(export.reference, ALLOWS, nothing)
    assert (await rows(rooms, exports))[0].state == "requested"


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"kind": "audit"}, "export_choice", "kind"), ({"purpose": "curiosity"}, "export_choice", "purpose"),
        ({"ground": "wish"}, "export_choice", "ground"), ({"recipient": " "}, "export_words", "recipient"),
        ({"note": "字" * 501}, "export_words", "note"), ({"detail": "everything"}, "export_too_much", "detail"),
        ({"purpose": "quality", "detail": "full"}, "export_too_much", "detail"),
        ({"references": ()}, "export_which", "references"),
        ({"first_day": TODAY, "last_day": TODAY}, "export_which", "references"),
        ({"references": ("none",)}, "export_nothing", "references"),
        ({"references": ("x",) * 501}, "export_too_many", "references"),
        ({"references": (), "first_day": LONG_AGO, "last_day": LONG_AGO}, "export_nothing", "first_day"),
    ],
)
async def test_a_request_that_is_not_whole_is_refused_by_field(
    rooms: Rooms, change: dict[str, Any], reason: str, field: str
) -> None:
    talk = await opened(rooms)
    with pytest.raises(BadRequest) as refusal:
        await rooms.exports.request(ASKS, wanted(**{"references": (talk,), **change}))
    assert (refusal.value.reason, refusal.value.field) == (reason, field)
    assert await count(rooms, exports) == 0


@pytest.mark.parametrize("reference", ["X20260101-0001", "nothing", "\0", "X" * 400])
async def test_a_request_that_is_not_there_is_not_found(rooms: Rooms, reference: str) -> None:
    with pytest.raises(NotFound):
        await rooms.exports.fetch(reference, ASKS)
    assert len(await denials(rooms)) == 1


async def test_staff_write_no_card_number_into_a_request(rooms: Rooms) -> None:
    export = await rooms.exports.request(ASKS, wanted(await opened(rooms), note="卡号6222021234567890128的投诉"))
    assert "6222021234567890128" not in export.note


async def test_a_list_is_ones_own_but_for_who_supervises(rooms: Rooms) -> None:
    export = await rooms.exports.request(ASKS, wanted(await opened(rooms)))
    assert [one.reference for one in await rooms.exports.listed(ASKS)] == [export.reference]
    assert await rooms.exports.listed(worker(5)) == []
    assert [one.reference for one in await rooms.exports.listed(worker(6, "supervisor"))] == [export.reference]


async def test_who_got_what_is_kept_three_years(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.exports.fetch((await approved(rooms, await opened(rooms))).reference, ASKS)
    clock.advance(3 * 365 * DAY_S)
    await rooms.retention.run()
    assert await count(rooms, exports) == 1
    clock.advance(2 * DAY_S)
    await rooms.retention.run()
    assert await count(rooms, exports) == 0


@thoroughly
@given(st.lists(st.sampled_from(Step), max_size=6))
def test_nothing_is_fetched_that_was_not_approved_before_and_nothing_twice(steps: list[Step]) -> None:
    state, done = State.REQUESTED, []
    for step in steps:
        try:
            state = after(state, step)
        except (Conflict, RefusedError):
            continue
        done.append(step)
    assert done.count(Step.FETCHED) <= 1
    if Step.FETCHED in done:
        assert done == [Step.APPROVED, Step.FETCHED]
    assert set(TRANSITIONS) == set(State)
