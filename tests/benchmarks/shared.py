"""Data that are not part of the product and may lie beside the checkout."""

from pathlib import Path

from tests.support.product import SHARED


class Skipped(Exception):
    """This can not be measured here; the text says why."""


def shared(path: str) -> Path:
    """A file of the data for measuring.

    Raises:
        Skipped: it is not there.
    """
    found = SHARED / path
    if not found.exists():
        raise Skipped(f"../shared/{path} is not there")
    return found
