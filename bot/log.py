"""Logs: one JSON object a line, UTC, no customer's words (S19)."""

import logging
import sys
import traceback
from collections.abc import Iterator
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor


def configure() -> None:
    """Set the log of this process up, for libraries too."""
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_shape(), _render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(handlers=[for_libraries(sys.stderr)], level=logging.WARNING, force=True)


def for_libraries(stream: TextIO) -> logging.Handler:
    """Writes what libraries log in the shape of our own lines."""
    handler = logging.StreamHandler(stream)
    named: list[Processor] = [structlog.stdlib.add_logger_name, first_line]
    only_ours = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*named, *_shape()], processors=[only_ours, _render]
        )
    )
    return handler


def _shape() -> list[Processor]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        trace_without_words,
    ]


_render = structlog.processors.JSONRenderer(ensure_ascii=False)


def first_line(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """What a library says, without the objects that it prints below: they may hold a customer's words."""
    event["event"] = str(event["event"]).partition("\n")[0]
    return event


def trace_without_words(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Where it broke and what kind of error it was; its text may quote a customer, so it is left out."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    if isinstance(given, tuple):
        given = given[1]
    if isinstance(given, BaseException):
        event["exception"] = [line for one in _causes(given) for line in _places(one)]
    return event


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, the last first."""
    cause: BaseException | None = error
    while cause:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _places(error: BaseException) -> Iterator[str]:
    yield type(error).__name__
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} {frame.name}"
