"""A circuit breaker: nobody waits for a bank that is away (S21).

Three failures in a row open it; for ten seconds every call is refused at once; then one call is
let through as a trial, and its success closes the breaker, its failure opens it again.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from bot.clock import Clock
from bot.errors import RefusedError, UnavailableError

log = structlog.get_logger()

FAILURES_TO_OPEN = 3
#: How long an open breaker lets nobody through, in seconds.
OPEN_S = 10.0


class Breaker:
    """One a dependency and process; `name` is the reason of its refusals."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._failures = 0
        self._open_until_s: float | None = None
        self._on_trial = False

    @property
    def is_open(self) -> bool:
        """Whether calls are refused now."""
        return self._open_until_s is not None

    @contextmanager
    def call(self) -> Iterator[None]:
        """Around one call: an UnavailableError counts as a failure, a refusal by the rules as success.

        Raises:
            UnavailableError: the breaker is open; nothing was called. Says when to come back.
        """
        trial = self._enter()
        try:
            yield
        except RefusedError:
            self._succeeded()
            raise
        except UnavailableError:
            self._failed()
            raise
        else:
            self._succeeded()
        finally:
            if trial:  # a trial that was cancelled has shown nothing; the next call is one
                self._on_trial = False

    def _enter(self) -> bool:
        """Whether this call is the trial."""
        if self._open_until_s is None:
            return False
        wait_s = self._open_until_s - self._clock.monotonic_s()
        if wait_s > 0 or self._on_trial:
            raise UnavailableError(self._name, retry_after_s=max(1, round(wait_s)))
        self._on_trial = True
        return True

    def _succeeded(self) -> None:
        if self._open_until_s is not None:
            log.info("breaker_closed", name=self._name)
        self._failures, self._open_until_s = 0, None

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= FAILURES_TO_OPEN:
            if self._open_until_s is None:
                log.warning("breaker_opened", name=self._name, failures=self._failures)
            self._open_until_s = self._clock.monotonic_s() + OPEN_S
