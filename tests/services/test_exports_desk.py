"""Passing records on at the desk: asked for, allowed by somebody else, fetched once; all else is refused."""

import pytest

from tests.support.refusals import refused, rows

#: A reference that nobody has.
NONE = "X20200101-0001"
LAW = {"legal_ground": "监管机构书面调取"}


@pytest.fixture
async def asks(front, agent):
    return await agent(front)


@pytest.fixture
async def allows(front, agent):
    return await agent(front, "Zhao Lei", roles=["compliance"])


async def requested(desk, *references, **more) -> str:
    body = {
        "kind": "transcripts", "recipient": "监管局", "purpose": "supervision", "note": "来函 12 号", "ground": "law",
        "references": list(references), **more,
    }
    reply = await desk.post("/desk/exports", **body)
    assert (reply.status_code, reply.json()["state"]) == (200, "requested"), reply.text
    return reply.json()["reference"]


async def test_records_leave_once_after_a_second_person_has_allowed_it(front, arrive, asks, allows):
    customer = await arrive(front)
    reference = await requested(asks, customer.id)
    refused(await asks.post(f"/desk/exports/{reference}/fetch"), 403, "export_not_approved")
    assert (await allows.post(f"/desk/exports/{reference}/approve", **LAW)).json()["state"] == "approved"
    reply = await asks.post(f"/desk/exports/{reference}/fetch")
    assert (reply.status_code, reply.headers["cache-control"]) == (200, "no-store")
    [record] = reply.json()["records"]
    assert record["messages"][0]["label"] == "智能客服（机器人）"
    refused(await asks.post(f"/desk/exports/{reference}/fetch"), 403, "export_fetched")
    query = "select action, actor from audit where subject = ? order by id"
    me, other = f"staff:{asks.me['number']}", f"staff:{allows.me['number']}"
    assert rows(front, query, reference) == [
        ("export_requested", me), ("export_fetch_denied", me), ("export_approved", other), ("export_fetched", me),
        ("export_fetch_denied", me),
    ]


async def test_ones_own_request_is_refused_by_name(front, arrive, agent):
    both = await agent(front, roles=["agent", "compliance"])
    reference = await requested(both, (await arrive(front)).id)
    refused(await both.post(f"/desk/exports/{reference}/approve", **LAW), 403, "export_own")


async def test_the_list_shows_what_was_asked_for(front, arrive, asks, allows):
    reference = await requested(asks, (await arrive(front)).id)
    for desk in (asks, allows):
        found = (await desk.get("/desk/exports")).json()["exports"]
        assert [one["recipient"] for one in found if one["reference"] == reference] == ["监管局"]


async def test_a_refusal_with_its_reason_is_shown(front, arrive, asks, allows):
    reference = await requested(asks, (await arrive(front)).id)
    body = (await allows.post(f"/desk/exports/{reference}/refuse", reason="范围太大")).json()
    assert (body["state"], body["decision_note"]) == ("refused", "范围太大")
    reply = await allows.post(f"/desk/exports/{reference}/approve", **LAW)
    refused(reply, 409, "wrong_state", state="refused")


@pytest.mark.parametrize("first_day", ["yesterday", "2026-13-01", ""])
async def test_a_day_that_is_none_is_named(asks, first_day):
    body = {"kind": "tickets", "recipient": "r", "purpose": "audit", "note": "n", "ground": "law"}
    reply = await asks.post("/desk/exports", **body, first_day=first_day, last_day="2026-11-23")
    refused(reply, 400, "export_bad_day", field="first_day")


async def test_I35_exports_are_not_an_editors_work(front, agent):
    desk = await agent(front, roles=["editor"])
    refused(await desk.get("/desk/exports"), 403, "forbidden")
    refused(await desk.post(f"/desk/exports/{NONE}/approve", **LAW), 403, "forbidden")


@pytest.mark.parametrize("reference", [NONE, "1", "%00", "' OR 1=1 --", "0" * 400])
async def test_I34_a_request_that_is_not_there_is_not_found(asks, reference):
    refused(await asks.post(f"/desk/exports/{reference}/fetch"), 404, "not_found")


async def test_I33_without_a_cookie_or_token_nothing_is_asked_for(front, arrive, asks):
    customer = await arrive(front)
    refused(await customer.http.get(f"{front.desk_url}/desk/exports"), 401, "not_signed_in")
    asks.http.headers.pop("x-csrf-token")
    refused(await asks.post(f"/desk/exports/{NONE}/fetch"), 403, "wrong_csrf")
