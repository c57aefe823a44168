"""The second process that learns. Nothing heavy is imported here, so that it can be started first of all."""

from __future__ import annotations

import gc
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context

from bot.brain import stand_in


@lru_cache(maxsize=1)
def other_process() -> Executor:
    """A second process to learn with; it gets ready as soon as this is first called, and ends with this one."""
    other = ProcessPoolExecutor(1, get_context("spawn"), initializer=stand_in.install)
    other.submit(_get_ready)
    return other


def _get_ready() -> None:
    """Import what learning needs, and read the words."""
    gc.disable()  # as in `bot.brain.train`
    import sklearn.svm  # noqa: F401

    from bot.brain.nlu import topics  # noqa: F401
    from bot.brain.nlu.tokenizer import cutter

    cutter()
