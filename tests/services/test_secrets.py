"""Card, ID and mobile numbers, codes and passwords leave no trace: not in the record, not in
Redis, not in a log, however they are written and whoever owns the conversation."""

import uuid
from collections.abc import Iterator

import pytest

from tests.support.lines import wait_for_a_person
from tests.support.secrets import forms, found_in, holds, in_groups, traces
from tests.support.sockets import line_of

pytestmark = pytest.mark.slow

CARD = "6217005830094177267"
CREDIT_CARD = "4539578123406610"
ID_NUMBER = "330104198706294711"
PHONE = "18857193046"
CODE = "730614"
PASSWORD = "Vk7qzM2x"
PIN = "590372"

def texts() -> Iterator[tuple[str, str, str]]:
    """(name, secret, text as it is sent)."""
    for name, digits in (
        ("card", CARD), ("credit_card", CREDIT_CARD), ("id_number", ID_NUMBER), ("phone", PHONE)
    ):
        for form, written in forms(digits).items():
            yield f"{name}_{form}", digits, f"我的号码是{written}，请帮我查"
    for form, written in forms(CODE).items():
        yield f"code_{form}", CODE, f"验证码是{written}"
        yield f"bare_code_{form}", CODE, written
    for form, written in forms(PIN).items():
        yield f"pin_{form}", PIN, f"取款密码是{written}"
    for words in ("密码是{}", "密码：{}", "登录密码{}", "password: {}", "my password is {}", "pwd={}",
                  "口令 {} 登不上", "PASSWORD IS {}"):
        yield f"password_{words}", PASSWORD, words.format(PASSWORD)
    yield "card_in_english", CARD, f"my card number is {CARD}, please block it"
    yield "card_between_words", CARD, f"卡{CARD}丢了怎么办"
    yield "card_twice", CARD, f"{CARD} {CARD}"
    yield "card_in_a_link", CARD, f"https://bank.example/?card={CARD}"
    yield "card_in_json", CARD, f'{{"card":"{CARD}"}}'
    yield "card_in_a_command", CARD, f'/inform{{"card":"{CARD}"}}'
    yield "phone_with_country_code", PHONE, f"+86 {PHONE}"


TEXTS = [pytest.param(secret, text, id=name) for name, secret, text in texts()]


@pytest.fixture(params=["front", pytest.param("live", marks=pytest.mark.slow)])
def product(request):
    """With and without the assistant."""
    return request.getfixturevalue(request.param)


def test_the_search_knows_every_form():
    for name, secret, text in texts():
        content = f"before {text} after".encode()
        assert any(holds(content, trace) for trace in traces(secret, text)), name


async def test_the_search_finds_what_may_be_kept(product, arrive):
    customer = await arrive(product)
    await customer.send(text="青石巷 1742 号")
    await customer.ask("谢谢")
    assert found_in(product, "青石巷 1742 号", "青石巷 1742 号")


@pytest.mark.parametrize(("secret", "text"), TEXTS)
async def test_a_secret_sent_to_the_assistant_is_kept_nowhere(product, arrive, secret, text):
    customer = await arrive(product)
    assert (await customer.send(text=text)).status_code == 202
    await customer.ask("谢谢")
    assert found_in(product, secret, text) == []


@pytest.mark.parametrize(("secret", "text"), TEXTS[:: len(TEXTS) // 12])
async def test_a_secret_sent_over_the_socket_is_kept_nowhere(product, arrive, secret, text):
    customer = await arrive(product)
    async with line_of(customer) as line:
        await line.say(text)
        await line.until("ack")
    await customer.ask("谢谢")
    assert found_in(product, secret, text) == []


@pytest.mark.parametrize(
    ("secret", "parts"),
    [
        pytest.param(CARD, (CARD[:8], CARD[8:]), id="card_over_two"),
        pytest.param(CARD, tuple(in_groups(CARD, " ").split()), id="card_in_groups"),
        pytest.param(ID_NUMBER, (ID_NUMBER[:10], ID_NUMBER[10:]), id="id_number_over_two"),
        pytest.param(PHONE, (PHONE[:3], PHONE[3:7], PHONE[7:]), id="phone_over_three"),
        pytest.param(CODE, ("验证码是", CODE), id="code_after_its_name"),
        pytest.param(PASSWORD, ("我的密码是", PASSWORD), id="password_after_its_name"),
    ],
)
async def test_a_secret_sent_in_pieces_is_kept_nowhere(front, arrive, secret, parts):
    customer = await arrive(front)
    for part in parts:
        assert (await customer.send(text=part)).status_code == 202
    await customer.read()
    kept = "".join(m["text"] for m in customer.messages if m["author"] == "customer")
    assert secret not in kept
    assert found_in(front, secret, "".join(parts)) == []


async def test_an_agent_sees_only_the_mask(front, arrive, agent):
    customer, desk = await arrive(front), await agent(front)
    await wait_for_a_person(customer)
    await desk.claim(customer.id)
    await customer.send(text=f"卡号{CARD}，手机{PHONE}，密码是{PASSWORD}")
    seen = (await desk.get(f"/desk/conversations/{customer.id}")).json()["messages"]
    said = [message["text"] for message in seen if message["author"] == "customer"]
    assert said[-1] == "卡号621700*********7267，手机188****3046，密码是[secret]"
    assert found_in(front, CARD, CARD) + found_in(front, PASSWORD, PASSWORD) == []


async def test_a_secret_in_a_rating_is_kept_nowhere(front, arrive):
    customer = await arrive(front)
    comment = f"卡号{CARD}，验证码是{CODE}"
    reply = await customer.http.post(
        f"{customer.path}/rating", json={"score": 5, "comment": comment}
    )
    assert reply.status_code == 200
    assert found_in(front, CARD, comment) + found_in(front, CODE, comment) == []


async def test_the_fields_of_a_form_are_kept_encrypted(front, arrive):
    customer = await arrive(front)
    await customer.ask("随便说说")
    await customer.choose("登记")
    matter = "想问 4417 号楼的贷款"
    fields = {"name": "欧阳银杏", "phone": PHONE, "matter": matter, "consent": True}
    reply = await customer.send(client_id=str(uuid.uuid4()), fields=fields)
    assert reply.status_code == 202, reply.text
    for value in (PHONE, "欧阳银杏", matter):
        assert found_in(front, value, value) == []


@pytest.mark.parametrize("secret", [CARD, PASSWORD])
async def test_a_secret_where_it_does_not_belong_is_not_logged(front, arrive, secret):
    customer = await arrive(front)
    await customer.http.get(f"/chat/conversations/{secret}/messages", params={"after": secret})
    await customer.http.post(f"/chat/{secret}", json={"x": secret})
    await customer.http.post(f"{customer.path}/messages", content=f"{secret} {{".encode())
    await customer.send(choice=secret)
    await customer.send(fields={"phone": secret})
    await customer.send(client_id=secret, text="x")
    assert found_in(front, secret, secret) == []


async def test_what_people_sign_in_with_is_kept_nowhere(front, agent):
    desk = await agent(front)
    assert (await desk.sign_in(password="Zq4wVd81nT")).status_code == 401
    for secret in ("Zq4wVd81nT", desk.password, desk.seed, desk.http.cookies["desk"]):
        assert found_in(front, secret, secret) == []
