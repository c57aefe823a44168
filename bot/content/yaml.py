"""Reads the words' YAML safely: no objects, aliases or duplicate keys; errors say where (I40).

Parsed by libyaml: every process reads all words when it starts.
"""

from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent

from bot.errors import ContentError

#: A file of words is small; a larger one is a mistake or an attack, in bytes.
MAX_BYTES = 1024 * 1024


def load(path: Path) -> dict[str, Any]:
    """The mapping in this file.

    Raises:
        ContentError: not readable as one mapping; the text names file, line and column.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ContentError(f"{path}: larger than {MAX_BYTES} bytes")
        text = path.read_text(encoding="utf-8")
        _refuse_aliases(path, text)
        data = YAML(typ="safe").load(text)
    except OSError as exc:
        raise ContentError(f"{path}: {exc.strerror}") from None
    except UnicodeDecodeError as exc:
        raise ContentError(f"{path}: not UTF-8 at byte {exc.start}") from None
    except MarkedYAMLError as exc:
        mark = exc.problem_mark
        where = f"{mark.line + 1}:{mark.column + 1}" if mark else "?"
        raise ContentError(f"{path}:{where}: {exc.problem}") from None
    except YAMLError as exc:
        raise ContentError(f"{path}: {exc}") from None
    if not isinstance(data, dict):
        raise ContentError(f"{path}: a mapping is expected")
    return data


def _refuse_aliases(path: Path, text: str) -> None:
    """Words repeat nothing by name; a few lines of it unfold into more than any memory holds."""
    if "&" not in text or "*" not in text:
        return
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, AliasEvent):
            mark = event.start_mark
            raise ContentError(f"{path}:{mark.line + 1}:{mark.column + 1}: an alias is not allowed")


def is_current(start: date | None, end: date | None, today: date) -> bool:
    """Whether today lies between the two, both included; None means open."""
    return (start is None or start <= today) and (end is None or today <= end)
