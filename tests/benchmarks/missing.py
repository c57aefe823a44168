"""What a benchmark stands on and may not find."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


class CannotMeasure(Exception):
    """What is measured is not here; the text says what is missing."""


def shared(name: str) -> Path:
    """A file that lies beside the checkout, for measuring only.

    Raises:
        CannotMeasure: it is not there.
    """
    path = ROOT.parent / "shared" / name
    if not path.exists():
        raise CannotMeasure(f"../shared/{name} is not beside the checkout")
    return path
