"""F03: without the brain a request is taken down by hand: consent first, encrypted, once, with a reference."""

import json
import re
import uuid

import orjson
import pytest
from redis import Redis

from bot.records.cipher import cipher_of
from tests.support.history import said_by, whole
from tests.support.refusals import refused, rows
from tests.support.words import WORDS

FIELDS = {"name": "欧阳小禾", "phone": "13987654321", "matter": "想补打去年的对账单", "consent": True}


async def open_form(product, arrive, language="zh"):
    """A customer before the form that the degraded answer offers."""
    customer = await arrive(product, language)
    await customer.ask({"zh": "我想办点事", "en": "something to be done"}[language])
    heard = await customer.choose(WORDS.say("choice_take_down", language))
    assert heard[-1]["kind"] == "form"
    return customer, heard[-1]["form"]


def kept(product, customer, table):
    return rows(product, f"select count(*) from {table} where conversation_id = ?", customer.id)[0][0]  # noqa: S608


def everything_stored(product):
    """Every byte of the data folder and of Redis."""
    with Redis.from_url(product.redis_url) as redis:
        in_redis = b"".join(redis.dump(key) or b"" for key in redis.scan_iter())
    files = [path for path in product.var.rglob("*") if path.is_file()]
    return in_redis + b"".join(path.read_bytes() for path in files)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_F03_the_form_asks_for_consent_that_is_not_given_beforehand(front, arrive, language):
    _customer, form = await open_form(front, arrive, language)
    assert [field["name"] for field in form["fields"]] == ["name", "phone", "matter", "consent"]
    consent = form["fields"][-1]
    assert (consent["type"], consent["required"], consent.get("value")) == ("checkbox", True, None)
    assert not any("{" in field["label"] for field in form["fields"])


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_F03_a_request_gets_a_reference_and_a_time(front, arrive, language):
    customer, _form = await open_form(front, arrive, language)
    assert (await customer.send(fields=FIELDS)).status_code == 202
    confirmation = await customer.until("system")
    reference = re.search(r"R\d{8}-\d{4}", confirmation["text"]).group()
    [(conversation_id, state)] = rows(
        front, "select conversation_id, state from tickets where reference = ?", reference
    )
    assert (conversation_id, state) == (customer.id, "open")


async def test_F03_the_consent_is_logged_with_purpose_version_language_and_channel(front, arrive):
    customer, _form = await open_form(front, arrive)
    await customer.send(fields=FIELDS)
    logged = rows(
        front,
        "select c.purpose, c.language, c.channel, c.decision, c.version != '' from consents c "
        "join tickets t on t.consent_id = c.id where t.conversation_id = ?",
        customer.id,
    )
    assert logged == [("manual_request", "zh", "web", "given", 1)]


async def test_F03_what_a_customer_wrote_is_nowhere_to_be_read(front, arrive):
    customer, _form = await open_form(front, arrive)
    await customer.send(fields=FIELDS)
    assert kept(front, customer, "tickets") == 1
    stored = everything_stored(front)
    for name in ("name", "phone", "matter"):
        plain = FIELDS[name]
        assert plain.encode() not in stored
        assert json.dumps(plain).strip('"').encode() not in stored  # nor with \\u escapes
    assert said_by("customer", await whole(customer))[-1] == WORDS.say("form_sent", "zh")


async def test_F03_the_banks_key_opens_the_request(front, arrive):
    customer, _form = await open_form(front, arrive)
    await customer.send(fields=FIELDS)
    [(reference, sealed)] = rows(
        front, "select reference, fields from tickets where conversation_id = ?", customer.id
    )
    opened = orjson.loads(cipher_of(front.settings).decrypt(sealed, reference))
    assert opened == {name: FIELDS[name] for name in ("name", "phone", "matter")}


async def test_F03_a_password_in_the_matter_is_not_kept(front, arrive):
    customer, _form = await open_form(front, arrive)
    matter = "登录不了，我的登录密码是 Hunter2024"
    await customer.send(fields={**FIELDS, "matter": matter})
    [(reference, sealed)] = rows(
        front, "select reference, fields from tickets where conversation_id = ?", customer.id
    )
    assert "Hunter2024" not in cipher_of(front.settings).decrypt(sealed, reference)


@pytest.mark.parametrize("consent", [False, None, "true", 1])
async def test_F03_without_consent_nothing_is_kept(front, arrive, consent):
    customer, _form = await open_form(front, arrive)
    before = await whole(customer)
    refused(
        await customer.send(fields={**FIELDS, "consent": consent}), 400, "consent_needed",
        field="consent",
    )
    assert await whole(customer) == before
    assert (kept(front, customer, "tickets"), kept(front, customer, "consents")) == (0, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("name", "x" * 41), ("phone", "12345"), ("phone", ["13987654321"]), ("matter", None)],
)
async def test_F03_a_wrong_field_is_named_and_nothing_is_kept(front, arrive, field, value):
    customer, _form = await open_form(front, arrive)
    refused(await customer.send(fields={**FIELDS, field: value}), 400, "form_field", field=field)
    assert (kept(front, customer, "tickets"), kept(front, customer, "consents")) == (0, 0)


async def test_F03_a_form_sent_twice_is_one_request(front, arrive):
    customer, _form = await open_form(front, arrive)
    client_id = str(uuid.uuid4())
    replies = [await customer.send(client_id=client_id, fields=FIELDS) for _ in range(3)]
    assert len({reply.json()["seq"] for reply in replies}) == 1
    assert kept(front, customer, "tickets") == 1


async def test_F03_a_form_that_was_sent_is_closed(front, arrive):
    customer, _form = await open_form(front, arrive)
    await customer.send(fields=FIELDS)
    refused(await customer.send(fields=FIELDS), 409, "form_closed", field="fields")
    assert kept(front, customer, "tickets") == 1
