"""The registry of purposes: nothing is collected without a reason, an end and a text."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.errors import ContentError
from bot.records.fields import LIMITS
from bot.records.purposes import load_purposes
from bot.records.retention_rules import load_rules
from tests.support.product import ROOT

GOOD: dict[str, Any] = {
    "fields": {"name": "C2"},
    "use": {"zh": "回复您", "en": "to answer you"},
    "why": {"zh": "否则无法联系您", "en": "we can't reach you otherwise"},
    "seen_by": {"zh": "同事", "en": "colleagues"},
    "retention_days": 180,
    "version": "2026-11",
    "text": {"zh": "为了回复您", "en": "To answer you"},
}


def loaded(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    purpose = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    path = tmp_path / "purposes.yml"
    with path.open("w", encoding="utf-8") as file:
        yaml.safe_dump({"reply": purpose}, file, allow_unicode=True)
    return dict(load_purposes(path))


def test_a_purpose_is_read(tmp_path: Path) -> None:
    assert loaded(tmp_path)["reply"].retention_days == 180


@pytest.mark.parametrize(
    "wrong",
    [
        {"fields": {"password": "C3"}},
        {"retention_days": 0},
        {"retention_days": None},
        {"version": None},
        {"seen_by": None},
        {"text": {"zh": "只有中文"}},
        {"use": None},
        {"why": {"en": "English only"}},
        {"version": ""},
        {"colour": "red"},
    ],
)
def test_a_purpose_that_lacks_something_or_asks_for_a_secret_is_refused(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ContentError, match=r"purposes\.yml: reply: "):
        loaded(tmp_path, **wrong)


def two(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    path = tmp_path / "purposes.yml"
    with path.open("w", encoding="utf-8") as file:
        yaml.safe_dump({"reply": GOOD, "other": deepcopy({**GOOD, **changes})}, file, allow_unicode=True)
    return dict(load_purposes(path))


def test_two_purposes_may_ask_for_the_same_field(tmp_path: Path) -> None:
    assert two(tmp_path).keys() == {"reply", "other"}


def test_what_is_sensitive_is_asked_by_itself(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="name is sensitive"):
        two(tmp_path, sensitive=True)


def test_a_field_has_one_class_everywhere(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="name is of another class"):
        two(tmp_path, fields={"name": "C1"})


def test_what_the_law_keeps_is_a_class_with_a_reason() -> None:
    rules = load_rules(ROOT / "data/retention.yml")
    kept = {p.kept_by_law for p in load_purposes(ROOT / "data/purposes.yml").values() if p.kept_by_law}
    assert kept == {"complaint"}
    assert all(rules[rule].law for rule in kept)


def test_every_field_that_is_asked_can_be_checked() -> None:
    asked = {f for p in load_purposes(ROOT / "data/purposes.yml").values() if not p.sensitive for f in p.fields}
    assert asked <= LIMITS.keys()


def test_each_purpose_is_in_the_assessment_of_what_it_means_for_people() -> None:
    text = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")
    purposes = load_purposes(ROOT / "data/purposes.yml")
    assert [key for key in purposes if f"`{key}`" not in text] == []


def test_each_of_our_own_purposes_tells_its_retention_in_both_languages() -> None:
    for purpose in load_purposes(ROOT / "data/purposes.yml").values():
        assert f"{purpose.retention_days} 天" in purpose.text.zh
        assert f"{purpose.retention_days} days" in purpose.text.en
