"""What can be sent wrongly to the desk, row by row: a plain refusal, and nothing has changed."""

import asyncio
import uuid

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.lines import wait_for_a_person
from tests.support.refusals import nothing_changes, refusal, refused
from tests.support.sockets import Line, desk_line_of

ID = "0b0b0b0b-0000-4000-8000-00000000abcd"  # nobody's
LOOKS = ["/desk/me", "/desk/queue", f"/desk/conversations/{ID}"]
CHANGES = [
    ("POST", "/desk/logout"),
    ("PUT", "/desk/me/status"),
    ("POST", "/desk/queue/next"),
    *(
        ("POST", f"/desk/conversations/{ID}/{verb}")
        for verb in ("claim", "messages", "notes", "transfer", "return-to-bot", "close")
    ),
]
#: Acts on one conversation, with bodies that are right.
ACTS = {
    "messages": {"client_id": str(uuid.uuid4()), "text": "您好"},
    "notes": {"text": "看过了"},
    "transfer": {"skill": "loan", "note": "贷款问题"},
    "return-to-bot": {"wrap_up": "answered"},
    "close": {"wrap_up": "answered", "resolved": True},
}


@pytest.fixture
async def stranger(front):
    """Somebody who is not signed in."""
    async with httpx.AsyncClient(base_url=front.desk_url) as http:
        yield http


@pytest.fixture
async def held(front, arrive, agent):
    """A customer whose chat an agent holds: (customer, desk)."""
    customer, desk = await arrive(front), await agent(front)
    await wait_for_a_person(customer)
    await desk.claim(customer.id)
    await customer.until_owner("agent")
    return customer, desk


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("method", "path"), [*(("GET", path) for path in LOOKS), *CHANGES])
async def test_I33_without_a_cookie_nothing_is_open(stranger, method, path, language):
    headers = {"accept-language": language}
    refused(await stranger.request(method, path, json={}, headers=headers), 401, "not_signed_in",
            language)


@pytest.mark.parametrize("given", ["I33_none", "I33_made_up", "I33_anothers"])
@pytest.mark.parametrize(("method", "path"), CHANGES)
async def test_a_change_without_the_sessions_own_token_is_refused(
    front, agent, method, path, given
):
    desk = await agent(front)
    token = desk.http.headers.pop("x-csrf-token")
    if given == "I33_made_up":
        desk.http.headers["x-csrf-token"] = "x" * len(token)
    if given == "I33_anothers":
        other = await agent(front)
        desk.http.headers["x-csrf-token"] = other.http.headers["x-csrf-token"]
    refused(await desk.http.request(method, path, json={}), 403, "wrong_csrf")
    assert (await desk.get("/desk/me")).json()["user"]["status"] == "online"
    desk.http.headers["x-csrf-token"] = token


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", [*(path for _method, path in CHANGES), "/desk/login"])
async def test_I33_a_change_needs_its_own_method(front, agent, method, path):
    desk = await agent(front)
    refused(await desk.http.request(method, path), 405, "wrong_method")
    assert (await desk.get("/desk/me")).status_code == 200


@pytest.mark.parametrize(
    "path", ["/desk/nothing", "/desk/conversations", "/admin", "/.env", "/desk/queue/../../x"]
)
async def test_I33_an_unknown_address_is_not_found(front, agent, path):
    desk = await agent(front)
    refused(await desk.get(path), 404, "not_found")


async def test_I33_an_unknown_method_is_refused(stranger):
    refused(await stranger.request("BREW", "/desk/queue"), 405, "wrong_method")


NOT_THERE = [
    pytest.param(str(uuid.uuid4()), id="I34_nobodys"),
    pytest.param("1", id="I34_sequential"),
    pytest.param("2", id="I34_sequential_next"),
    pytest.param("not-a-uuid", id="I34_garbage"),
    pytest.param("0" * 400, id="I34_long"),
    pytest.param("%00", id="I34_nul"),
    pytest.param("' OR 1=1 --", id="I34_sql"),
    pytest.param("..%2f..%2fetc%2fpasswd", id="I34_path"),
]


@pytest.mark.parametrize("conversation_id", NOT_THERE)
async def test_a_conversation_that_is_not_there_is_not_found(front, agent, conversation_id):
    desk = await agent(front)
    base = f"/desk/conversations/{conversation_id}"
    refused(await desk.get(base), 404, "not_found")
    refused(await desk.post(f"{base}/claim"), 404, "not_found")
    for verb, body in ACTS.items():
        refused(await desk.post(f"{base}/{verb}", **body), 404, "not_found")


async def test_I34_a_colleagues_chat_looks_like_none_at_all(front, agent, held):
    customer, _colleague = held
    desk = await agent(front)
    base = f"/desk/conversations/{customer.id}"
    async with nothing_changes(customer):
        refused(await desk.get(base), 404, "not_found")
        for verb, body in ACTS.items():
            refused(await desk.post(f"{base}/{verb}", **body), 404, "not_found")


async def test_I34_a_colleagues_closed_chat_looks_like_none_at_all(front, agent, held):
    customer, colleague = held
    base = f"/desk/conversations/{customer.id}"
    assert (await colleague.post(f"{base}/close", **ACTS["close"])).status_code == 200
    desk = await agent(front)
    refused(await desk.get(base), 404, "not_found")
    refused(await desk.post(f"{base}/claim"), 404, "not_found")
    for verb, body in ACTS.items():
        refused(await desk.post(f"{base}/{verb}", **body), 404, "not_found")


async def test_I34_a_wait_for_another_skill_is_not_this_agents(front, arrive, agent, held):
    customer, desk = held
    base = f"/desk/conversations/{customer.id}"
    assert (await desk.post(f"{base}/transfer", skill="loan", note="x")).status_code == 200
    other = await agent(front, skills=["card"])
    refused(await other.get(base), 404, "not_found")
    refused(await other.post(f"{base}/claim"), 404, "not_found")
    waiting = (await other.get("/desk/queue")).json()["waiting"]
    assert customer.id not in [one["conversation_id"] for one in waiting]


EXTRA = {"role": "supervisor", "owner": "bot", "verified": True, "author": "customer", "agent_id": 1}


@pytest.mark.parametrize("extra", EXTRA)
@pytest.mark.parametrize("verb", ["claim", *ACTS])
async def test_I35_a_field_that_is_slipped_in_is_refused(held, verb, extra):
    customer, desk = held
    body = {**ACTS.get(verb, {}), extra: EXTRA[extra]}
    async with nothing_changes(customer):
        reply = await desk.post(f"/desk/conversations/{customer.id}/{verb}", **body)
        refused(reply, 400, "bad_request", field=extra)


@pytest.mark.parametrize("extra", EXTRA)
async def test_I35_nobody_gives_themselves_a_role(front, agent, extra):
    desk = await agent(front)
    before = (await desk.get("/desk/me")).json()
    reply = await desk.put("/desk/me/status", status="away", **{extra: EXTRA[extra]})
    refused(reply, 400, "bad_request", field=extra)
    assert (await desk.get("/desk/me")).json() == before


@pytest.mark.parametrize("verb", ACTS)
@pytest.mark.parametrize("wrong", [None, 5, ["x"], {"a": 1}], ids=["null", "number", "list", "object"])
async def test_I35_a_value_of_the_wrong_type_is_named(held, verb, wrong):
    customer, desk = held
    for name in ACTS[verb]:
        async with nothing_changes(customer):
            body = {**ACTS[verb], name: wrong}
            reply = await desk.post(f"/desk/conversations/{customer.id}/{verb}", **body)
            refused(reply, 400, "bad_request", field=name)


@pytest.mark.parametrize("verb", ACTS)
async def test_I35_a_value_that_is_missing_is_named(held, verb):
    customer, desk = held
    for name in ACTS[verb]:
        async with nothing_changes(customer):
            body = {key: value for key, value in ACTS[verb].items() if key != name}
            reply = await desk.post(f"/desk/conversations/{customer.id}/{verb}", **body)
            refused(reply, 400, "bad_request", field=name)


@pytest.mark.parametrize(
    ("verb", "body", "code", "field"),
    [
        pytest.param("transfer", {"skill": "boss", "note": "x"}, "bad_skill", "skill", id="I35_skill"),
        pytest.param("close", {"wrap_up": "fine", "resolved": True}, "bad_wrap_up", "wrap_up",
                     id="I35_wrap_up"),
        pytest.param("return-to-bot", {"wrap_up": ""}, "bad_wrap_up", "wrap_up", id="I35_empty"),
        pytest.param("messages", {"client_id": "7", "text": "x"}, "bad_client_id", "client_id",
                     id="I35_client_id"),
        pytest.param("messages", {"client_id": ID, "text": " \u200b"}, "empty_text", "text",
                     id="I35_nothing_visible"),
        pytest.param("notes", {"text": ""}, "empty_text", "text", id="I35_empty_note"),
    ],
)
async def test_a_value_that_does_not_exist_is_named(held, verb, body, code, field):
    customer, desk = held
    async with nothing_changes(customer):
        reply = await desk.post(f"/desk/conversations/{customer.id}/{verb}", **body)
        refused(reply, 400, code, field=field)


@pytest.mark.parametrize("query", ["limit=-1", "limit=1e9", "sort=password", "role=supervisor"])
async def test_I35_an_unknown_parameter_is_refused(front, agent, query):
    desk = await agent(front)
    name = query.partition("=")[0]
    refused(await desk.get(f"/desk/queue?{query}"), 400, "bad_request", field=name)


@pytest.mark.parametrize("after", ["-1", "x", "1e9", "9" * 30])
async def test_I35_a_number_that_is_none_is_named(held, after):
    customer, desk = held
    reply = await desk.get(f"/desk/conversations/{customer.id}?after={after}")
    refused(reply, 400, "bad_number", field="after")


@pytest.mark.parametrize("status", ["ONLINE", "", "boss"])
async def test_I35_a_status_that_does_not_exist_is_named(front, agent, status):
    desk = await agent(front)
    refused(await desk.put("/desk/me/status", status=status), 400, "bad_status", field="status")
    assert (await desk.get("/desk/me")).json()["user"]["status"] == "online"


@pytest.mark.parametrize("verb", ACTS)
async def test_I36_a_closed_chat_says_so(held, verb):
    customer, desk = held
    base = f"/desk/conversations/{customer.id}"
    assert (await desk.post(f"{base}/close", **ACTS["close"])).status_code == 200
    async with nothing_changes(customer):
        reply = await desk.post(f"{base}/{verb}", **ACTS[verb])
        refused(reply, 409, "conversation_closed", state="closed")


async def test_I36_a_taken_chat_says_so(front, agent, held):
    customer, _colleague = held
    desk = await agent(front)
    async with nothing_changes(customer):
        reply = await desk.post(f"/desk/conversations/{customer.id}/claim")
        refused(reply, 409, "already_taken", state="assigned")


async def test_I36_the_language_of_a_refusal_is_the_callers(front, agent, held):
    customer, _colleague = held
    desk = await agent(front)
    desk.http.headers["accept-language"] = "en-GB"
    reply = await desk.post(f"/desk/conversations/{customer.id}/claim")
    refused(reply, 409, "already_taken", "en", state="assigned")


@pytest.mark.parametrize(
    ("step", "state"), [("transfer", "waiting"), ("return-to-bot", "bot")]
)
async def test_I36_a_chat_that_was_passed_on_says_where_it_is(held, step, state):
    customer, desk = held
    base = f"/desk/conversations/{customer.id}"
    assert (await desk.post(f"{base}/{step}", **ACTS[step])).status_code == 200
    async with nothing_changes(customer):
        for verb, body in ACTS.items():
            reply = await desk.post(f"{base}/{verb}", **body)
            refused(reply, 409, "not_yours", state=state)


async def test_I36_a_customer_who_left_the_line_can_not_be_taken(front, arrive, agent):
    customer, desk = await arrive(front), await agent(front)
    await wait_for_a_person(customer)
    await customer.http.post(f"{customer.path}/leave-queue")
    async with nothing_changes(customer):
        reply = await desk.post(f"/desk/conversations/{customer.id}/claim")
        refused(reply, 409, "wrong_state", state="bot")


async def test_I36_a_repeated_message_of_an_agent_returns_the_first_number(held):
    customer, desk = held
    body = {"client_id": str(uuid.uuid4()), "text": "您好"}
    path = f"/desk/conversations/{customer.id}/messages"
    replies = await asyncio.gather(*(desk.post(path, **body) for _ in range(5)))
    assert len({(reply.status_code, reply.json()["seq"]) for reply in replies}) == 1
    async with nothing_changes(customer):
        refused(await desk.post(path, **{**body, "text": "别的"}), 409, "client_id_reused",
                field="client_id")


async def test_a_body_that_is_no_object_is_refused(held):
    customer, desk = held
    async with nothing_changes(customer):
        for body in (b"[]", b"x", b'"x"', b"\xff"):
            reply = await desk.http.post(
                f"/desk/conversations/{customer.id}/messages", content=body
            )
            refused(reply, 400, "bad_request")


BROKEN = [
    pytest.param("[]", "bad_frame", {}, id="I35_list"),
    pytest.param("hello", "bad_request", {}, id="I35_no_json"),
    pytest.param("{}", "bad_frame", {"field": "type"}, id="I35_empty_object"),
    pytest.param('{"type": "watch"}', "bad_frame", {"field": "conversation"}, id="I35_no_chat"),
    pytest.param('{"type": "typing", "conversation": 5}', "bad_frame", {"field": "conversation"},
                 id="I35_chat_number"),
    pytest.param('{"type": "watch", "conversation": "x", "after": -1}', "bad_number",
                 {"field": "after"}, id="I35_negative"),
    pytest.param('{"type": "typing", "conversation": "%s", "on": true}', "not_found", {},
                 id="I34_typing_in_a_colleagues_chat"),
]


@pytest.mark.parametrize(("frame", "code", "details"), BROKEN)
async def test_a_bad_frame_on_the_desks_socket_is_refused_and_the_line_stays(
    front, agent, held, frame, code, details
):
    customer, _colleague = held
    desk = await agent(front)
    async with desk_line_of(desk) as board:
        await board.ws.send(frame.replace("%s", customer.id))
        refusal(await board.until("error"), code, **details)
        await board.send(type="watch", conversation=customer.id, after=0)
        assert (await board.until("conversation"))["state"] == "gone"


async def test_I33_a_socket_without_a_cookie_is_hung_up(stranger):
    async with connect(str(stranger.base_url).replace("http", "ws", 1) + "/desk/socket") as ws:
        board = Line(ws)
        refusal(await board.until("error"), "not_signed_in")
        assert await board.closed() == 1008


async def test_I33_another_page_may_not_open_the_desks_socket(stranger, agent, front):
    url = str(stranger.base_url).replace("http", "ws", 1) + "/desk/socket"
    for origin in ("https://evil.example", "null", front.chat_url):
        with pytest.raises(InvalidStatus) as refusal_of:
            await connect(url, additional_headers={"origin": origin})
        assert refusal_of.value.response.status_code == 403


async def test_a_refusal_leaves_no_trace_in_the_log(front, agent):
    desk = await agent(front)
    refused(await desk.post("/desk/queue/next", role="supervisor"), 400, "bad_request",
            field="role")
    assert "Traceback" not in front.log("desk") + front.log("chat")
