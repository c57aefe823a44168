"""How often a property is tried."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

#: For what must never happen, by any way through a state machine.
THOROUGHLY = 2000
#: For what follows from a machine that is itself tried thoroughly.
OFTEN = 400


def thoroughly(test: Callable[..., Any]) -> Callable[..., Any]:
    """Two thousand tries. They take seconds: not for `--fast`."""
    return pytest.mark.slow(settings(max_examples=THOROUGHLY)(test))


def often(test: Callable[..., Any]) -> Callable[..., Any]:
    """Some hundred tries, which take a second or two: not for `--fast` either."""
    return pytest.mark.slow(settings(max_examples=OFTEN)(test))
