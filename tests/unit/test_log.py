"""The log says where something broke, and never quotes a customer."""

import io
import json
import logging

import pytest

from bot.log import for_libraries, trace_without_words

CARD = "6228480402564890018"


def test_an_error_is_logged_with_kind_and_place_but_without_its_words():
    try:
        int(CARD + "x")
    except ValueError:
        line = trace_without_words(None, "error", {"event": "broke", "exc_info": True})
    assert line["exception"][0] == "ValueError"
    assert "test_log.py" in line["exception"][1]
    assert CARD not in str(line)


def test_the_cause_of_an_error_is_named_too_and_not_quoted():
    try:
        try:
            {}[CARD]
        except KeyError as exc:
            raise RuntimeError(f"no {CARD}") from exc
    except RuntimeError as exc:
        line = trace_without_words(None, "error", {"event": "broke", "exc_info": exc})
    assert [text for text in line["exception"] if not text.startswith(" ")] == ["RuntimeError", "KeyError"]
    assert CARD not in str(line)


def test_a_line_without_an_error_stays_as_it_is():
    line = {"event": "turn_done", "turn": "t1"}
    assert trace_without_words(None, "info", dict(line)) == line


@pytest.fixture
def library():
    """A library's logger, and what of it is in our log, line by line."""
    logger, written = logging.getLogger("a.library"), io.StringIO()
    handler = for_libraries(written)
    logger.addHandler(handler)
    yield logger, lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logger.removeHandler(handler)


def test_a_library_is_logged_as_one_object_without_the_objects_it_prints(library):
    logger, lines = library
    logger.error("Task was destroyed but it is %s!\ntask: <%s>", "pending", CARD)
    [line] = lines()
    assert (line["event"], line["logger"]) == ("Task was destroyed but it is pending!", "a.library")
    assert CARD not in str(line)


def test_an_error_inside_a_library_is_not_quoted(library):
    logger, lines = library
    try:
        int(CARD + "x")
    except ValueError:
        logger.exception("it broke")
    [line] = lines()
    assert (line["event"], line["exception"][0]) == ("it broke", "ValueError")
    assert CARD not in str(line)
