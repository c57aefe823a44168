"""A verification through the real service: what is typed in secret is kept nowhere; signed customers."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import wiring
from bot.clock import SystemClock
from bot.conversation import store
from bot.identity.tokens import development_token
from bot.wiring import Rooms
from tests.support.identity import ACT, LAST_SIX, FakeGateway, begin, join
from tests.support.people import Customer
from tests.support.record import rows
from tests.support.secrets import found_in
from tests.support.sockets import line_of

pytestmark = pytest.mark.slow

ID_NUMBER = "330104198706294711"
CARD = "6217005830094177267"


@pytest.fixture(scope="module")
async def beside(front: Any) -> AsyncIterator[Rooms]:
    """The rooms of the same record, as the actions have them."""
    settings = front.settings.model_copy(update={"redis_url": front.redis_url})
    rooms = wiring.rooms(settings)
    yield rooms
    await rooms.database.close()
    await rooms.redis.aclose()


@pytest.fixture
def gateway(beside: Rooms) -> FakeGateway:
    return join(beside)[1]


def says(customer: Customer) -> list[str]:
    return [m["text"] for m in customer.messages if m["author"] == "customer"]


async def secrets_of(rooms: Rooms, talk: str) -> list[dict[str, str]]:
    """The tokens that this conversation's turns have been given."""
    found = [row for row in await rows(rooms, store.turns) if row.conversation_id == talk]
    return [row.choice["slots"] for row in found if row.choice and row.choice["intent"] == "secret"]


async def test_a_code_goes_all_the_way_and_is_kept_nowhere(
    front: Any, arrive: Any, beside: Rooms, gateway: FakeGateway
) -> None:
    customer = await arrive(front)
    await begin(beside, customer.id, claim=str(uuid.uuid4()))
    code = gateway.code
    assert (await customer.send(text=f"验证码是 {code[:3]} {code[3:]}")).status_code == 202
    await customer.read()
    assert says(customer) == ["[secret]"]
    assert [m for m in customer.messages if m["kind"] == "notice"] == []
    assert found_in(front, code, f"验证码是 {code[:3]} {code[3:]}") == []
    (slots,) = await secrets_of(beside, customer.id)
    outcome = await beside.verification.take_code(
        customer.id, ACT, slots["secret_token"], str(uuid.uuid4())
    )
    assert outcome.result == "verified"
    assert found_in(front, code, code) == []


async def test_a_code_from_the_secure_field_over_the_socket_is_kept_nowhere(
    front: Any, arrive: Any, beside: Rooms, gateway: FakeGateway
) -> None:
    customer = await arrive(front)
    await begin(beside, customer.id, customer_id=f"c-{uuid.uuid4()}", card_id=str(uuid.uuid4()))
    async with line_of(customer) as line:
        await line.send(type="message", client_id=str(uuid.uuid4()), fields={"code": "730614"})
        await line.until("ack")
    await customer.read()
    (message,) = [m for m in customer.messages if m["author"] == "customer"]
    assert (message["kind"], message["text"]) == ("form", "[secret]")
    assert found_in(front, "730614", "730614") == []


@pytest.mark.parametrize("typed", [LAST_SIX, ID_NUMBER])
async def test_id_characters_are_kept_nowhere(
    front: Any, arrive: Any, beside: Rooms, gateway: FakeGateway, typed: str
) -> None:
    customer = await arrive(front)
    await begin(beside, customer.id, full=True)
    assert (await customer.send(text=f"身份证{typed}")).status_code == 202
    await customer.read()
    assert says(customer) == ["[secret]"]
    assert found_in(front, typed, f"身份证{typed}") == []


async def test_a_card_that_is_awaited_is_shown_by_its_mask_and_kept_nowhere(
    front: Any, arrive: Any, beside: Rooms
) -> None:
    customer = await arrive(front)
    async with beside.database.write() as connection:
        await store.set_context(connection, await store.lock(connection, customer.id), awaits="card")
    await customer.send(text=f"卡号{CARD}")
    await customer.read()
    assert says(customer) == ["卡号621700*********7267"]
    (slots,) = await secrets_of(beside, customer.id)
    assert slots["secret_kind"] == "card"
    assert await beside.verification.vault.redeem(customer.id, slots["secret_token"], "card") == CARD
    assert found_in(front, CARD, CARD) == []


async def test_a_refused_secure_field_is_not_logged(
    front: Any, arrive: Any, beside: Rooms, gateway: FakeGateway
) -> None:
    customer = await arrive(front)
    reply = await customer.send(fields={"code": "815274"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "form_closed")
    assert found_in(front, "815274", "815274") == []


# ---- signed customers


async def open_with(url: str, token: Any, language: str = "zh") -> httpx.Response:
    async with httpx.AsyncClient(base_url=url) as http:
        body = {"language": language, "customer_token": token}
        return await http.post("/chat/conversations", json=body)


async def test_a_customer_token_opens_a_signed_conversation(front: Any, beside: Rooms) -> None:
    token = development_token(front.settings, SystemClock(), "c-lin")
    reply = await open_with(front.chat_url, token)
    assert reply.status_code == 201
    talk = reply.json()["conversation_id"]
    found, messages = await beside.conversations.read(talk, 0)
    assert found.customer_id == "c-lin"
    assert "lin" not in messages[0].text.lower()
    assert found_in(front, token, token) == []


async def test_without_a_token_nobody_is_signed_in(front: Any, arrive: Any, beside: Rooms) -> None:
    customer = await arrive(front)
    assert (await beside.conversations.read(customer.id, 0))[0].customer_id is None


@pytest.mark.parametrize(("language", "words"), [("zh", "手机银行"), ("en", "from the app")])
async def test_a_bad_token_is_refused_in_the_callers_language(front: Any, language: str, words: str) -> None:
    before = await open_count(front)
    reply = await open_with(front.chat_url, "not.a.token", language)
    assert reply.status_code == 403
    error = reply.json()["error"]
    assert (error["code"], error["field"]) == ("bad_customer_token", "customer_token")
    assert words in error["message"]
    assert await open_count(front) == before


async def test_a_token_of_the_wrong_type_is_refused(front: Any) -> None:
    for token in (7, ["x"], {"a": 1}):
        assert (await open_with(front.chat_url, token)).status_code == 400


async def test_a_token_serves_once(front: Any) -> None:
    token = development_token(front.settings, SystemClock(), "c-lin")
    assert (await open_with(front.chat_url, token)).status_code == 201
    assert (await open_with(front.chat_url, token)).status_code == 403


async def open_count(front: Any) -> int:
    """How many conversations there are."""
    import sqlite3

    with sqlite3.connect(Path(front.var) / "qiantai.db") as connection:
        return int(connection.execute("select count(*) from conversations").fetchone()[0])
