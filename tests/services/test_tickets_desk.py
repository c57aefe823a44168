"""Tickets at the desk: from the customer's bad rating to the answer in the chat, and what is refused."""

import pytest

from tests.support.refusals import refused, rows

#: A reference that nobody has.
NONE = "F20200101-0001"
LOOKS = ["/desk/tickets", f"/desk/tickets/{NONE}"]
#: Every act, with a body that is right.
ACTS = {
    "take": {},
    "assign": {"number": "8001"},
    "note": {"text": "看过了"},
    "answer": {"text": "已经处理"},
    "cause": {"root_cause": "只开了一个窗口", "responsible": "branch", "measure": "加开窗口"},
    "extend": {"reason": "等回函"},
    "close": {},
    "reopen": {},
    "confirm": {},
    "keep": {},
    "reveal": {"field": "phone", "purpose": "call_customer"},
}
WITH_BODY = {verb: body for verb, body in ACTS.items() if body}


async def filed(front, customer) -> str:
    """The follow-up that a bad rating opens; its reference."""
    reply = await customer.http.post(f"{customer.path}/rating", json={"score": 1})
    assert reply.status_code == 200, reply.text
    [(reference,)] = rows(front, "select reference from tickets where conversation_id = ?", customer.id)
    return reference


@pytest.fixture
async def ticket(front, arrive):
    """(customer, reference) of a follow-up that nobody has taken."""
    customer = await arrive(front)
    return customer, await filed(front, customer)


@pytest.fixture
async def held(ticket, agent, front):
    """(customer, reference, desk): an agent has taken it."""
    customer, reference = ticket
    desk = await agent(front)
    assert (await desk.post(f"/desk/tickets/{reference}/take")).status_code == 200
    return customer, reference, desk


@pytest.fixture
async def boss(front, agent):
    """Somebody who is agent and supervisor."""
    return await agent(front, "Lin Fang", roles=["agent", "supervisor"])


def states(front, reference) -> list[str]:
    query = "select event from ticket_events where reference = ? order by id"
    return [event for (event,) in rows(front, query, reference)]


# ---- how it goes


async def test_a_bad_rating_is_worked_and_its_answer_arrives_in_the_chat(front, held):
    customer, reference, desk = held
    base = f"/desk/tickets/{reference}"
    assert (await desk.post(f"{base}/note", text="看了记录")).status_code == 200
    reply = await desk.post(f"{base}/answer", text="让您久等了，我们加了人手")
    assert (reply.status_code, reply.json()["state"]) == (200, "answered")
    told = [m for m in await customer.read() if "加了人手" in m["text"]]
    assert [(m["author"], [c["title"] for c in m["choices"]]) for m in told] == [
        ("system", ["解决了", "还没有解决"])
    ]
    assert reference in told[0]["text"]
    assert states(front, reference) == ["filed", "taken", "noted", "answered"]


async def test_the_list_shows_clocks_and_nothing_personal(ticket, agent, front):
    _customer, reference = ticket
    desk = await agent(front)
    body = (await desk.get("/desk/tickets")).json()
    assert set(body) == {"tickets", "now"}
    [row] = [row for row in body["tickets"] if row["reference"] == reference]
    assert row["state_title"] == {"zh": "待受理", "en": "Waiting"}
    assert (row["assigned_to"], row["used_percent"], row["live"]) == (None, 0, True)
    assert "private" not in row
    due = [row["due_at"] for row in body["tickets"]]
    assert due == sorted(due)


async def test_the_list_can_be_ones_own(held, agent, front):
    _customer, reference, desk = held
    mine = (await desk.get("/desk/tickets?mine=true")).json()["tickets"]
    assert [row["reference"] for row in mine] == [reference]
    other = await agent(front)
    assert (await other.get("/desk/tickets?mine=true")).json()["tickets"] == []


async def test_a_look_at_a_ticket_shows_its_history_and_is_audited(front, held):
    _customer, reference, desk = held
    body = (await desk.get(f"/desk/tickets/{reference}")).json()
    assert [one["event"] for one in body["history"]] == ["filed", "taken"]
    assert body["history"][1]["actor"] == desk.me["number"]
    query = "select actor from audit where action = 'ticket_read' and subject = ?"
    assert rows(front, query, reference) == [(f"staff:{desk.me['number']}",)]


async def test_a_supervisor_passes_a_ticket_on(front, ticket, agent, boss):
    _customer, reference = ticket
    desk = await agent(front)
    reply = await boss.post(f"/desk/tickets/{reference}/assign", number=desk.me["number"])
    assert (reply.status_code, reply.json()["assigned_to"]) == (200, desk.me["number"])
    assert (await desk.get(f"/desk/tickets/{reference}")).status_code == 200


async def test_a_number_that_is_nobodys_gets_no_ticket(ticket, boss):
    _customer, reference = ticket
    reply = await boss.post(f"/desk/tickets/{reference}/assign", number="1")
    refused(reply, 400, "no_such_number", field="number")


async def test_a_ticket_that_was_closed_can_be_opened_again(front, held):
    customer, reference, desk = held
    assert (await desk.post(f"/desk/tickets/{reference}/close")).json()["state"] == "closed"
    assert (await desk.post(f"/desk/tickets/{reference}/reopen")).json()["state"] == "assigned"
    texts = [m["text"] for m in await customer.read() if reference in m["text"]]
    assert len(texts) == 3  # filed, closed, opened again


# ---- what is refused


@pytest.mark.parametrize("path", LOOKS)
async def test_I33_without_a_cookie_no_ticket_is_open(front, arrive, path):
    customer = await arrive(front)
    refused(await customer.http.get(f"{front.desk_url}{path}"), 401, "not_signed_in")


@pytest.mark.parametrize("verb", ACTS)
async def test_I33_without_a_cookie_nothing_is_done_to_a_ticket(front, arrive, verb):
    customer = await arrive(front)
    url = f"{front.desk_url}/desk/tickets/{NONE}/{verb}"
    refused(await customer.http.post(url, json=ACTS[verb]), 401, "not_signed_in")


@pytest.mark.parametrize("verb", ACTS)
async def test_I33_a_change_without_the_sessions_own_token_is_refused(front, ticket, agent, verb):
    _customer, reference = ticket
    desk = await agent(front)
    token = desk.http.headers.pop("x-csrf-token")
    refused(await desk.post(f"/desk/tickets/{reference}/{verb}", **ACTS[verb]), 403, "wrong_csrf")
    desk.http.headers["x-csrf-token"] = token
    assert states(front, reference) == ["filed"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
@pytest.mark.parametrize("verb", ACTS)
async def test_I33_a_change_needs_its_own_method(front, agent, verb, method):
    desk = await agent(front)
    reply = await desk.http.request(method, f"/desk/tickets/{NONE}/{verb}")
    refused(reply, 405, "wrong_method")


async def test_I35_tickets_are_not_an_editors_work(front, agent):
    desk = await agent(front, roles=["editor"])
    refused(await desk.get("/desk/tickets"), 403, "forbidden")
    refused(await desk.post(f"/desk/tickets/{NONE}/take"), 403, "forbidden")


NOT_THERE = [
    pytest.param(NONE, id="I34_nobodys"),
    pytest.param("1", id="I34_sequential"),
    pytest.param("not-a-reference", id="I34_garbage"),
    pytest.param("0" * 400, id="I34_long"),
    pytest.param("%00", id="I34_nul"),
    pytest.param("' OR 1=1 --", id="I34_sql"),
    pytest.param("..%2f..%2fetc%2fpasswd", id="I34_path"),
]


@pytest.mark.parametrize("reference", NOT_THERE)
async def test_a_ticket_that_is_not_there_is_not_found(boss, reference):
    base = f"/desk/tickets/{reference}"
    refused(await boss.get(base), 404, "ticket_not_found")
    for verb, body in ACTS.items():
        body = {"number": boss.me["number"]} if verb == "assign" else body
        refused(await boss.post(f"{base}/{verb}", **body), 404, "ticket_not_found")


async def test_I34_a_colleagues_ticket_looks_like_none_at_all(front, agent, held):
    _customer, reference, _colleague = held
    desk = await agent(front)
    base = f"/desk/tickets/{reference}"
    refused(await desk.get(base), 404, "ticket_not_found")
    for verb in ("note", "answer", "cause", "close", "reopen", "confirm", "keep", "reveal"):
        refused(await desk.post(f"{base}/{verb}", **ACTS[verb]), 404, "ticket_not_found")
    assert reference not in str((await desk.get("/desk/tickets")).json())
    assert states(front, reference) == ["filed", "taken"]


async def test_I36_a_ticket_that_a_colleague_has_taken_says_so(front, agent, held):
    _customer, reference, _colleague = held
    desk = await agent(front)
    reply = await desk.post(f"/desk/tickets/{reference}/take")
    refused(reply, 409, "ticket_state", state="assigned")


@pytest.mark.parametrize("verb", ["confirm", "keep", "reopen", "cause"])
async def test_I36_a_step_that_is_not_possible_says_where_the_ticket_is(front, held, verb):
    _customer, reference, desk = held
    reply = await desk.post(f"/desk/tickets/{reference}/{verb}", **ACTS[verb])
    refused(reply, 409, "ticket_state", state="assigned")
    assert states(front, reference) == ["filed", "taken"]


async def test_I36_an_answer_is_given_once(held):
    customer, reference, desk = held
    path = f"/desk/tickets/{reference}/answer"
    assert (await desk.post(path, text="好了")).status_code == 200
    await customer.read()
    refused(await desk.post(path, text="好了"), 409, "ticket_state", state="answered")
    assert await customer.read() == []


async def test_L16_an_agent_does_not_extend_and_a_handler_does_not_approve(held, boss):
    _customer, reference, desk = held
    path = f"/desk/tickets/{reference}/extend"
    refused(await desk.post(path, reason="x"), 403, "needs_supervisor")
    refused(await boss.post(path, reason="x"), 409, "ticket_state", state="assigned")


EXTRA = {"role": "supervisor", "state": "closed", "approver": "8001", "assigned_to": "8001"}


@pytest.mark.parametrize("extra", EXTRA)
@pytest.mark.parametrize("verb", ACTS)
async def test_I35_a_field_that_is_slipped_in_is_refused(front, held, verb, extra):
    _customer, reference, desk = held
    body = {**ACTS[verb], extra: EXTRA[extra]}
    refused(await desk.post(f"/desk/tickets/{reference}/{verb}", **body), 400, "bad_request", field=extra)
    assert states(front, reference) == ["filed", "taken"]


@pytest.mark.parametrize("wrong", [None, 5, ["x"], {"a": 1}], ids=["null", "number", "list", "object"])
@pytest.mark.parametrize("verb", WITH_BODY)
async def test_I35_a_value_of_the_wrong_type_is_named(front, held, verb, wrong):
    _customer, reference, desk = held
    for name in WITH_BODY[verb]:
        body = {**WITH_BODY[verb], name: wrong}
        reply = await desk.post(f"/desk/tickets/{reference}/{verb}", **body)
        refused(reply, 400, "bad_request", field=name)
    assert states(front, reference) == ["filed", "taken"]


@pytest.mark.parametrize("verb", WITH_BODY)
async def test_I35_a_value_that_is_missing_is_named(held, verb):
    _customer, reference, desk = held
    for name in WITH_BODY[verb]:
        body = {key: value for key, value in WITH_BODY[verb].items() if key != name}
        reply = await desk.post(f"/desk/tickets/{reference}/{verb}", **body)
        refused(reply, 400, "bad_request", field=name)


@pytest.mark.parametrize(
    ("verb", "changes", "code", "field"),
    [
        pytest.param("note", {"text": " \u200b"}, "empty_text", "text", id="I35_nothing_visible"),
        pytest.param("answer", {"text": ""}, "empty_text", "text", id="I35_empty_answer"),
        pytest.param("cause", {"root_cause": " "}, "empty_text", "root_cause", id="I35_no_cause"),
        pytest.param("cause", {"measure": ""}, "empty_text", "measure", id="I35_no_measure"),
        pytest.param("cause", {"responsible": "moon"}, "bad_responsible", "responsible", id="I35_side"),
        pytest.param("extend", {"reason": ""}, "empty_text", "reason", id="I35_no_reason"),
        pytest.param("reveal", {"purpose": "fun"}, "bad_purpose", "purpose", id="I35_purpose"),
        pytest.param("reveal", {"field": "pin"}, "bad_ticket_field", "field", id="I35_field"),
    ],
)
async def test_a_value_that_does_not_exist_is_named(front, held, verb, changes, code, field):
    _customer, reference, desk = held
    reply = await desk.post(f"/desk/tickets/{reference}/{verb}", **{**ACTS[verb], **changes})
    refused(reply, 400, code, field=field)
    assert states(front, reference) == ["filed", "taken"]


async def test_I02_a_text_that_is_too_long_is_refused_by_its_field(held):
    _customer, reference, desk = held
    body = {**ACTS["cause"], "measure": "长" * 2001}
    refused(await desk.post(f"/desk/tickets/{reference}/cause", **body), 413, "too_long",
            field="measure", limit=2000)


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("state=done", "bad_ticket_state", "state"), ("state=OPEN", "bad_ticket_state", "state"),
        ("mine=1", "bad_flag", "mine"), ("mine=yes", "bad_flag", "mine"),
        ("sort=name", "bad_request", "sort"), ("limit=-1", "bad_request", "limit"),
    ],
)
async def test_I35_a_parameter_that_is_wrong_is_named(front, agent, query, code, field):
    desk = await agent(front)
    refused(await desk.get(f"/desk/tickets?{query}"), 400, code, field=field)


async def test_I36_the_language_of_a_refusal_is_the_callers(front, agent):
    desk = await agent(front)
    desk.http.headers["accept-language"] = "en-GB"
    refused(await desk.get(f"/desk/tickets/{NONE}"), 404, "ticket_not_found", "en")


async def test_every_ticket_call_is_described(front, agent):
    desk = await agent(front)
    described = (await desk.get("/docs/openapi.json")).json()["paths"]
    ours = {path: calls for path, calls in described.items() if path.startswith("/desk/tickets")}
    assert len(ours) == len(ACTS) + 2
    assert all(call.get("summary") for calls in ours.values() for call in calls.values())


# ---- complaints of many people (L18)


async def test_L18_what_can_not_be_joined_is_refused_by_name(ticket, boss):
    _, reference = ticket
    reply = await boss.post("/desk/complaint-groups/join", reference=reference)
    refused(reply, 409, "not_a_complaint", field="group")
    reply = await boss.post("/desk/complaint-groups/represent", reference=reference, represents=True)
    refused(reply, 409, "no_group", field="group")
    refused(await boss.get(f"/desk/complaint-groups/{NONE}"), 404, "group_not_found")


async def test_L18_an_agent_joins_no_complaints(ticket, agent, front):
    desk = await agent(front)
    reply = await desk.post("/desk/complaint-groups/join", reference=ticket[1])
    refused(reply, 403, "needs_supervisor")
