"""What a customer in the line is told: position, an honest range, hours."""

from typing import Any

import pytest

from bot.conversation.ports import QueuePlace
from bot.conversation.words import queue_words


def say(key: str, _language: str, /, **args: Any) -> str:
    """The key and what goes into its text."""
    return " ".join([key, *(f"{name}={value}" for name, value in sorted(args.items()))])


def place(
    low_s: int | None = 120, high_s: int | None = 300, *, online: int = 1, open_now: bool = True
) -> str:
    return queue_words(say, QueuePlace(3, low_s, high_s, online, open_now), "zh")


def test_a_customer_hears_position_and_range() -> None:
    assert place() == "queue_joined_range high=5 low=2 position=3"


@pytest.mark.parametrize(
    ("low_s", "high_s", "said"),
    [(0, 60, (1, 2)), (89, 90, (1, 2)), (90, 121, (2, 3)), (600, 900, (10, 15))],
)
def test_minutes_are_never_nought_and_the_longer_end_is_never_cut(
    low_s: int, high_s: int, said: tuple[int, int]
) -> None:
    assert place(low_s, high_s) == f"queue_joined_range high={said[1]} low={said[0]} position=3"


def test_without_a_guess_only_the_position_is_told() -> None:
    assert place(None, None) == "queue_joined_unknown position=3"


def test_nobody_there_in_hours_promises_no_time() -> None:
    assert place(online=0) == "queue_nobody_online"


def test_nobody_there_out_of_hours_names_the_hours() -> None:
    assert place(online=0, open_now=False) == "queue_closed_hours"


def test_whoever_is_there_out_of_hours_still_serves() -> None:
    assert place(open_now=False).startswith("queue_joined_range")
