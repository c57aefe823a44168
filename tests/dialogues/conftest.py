"""Customers of the whole product, and a patient chat process beside it."""

from collections.abc import Iterator

import pytest

from tests.support.product import Product


@pytest.fixture(scope="module")
def patient(live: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A second chat process on the same record and brain, which waits long for another word."""
    environ = {
        "QIANTAI_VAR": str(live.var), "REDIS_URL": live.redis_url, "QIANTAI_QUIET_S": "2",
        "QIANTAI_BRAIN_PORT": live.environ["QIANTAI_BRAIN_PORT"],
    }
    product = Product(tmp_path_factory.mktemp("patient"), ("chat",), **environ)
    try:
        (product.var / "log").mkdir(exist_ok=True)
        product.start("chat")
        product.wait_until_ready()
        yield product
    finally:
        product.end()
