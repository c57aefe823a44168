"""The download of one's data over the chat's own API: its door, its headers, its words."""

import pytest

from bot import wiring
from bot.conversation import store
from tests.support.refusals import refused

pytestmark = pytest.mark.slow


@pytest.fixture
async def ours(front):
    """The product's rooms, beside it."""
    rooms = wiring.rooms(front.settings.model_copy(update={"redis_url": front.redis_url}))
    yield rooms
    await rooms.close()


async def allow(ours, customer) -> None:
    async with ours.database.write() as connection:
        conversation = await store.lock(connection, customer.id)
        await ours.people_data.allow_export(connection, conversation, turn_id=f"turn-of-{customer.id}"[:36])


async def download(customer, path: str = ""):
    return await customer.http.get(f"{path or customer.path}/my-data")


async def test_a_copy_that_was_allowed_comes_as_a_file_that_nobody_keeps(front, arrive, ours):
    customer = await arrive(front)
    await allow(ours, customer)
    reply = await download(customer)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["content-disposition"].startswith('attachment; filename="my-data-20')
    assert reply.json()["conversations"] == [customer.id]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_without_being_allowed_there_is_none_and_the_way_to_it_is_told(front, arrive, language):
    customer = await arrive(front, language)
    refused(await download(customer), 403, "export_not_open", language)


async def test_the_second_download_is_refused(front, arrive, ours):
    customer = await arrive(front)
    await allow(ours, customer)
    assert (await download(customer)).status_code == 200
    refused(await download(customer), 403, "export_not_open")


async def test_another_conversations_token_opens_nothing_and_uses_nothing_up(front, arrive, ours):
    customer, other = await arrive(front), await arrive(front)
    await allow(ours, customer)
    refused(await download(other, customer.path), 403, "forbidden")
    assert (await download(customer)).status_code == 200


async def test_without_a_token_there_is_nothing(front, arrive, ours):
    customer = await arrive(front)
    await allow(ours, customer)
    reply = await customer.http.get(f"{customer.path}/my-data", headers={"authorization": ""})
    assert reply.status_code == 401
