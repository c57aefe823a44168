"""Samples in few numbers: the median, and how far the others lie from it."""

from collections.abc import Iterable
from typing import Any

#: A figure as the measures return it: `spread`, or one plain number.
Figure = dict[str, Any] | float | int


def spread(values: Iterable[float]) -> dict[str, Any]:
    """Median, quartiles, 95th percentile and both ends, in the unit of the values.

    Raises:
        ValueError: nothing was measured.
    """
    found = sorted(values)
    if not found:
        raise ValueError("nothing was measured")
    return {
        "n": len(found),
        "median": quantile(found, 0.5), "p25": quantile(found, 0.25), "p75": quantile(found, 0.75),
        "p95": quantile(found, 0.95), "low": found[0], "high": found[-1],
    }


def quantile(found: list[float], share: float) -> float:
    """The value below which this share of the sorted values lies, between two of them where it falls there."""
    place = (len(found) - 1) * share
    below = int(place)
    above = min(below + 1, len(found) - 1)
    return found[below] + (found[above] - found[below]) * (place - below)


def middle(figure: Figure) -> float:
    """The one number that stands for it."""
    return float(figure["median"]) if isinstance(figure, dict) else float(figure)
