"""What comes wrongly over a customer's WebSocket, or from somebody who is not the customer."""

import uuid
from contextlib import suppress

import httpx
import orjson
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from tests.support.refusals import everything, nothing_changes, refusal, refused
from tests.support.sockets import dialled, line_of


def message(**more) -> str:
    return orjson.dumps({"type": "message", "client_id": str(uuid.uuid4()), **more}).decode()


BROKEN = [
    pytest.param("[]", "bad_frame", {}, id="I03_list"),
    pytest.param('"x"', "bad_frame", {}, id="I03_string"),
    pytest.param("hello", "bad_request", {}, id="I03_no_json"),
    pytest.param("{}", "bad_frame", {"field": "type"}, id="I03_empty_object"),
    pytest.param('{"type": "shout"}', "bad_frame", {"field": "type"}, id="I03_unknown_type"),
    pytest.param('{"type": ["message"]}', "bad_frame", {"field": "type"}, id="I03_type_list"),
    pytest.param(message(text=5), "bad_request", {"field": "text"}, id="I04_number"),
    pytest.param(message(text=None), "say_one_thing", {"field": "text"}, id="I04_null"),
    pytest.param('{"type": "message", "text": "x"}', "bad_request", {"field": "client_id"},
                 id="I04_no_client_id"),
    pytest.param(message(text="  "), "empty_text", {"field": "text"}, id="I01_spaces"),
    pytest.param(message(text="长" * 2001), "too_long", {"field": "text", "limit": 2000},
                 id="I02_one_too_many"),
    pytest.param("[" * 16_000, "bad_request", {}, id="I10_nested_lists"),
    pytest.param('{"type": "message", "text": "\\ud800"}', "bad_request", {},
                 id="I11_lone_surrogate"),
    pytest.param(b'{"type": "message"}', "bad_frame", {}, id="I11_binary"),
]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("frame", "code", "details"), BROKEN)
async def test_a_bad_frame_is_refused_in_words_and_the_line_stays(
    front, arrive, frame, code, details, language
):
    customer = await arrive(front, language)
    async with line_of(customer) as line:
        async with nothing_changes(customer):
            await line.ws.send(frame)
            refusal(await line.until("error"), code, language, **details)
        client_id = await line.say("在吗")
        assert (await line.until("ack"))["client_id"] == client_id


async def test_a_refusal_names_the_message_it_is_about(front, arrive):
    customer = await arrive(front)
    async with line_of(customer) as line:
        client_id = await line.say("")
        assert (await line.until("error"))["client_id"] == client_id


@pytest.mark.parametrize(
    "size", [pytest.param(65 * 1024, id="I10_65KB"), pytest.param(2_000_000, id="I02_2MB")]
)
async def test_a_frame_beyond_every_size_ends_the_line(front, arrive, size):
    customer = await arrive(front)
    async with nothing_changes(customer), line_of(customer) as line:
        with suppress(ConnectionClosed):  # the line may end before all of it is sent
            await line.ws.send("x" * size)
        assert await line.closed() == 1009


async def test_I11_text_that_is_no_utf8_ends_the_line(front, arrive):
    customer = await arrive(front)
    async with nothing_changes(customer), line_of(customer) as line:
        line.ws.transport.write(Frame(Opcode.TEXT, b"\xff\xfe").serialize(mask=True))
        assert await line.closed() == 1007


def origins(front) -> dict[str, str]:
    """Pages that are not ours, some of which look like it."""
    ours = front.chat_url
    return {
        "I19_other": "https://evil.example",
        "I19_null": "null",
        "I19_suffix": f"{ours}.evil.example",
        "I19_prefix": ours.replace("://", "://evil."),
        "I19_user": ours.replace("://", "://127.0.0.1@evil.example/"),
        "I19_other_port": ours + "1",
        "I19_desk": front.desk_url,
        "I19_empty": "",
    }


ORIGINS = ["I19_other", "I19_null", "I19_suffix", "I19_prefix", "I19_user", "I19_other_port",
           "I19_desk", "I19_empty"]


@pytest.mark.parametrize("which", ORIGINS)
async def test_another_page_may_not_call(front, arrive, which):
    customer = await arrive(front, "en")
    headers = {"origin": origins(front)[which], "accept-language": "en"}
    async with nothing_changes(customer):
        body = {"client_id": str(uuid.uuid4()), "text": "hello"}
        reply = await customer.http.post(f"{customer.path}/messages", json=body, headers=headers)
        refused(reply, 403, "wrong_origin", "en")
        assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize("which", ORIGINS)
async def test_another_page_may_not_open_a_socket(front, arrive, which):
    customer = await arrive(front)
    with pytest.raises(InvalidStatus) as refusal_of:
        async with dialled(customer, additional_headers={"origin": origins(front)[which]}):
            pass
    assert refusal_of.value.response.status_code == 403


async def test_our_own_page_may_call_and_open_a_socket(front, arrive):
    customer = await arrive(front)
    own = {"origin": front.chat_url}
    reply = await customer.http.get(f"{customer.path}/messages", headers=own)
    assert reply.status_code == 200
    async with dialled(customer, additional_headers=own) as line:
        await line.send(type="hello", token=customer.token)
        await line.until("welcome")


async def test_I19_a_call_without_a_token_is_asked_for_one(front, arrive):
    customer = await arrive(front)
    del customer.http.headers["Authorization"]
    refused(await customer.send(text="你好"), 401, "not_signed_in")


async def test_I19_a_token_in_the_address_does_not_count(front, arrive):
    customer = await arrive(front)
    token = customer.token
    async with httpx.AsyncClient(base_url=front.chat_url) as http:
        for name in ("token", "access_token", "authorization"):
            reply = await http.get(f"{customer.path}/messages", params={name: token})
            refused(reply, 401, "not_signed_in")


@pytest.mark.parametrize("whose", ["I19_anothers", "I19_made_up"])
@pytest.mark.parametrize("call", ["messages", "leave-queue", "end", "rating"])
async def test_another_ones_token_opens_nothing(front, arrive, whose, call):
    customer, other = await arrive(front), await arrive(front)
    token = other.token if whose == "I19_anothers" else "x" * 43
    async with nothing_changes(customer), nothing_changes(other):
        headers = {"authorization": f"Bearer {token}"}
        body = {"client_id": str(uuid.uuid4()), "text": "你好", "score": 1}
        reply = await customer.http.post(f"{customer.path}/{call}", json=body, headers=headers)
        refused(reply, 403, "forbidden")


async def test_I20_the_messages_of_another_chat_are_refused(front, arrive):
    customer, other = await arrive(front), await arrive(front)
    refused(await customer.http.get(f"{other.path}/messages"), 403, "forbidden")


@pytest.mark.parametrize(
    "conversation_id",
    ["0b0b0b0b-0000-4000-8000-00000000abcd", "1", "x" * 300, "%00", "' OR 1=1 --", "..%2f..%2fetc", "null", "{id}"],
)
async def test_a_conversation_that_is_not_there_looks_like_another_ones(
    front, arrive, conversation_id
):
    customer = await arrive(front)
    reply = await customer.http.get(f"/chat/conversations/{conversation_id}/messages")
    refused(reply, 403, "forbidden")


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        pytest.param({"type": "hello"}, "not_signed_in", id="I19_no_token"),
        pytest.param({"type": "hello", "token": None}, "not_signed_in", id="I19_null_token"),
        pytest.param({"type": "hello", "token": ["x"]}, "not_signed_in", id="I19_token_list"),
        pytest.param({"type": "hello", "token": ""}, "not_signed_in", id="I19_empty_token"),
        pytest.param({"type": "message", "text": "你好"}, "not_signed_in", id="I19_no_hello"),
        pytest.param({"type": "hello", "token": "x" * 43}, "forbidden", id="I19_made_up_token"),
        pytest.param([], "bad_frame", id="I03_hello_list"),
    ],
)
async def test_a_socket_without_a_good_token_is_hung_up(front, arrive, hello, code):
    customer = await arrive(front)
    async with nothing_changes(customer), dialled(customer) as line:
        await line.ws.send(orjson.dumps(hello).decode())
        refusal(await line.until("error"), code)
        assert await line.closed() == 1008


async def test_I19_a_token_in_a_sockets_address_does_not_count(front, arrive):
    customer = await arrive(front)
    async with dialled(customer, query=f"?token={customer.token}") as line:
        await line.send(type="hello")
        refusal(await line.until("error"), "not_signed_in")
        assert await line.closed() == 1008


async def test_I19_another_ones_token_opens_no_socket(front, arrive):
    customer, other = await arrive(front), await arrive(front)
    async with dialled(customer) as line:
        await line.send(type="hello", token=other.token)
        refusal(await line.until("error"), "forbidden")
        assert await line.closed() == 1008
        assert line.messages == []


async def test_an_ended_conversation_takes_no_more_words(front, arrive):
    customer = await arrive(front, "en")
    assert (await customer.http.post(f"{customer.path}/end")).json() == {"owner": "closed"}
    async with nothing_changes(customer):
        reply = await customer.send(text="hello")
        refused(reply, 409, "conversation_closed", "en", state="closed")
    assert (await everything(customer))["owner"] == "closed"
