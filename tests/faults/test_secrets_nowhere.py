"""Two hundred secrets, let slip in every state of a conversation, are found in no store of the product (L12, L13)."""

import asyncio
import base64
import json
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from bot import wiring
from bot.wiring_records import record_tools
from tests.support.people import Customer
from tests.support.planting import Garden
from tests.support.product import Product
from tests.support.secrets import Net, forms, stored

MARKER = f"青石巷 1742 号 {uuid.uuid4().hex}"
#: What a place is called here, and what is in its name.
KINDS = {"record": "qiantai.db", "redis": "redis b", "append-only file": ".aof"}
CODE, CARD, PASSWORD = "730614", "6217005830094177267", "Vk7qzM2x"


@pytest.fixture
async def beside(product: Product) -> AsyncIterator[wiring.Rooms]:
    """The rooms of the same record."""
    rooms = wiring.rooms(product.settings.model_copy(update={"redis_url": product.redis_url}))
    yield rooms
    await rooms.close()


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_secrets_are_found_nowhere(
    product: Product, arrive: Any, agent: Any, beside: wiring.Rooms, tmp_path: Path
) -> None:
    garden = Garden(product, arrive, beside)
    marked = await arrive(product)
    desk = await agent(product)
    await asyncio.gather(
        marked.ask(MARKER), garden.when_nothing_is_asked(), garden.in_pieces(), garden.while_a_code_is_awaited(),
        garden.in_the_field_for_a_code(), garden.while_id_characters_are_awaited(), garden.in_a_complaint(),
        garden.in_a_call_back(), garden.in_feedback(), garden.with_a_person(desk), garden.in_a_request_by_hand(),
    )
    assert len(set(garden.secrets)) >= 200
    found = await asyncio.to_thread(caught, product, [*garden.secrets, MARKER])
    marked_in = {where for where, what in found.items() if MARKER in what}
    assert marked_in >= {"record", "redis", "append-only file"}  # the search can find what is there
    assert {where: what - {MARKER} for where, what in found.items() if what - {MARKER}} == {}
    copies = await copied(product, beside, [*garden.customers, marked], tmp_path)
    expected = {MARKER, *garden.given}  # in the customer's own copy, as they gave it
    assert Net([*garden.secrets, MARKER]).catch(copies["export"]) <= expected
    assert Net([MARKER]).catch(copies["export"]) == {MARKER}
    assert Net([*garden.secrets, MARKER]).catch(copies["backup"]) == set()


def caught(product: Product, secrets: list[str]) -> dict[str, set[str]]:
    """What can be found, by where: the record, Redis, its file, or the name of another one."""
    net, found = Net(secrets), defaultdict(set)
    for name, content in stored(product):
        found[next((kind for kind, begin in KINDS.items() if begin in name), name)] |= net.catch(content)
    return found


async def copied(
    product: Product, rooms: wiring.Rooms, customers: list[Customer], folder: Path
) -> dict[str, bytes]:
    """A fresh backup, and every customer's own copy."""
    documents = [orjson.dumps(await rooms.people_data.export(customer.id)) for customer in customers]
    tools = record_tools(product.settings)
    await tools.backups.back_up(folder / "one.backup")
    await tools.database.close()
    backup = await asyncio.to_thread((folder / "one.backup").read_bytes)
    return {"export": b"\n".join(documents), "backup": backup}


@pytest.mark.parametrize("secret", [CODE, CARD, "33010419870629471X"])
def test_the_net_catches_a_number_in_every_form(secret: str) -> None:
    net = Net([secret])
    for name, written in forms(secret).items():
        missed = [
            encoded for encoded in encodings(f"号码是 {written}，谢谢") if net.catch(encoded.encode()) != {secret}
        ]
        assert missed == [], name


def test_the_net_catches_a_password_in_every_encoding() -> None:
    assert [one for one in encodings(f"密码是{PASSWORD}") if Net([PASSWORD]).catch(one.encode()) != {PASSWORD}] == []


@pytest.mark.parametrize("text", ["0.730614", "a730614", "7306141", "12:00:00.730614Z", "f-730614", "73061"])
def test_the_net_lets_pass_what_only_looks_like_a_code(text: str) -> None:
    assert Net([CODE]).catch(text.encode()) == set()


def encodings(text: str) -> list[str]:
    """As it is, in a URL, escaped in JSON, in base64."""
    return [text, quote(text), json.dumps(text), base64.b64encode(text.encode()).decode()]
