"""F05: the brain stays up without a usable model, says what is wrong, and takes one as soon as it is there."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.history import until
from tests.support.product import ROOT, Product, wait_until
from tests.support.words import WORDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

QUESTION = "信用卡年费多少钱"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the brain looks into."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Product]:
    """A chat whose brain has not been started."""
    product = Product(
        tmp_path_factory.mktemp("model"), ("redis", "chat"), QIANTAI_MODEL=str(models)
    )
    try:
        product.begin()
        yield product
    finally:
        product.end()


@pytest.fixture(autouse=True)
def no_brain(product: Product, models: Path) -> Iterator[None]:
    """Every test starts the brain itself, on an empty folder."""
    yield
    product.kill("brain")
    for path in models.iterdir():
        path.unlink()


def good() -> Path:
    return max((ROOT / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)


def put(source: Path, target: Path) -> None:
    """Whole at once, as training does it."""
    beside = target.with_suffix(".part")
    shutil.copyfile(source, beside)
    beside.rename(target)


def damage(target: Path) -> None:
    """The first half of a model, as an interrupted copy leaves it."""
    whole = good().read_bytes()
    target.write_bytes(whole[: len(whole) // 2])


def ready(product: Product) -> tuple[int, dict[str, Any]]:
    """What the brain says of itself."""
    try:
        reply = httpx.get(f"{product.settings.brain_url}/health/ready", timeout=5)
    except httpx.HTTPError:
        return 0, {}
    return reply.status_code, reply.json()


def says(product: Product, words: str) -> None:
    """Wait until the brain gives this as the reason why it is not ready."""
    wait_until(lambda: words in ready(product)[1].get("error", {}).get("message", ""), 120)


def serves(product: Product) -> None:
    wait_until(lambda: ready(product)[0] == 200, 120)
    wait_until(lambda: product.health(product.chat_url).get("brain", False))


async def test_F05_a_brain_without_a_model_says_so(product):
    product.start("brain")
    says(product, "no model")
    assert ready(product)[0] == 503


async def test_F05_without_a_model_the_chat_answers_by_its_own_means(product, arrive):
    product.start("brain")
    says(product, "no model")
    heard = await (await arrive(product)).ask(QUESTION)
    assert heard[-1]["text"] == WORDS.say("degraded_with_topics", "zh")
    assert WORDS.title("card_annual_fee", "zh") in [c["title"] for c in heard[-1]["choices"]]


async def test_F05_a_model_that_appears_is_taken_without_a_restart(product, models, arrive):
    product.start("brain")
    says(product, "no model")
    put(good(), models / "one.tar.gz")
    serves(product)
    answer = await (await arrive(product)).ask(QUESTION)
    assert answer[0]["topic"] == "card_annual_fee"


async def test_F05_a_damaged_model_is_named(product, models):
    damage(models / "broken.tar.gz")
    product.start("brain")
    says(product, "broken.tar.gz can not be loaded")
    assert ready(product)[0] == 503


async def test_F05_a_damaged_model_that_is_replaced_is_taken_without_a_restart(product, models):
    damage(models / "one.tar.gz")
    product.start("brain")
    says(product, "one.tar.gz can not be loaded")
    put(good(), models / "one.tar.gz")
    serves(product)
    assert ready(product)[1]["ready"] is True


async def test_F05_the_older_model_serves_when_the_newest_is_damaged(product, models, arrive):
    put(good(), models / "20260101-000000.tar.gz")
    damage(models / "20260102-000000.tar.gz")
    product.start("brain")
    serves(product)
    answer = await (await arrive(product)).ask(QUESTION)
    assert answer[0]["topic"] == "card_annual_fee"
    await until(lambda: "20260102-000000.tar.gz can not be loaded" in product.log("brain"))
