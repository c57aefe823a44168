"""A product of its own for each group of faults, whole again after every test."""

from collections.abc import Iterator

import pytest

from tests.support.product import ALL, Product


@pytest.fixture(scope="module")
def product(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The module's `PROCESSES` (all, when it names none) with its `ENVIRON`."""
    names = getattr(request.module, "PROCESSES", ALL)
    environ = getattr(request.module, "ENVIRON", {})
    product = Product(tmp_path_factory.mktemp("faults"), names, **environ)
    try:
        product.begin()
        yield product
    finally:
        product.end()


@pytest.fixture(autouse=True)
def healed(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test has killed or frozen serves again before the next one."""
    yield
    if "product" in request.fixturenames:
        request.getfixturevalue("product").heal()
