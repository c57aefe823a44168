"""How often a property is tried."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings


def thoroughly(test: Callable[..., Any]) -> Callable[..., Any]:
    """Two thousand tries, for what must never happen. They take seconds: not for `--fast`."""
    return pytest.mark.slow(settings(max_examples=2000, deadline=None)(test))
