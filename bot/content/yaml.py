"""Reads the words' YAML safely: no objects, aliases or duplicate keys; errors say where (I40).

Parsed by libyaml: every process reads all words when it starts.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any

import yaml

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
        data = yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader's child: plain values only
    except OSError as exc:
        raise ContentError(f"{path}: {exc.strerror}") from None
    except UnicodeDecodeError as exc:
        raise ContentError(f"{path}: not UTF-8 at byte {exc.start}") from None
    except yaml.MarkedYAMLError as exc:
        raise ContentError(f"{path}:{_place(exc.problem_mark)}: {exc.problem}") from None
    except yaml.YAMLError as exc:
        raise ContentError(f"{path}: {exc}") from None
    if not isinstance(data, dict):
        raise ContentError(f"{path}: a mapping is expected")
    return data


class _Loader(yaml.CSafeLoader):
    """Plain values as YAML 1.2 has them: no, on and 08:30 are words. A key stands once."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # of the class, not PyYAML's

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        found: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        if len(found) < len(node.value):
            seen = set()
            for key_node, _ in node.value:
                if (key := self.construct_object(key_node, deep=True)) in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", key_node.start_mark)
                seen.add(key)
        return found


for _tag, _pattern, _firsts in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})$"), list(_firsts))


def _refuse_aliases(path: Path, text: str) -> None:
    """Words repeat nothing by name; a few lines of it unfold into more than any memory holds."""
    if "&" not in text or "*" not in text:
        return
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise ContentError(f"{path}:{_place(event.start_mark)}: an alias is not allowed")


def _place(mark: Any) -> str:
    """Line and column, from 1."""
    return f"{mark.line + 1}:{mark.column + 1}" if mark else "?"


def is_current(start: date | None, end: date | None, today: date) -> bool:
    """Whether today lies between the two, both included; None means open."""
    return (start is None or start <= today) and (end is None or today <= end)
