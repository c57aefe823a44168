"""Every reason for which something is refused has words of its own, in both languages."""

import ast
from pathlib import Path

import pytest

from bot import errors
from bot.bank import errors as bank_errors
from bot.content.yaml import load
from bot.http.errors import SERVER_CODES

ROOT = Path(__file__).parents[2]
CLASSES = {
    name: kind
    for name, kind in {**vars(errors), **vars(bank_errors)}.items()
    if isinstance(kind, type) and issubclass(kind, errors.FrontLineError)
}
#: These say themselves, in the operator's language, which file or variable is wrong.
FOR_OPERATORS = {"ContentError", "SettingsError"}


def reasons() -> list[str]:
    """The reasons named where an error is made, and the classes' own codes."""
    found = set(SERVER_CODES.values())
    found |= {kind.code for name, kind in CLASSES.items() if name not in FOR_OPERATORS}
    found |= set(bank_errors.REASONS)
    for folder in ("bot", "actions"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _kind(node) in CLASSES.keys() - FOR_OPERATORS:
                    found |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
    return sorted(found)


def _kind(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


WORDS = {
    key: texts
    for path in sorted((ROOT / "data/words").glob("*.yml"))
    for key, texts in load(path).items()
    if key.startswith("error_")
}


REASONS = reasons()


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_has_words_in_both_languages(reason):
    texts = WORDS.get(f"error_{reason}", {})
    assert all(texts.get(language, "").strip() for language in ("zh", "en"))


@pytest.mark.parametrize("key", sorted(WORDS))
def test_words_belong_to_a_reason_that_exists(key):
    assert key.removeprefix("error_") in REASONS
