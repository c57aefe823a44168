"""The register of incidents at the desk: opened by anybody, led by those who may, closed when all is known."""

import pytest

from bot.records.incident_states import FIELDS
from tests.support.refusals import refused, rows

#: A reference that nobody has.
NONE = "I20200101-0001"
SIX = dict.fromkeys(FIELDS, "已经查明")
ACTS = {"fill": {"fields": SIX}, "told": {"whom": "people"}, "close": {}, "reopen": {}}


@pytest.fixture
async def handles(front, agent):
    return await agent(front, "Zhao Lei", roles=["compliance"])


@pytest.fixture
async def reference(front, agent) -> str:
    """An incident that an agent has opened."""
    reply = await (await agent(front)).post("/desk/incidents", summary="名单发错邮箱")
    assert (reply.status_code, reply.json()["empty"]) == (200, list(FIELDS)), reply.text
    return reply.json()["reference"]


async def test_an_incident_closes_only_with_all_six_fields(front, handles, reference):
    base = f"/desk/incidents/{reference}"
    refused(
        await handles.post(f"{base}/close"), 409, "incident_incomplete", field=FIELDS[0], empty=", ".join(FIELDS)
    )
    for name in FIELDS[:-1]:
        assert (await handles.post(f"{base}/fill", fields={name: "已经查明"})).status_code == 200
    last = FIELDS[-1]
    refused(await handles.post(f"{base}/close"), 409, "incident_incomplete", field=last, empty=last)
    await handles.post(f"{base}/fill", fields={last: "95000"})
    assert (await handles.post(f"{base}/told", whom="authority")).json()["authority_told_at"].endswith("Z")
    assert (await handles.post(f"{base}/close")).json()["state"] == "closed"
    body = (await handles.get(base)).json()
    assert [one["event"] for one in body["history"]] == ["opened", *["filled"] * 6, "authority_told", "closed"]
    query = "select count(*) from audit where subject = ? and action = 'incident_close_denied'"
    assert rows(front, query, reference) == [(2,)]


async def test_those_who_supervise_see_the_list(front, agent, handles, reference):
    for desk in (handles, await agent(front, roles=["supervisor"])):
        found = (await desk.get("/desk/incidents")).json()["incidents"]
        assert [one["summary"] for one in found if one["reference"] == reference] == ["名单发错邮箱"]


@pytest.mark.parametrize("at", ["yesterday", "2026-11-23T12:00:00", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])
async def test_a_time_that_can_not_be_is_named(handles, reference, at):
    reply = await handles.post(f"/desk/incidents/{reference}/told", whom="people", at=at)
    refused(reply, 400, "incident_when", field="at")


async def test_a_field_that_there_is_not_is_named(handles, reference):
    reply = await handles.post(f"/desk/incidents/{reference}/fill", fields={"guilt": "x"})
    refused(reply, 400, "incident_field", field="guilt", known=", ".join(FIELDS))


async def test_I35_an_agent_opens_an_incident_and_leads_none(front, agent, reference):
    desk = await agent(front)
    refused(await desk.get("/desk/incidents"), 403, "forbidden")
    refused(await desk.get(f"/desk/incidents/{reference}"), 403, "forbidden")
    for verb, body in ACTS.items():
        refused(await desk.post(f"/desk/incidents/{reference}/{verb}", **body), 403, "forbidden")


@pytest.mark.parametrize("reference", [NONE, "1", "%00", "' OR 1=1 --", "0" * 400])
async def test_I34_an_incident_that_is_not_there_is_not_found(handles, reference):
    refused(await handles.get(f"/desk/incidents/{reference}"), 404, "not_found")
    for verb, body in ACTS.items():
        refused(await handles.post(f"/desk/incidents/{reference}/{verb}", **body), 404, "not_found")


async def test_I33_without_a_cookie_or_token_there_is_no_register(front, arrive, handles):
    customer = await arrive(front)
    refused(await customer.http.get(f"{front.desk_url}/desk/incidents"), 401, "not_signed_in")
    handles.http.headers.pop("x-csrf-token")
    refused(await handles.post("/desk/incidents", summary="x"), 403, "wrong_csrf")
