"""F28: fifty agents reach for the same customers at once; each customer has exactly one of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest

from bot import wiring
from tests.support.history import said_by, whole
from tests.support.people import Desk
from tests.support.product import FRONT, Product
from tests.support.refusals import refused
from tests.support.words import WORDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

AGENTS = 50
WAITING = 20


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def product(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A front on each of the two databases."""
    environ = {}
    if request.param == "postgres":
        environ["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    product = Product(tmp_path_factory.mktemp("claims"), FRONT, **environ)
    try:
        product.begin()
        yield product
    finally:
        product.end()


@pytest.fixture(scope="module")
async def agents(product: Product) -> AsyncIterator[list[Desk]]:
    """Fifty agents who are signed in and online."""
    rooms = wiring.rooms(product.settings.model_copy(update={"redis_url": product.redis_url}))
    desks = [await Desk.enter(product.desk_url, rooms.staff, f"Agent {n}") for n in range(AGENTS)]
    yield desks
    for desk in desks:
        await desk.leave()
    await rooms.database.close()
    await rooms.redis.aclose()


async def queue_up(product, arrive, count):
    """Customers who wait for a person."""
    waiting = []
    for _ in range(count):
        customer = await arrive(product)
        await customer.ask("你好")
        await customer.choose(WORDS.say("choice_person", "zh"))
        await customer.until_owner("queue")
        waiting.append(customer)
    return waiting


async def has_one_agent(customer):
    """The number of the only agent who has greeted this customer."""
    messages = await whole(customer)
    badges = [m["agent"]["number"] for m in messages if m.get("agent")]
    joined, greeted = badges  # the notice and the first words, once each
    assert joined == greeted
    assert len(said_by("agent", messages)) == 1
    return greeted


async def test_F28_of_fifty_claims_of_one_customer_one_wins(product, arrive, agents):
    [customer] = await queue_up(product, arrive, 1)
    path = f"/desk/conversations/{customer.id}/claim"
    replies = await asyncio.gather(*(desk.post(path) for desk in agents))
    assert Counter(reply.status_code for reply in replies) == {200: 1, 409: AGENTS - 1}
    for desk, reply in zip(agents, replies, strict=True):
        if reply.status_code == 200:
            assert await has_one_agent(customer) == desk.me["number"]
        else:
            refused(reply, 409, "already_taken", state="assigned")


async def test_F28_fifty_agents_who_take_the_next_one_at_once_empty_the_line(product, arrive, agents):
    waiting = await queue_up(product, arrive, WAITING)
    replies = await asyncio.gather(*(desk.post("/desk/queue/next") for desk in agents))
    assert Counter(reply.status_code for reply in replies) == {200: WAITING, 409: AGENTS - WAITING}
    won = {
        reply.json()["conversation_id"]: desk.me["number"]
        for desk, reply in zip(agents, replies, strict=True)
        if reply.status_code == 200
    }
    assert won == {customer.id: await has_one_agent(customer) for customer in waiting}


async def test_F28_claims_by_hand_and_from_the_top_at_once_give_each_customer_one_agent(
    product, arrive, agents
):
    waiting = await queue_up(product, arrive, WAITING)
    calls = [
        desk.post("/desk/queue/next") if n % 2 else
        desk.post(f"/desk/conversations/{waiting[n % WAITING].id}/claim")
        for n, desk in enumerate(agents)
    ]
    replies = await asyncio.gather(*calls)
    won = [reply.json()["conversation_id"] for reply in replies if reply.status_code == 200]
    assert {reply.status_code for reply in replies} <= {200, 409}
    assert len(won) == len(set(won))
    for customer in waiting:
        if customer.id in won:
            await has_one_agent(customer)
