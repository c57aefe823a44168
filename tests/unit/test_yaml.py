"""Reading the words' YAML: a mapping of plain values, or an error that says where."""

from datetime import date
from pathlib import Path

import pytest

from bot.content.yaml import MAX_BYTES, is_current, load
from bot.errors import ContentError


def loaded(tmp_path: Path, text: str | bytes) -> dict[str, object]:
    path = tmp_path / "words.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path)


def refused(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(ContentError) as problem:
        loaded(tmp_path, text)
    return str(problem.value).removeprefix(str(tmp_path / "words.yml"))


def test_a_mapping_is_read(tmp_path: Path) -> None:
    assert loaded(tmp_path, "a: {zh: 好, en: good}") == {"a": {"zh": "好", "en": "good"}}


@pytest.mark.parametrize("word", ["no", "yes", "on", "off"])
def test_a_word_that_older_yaml_took_for_a_truth_value_stays_a_word(
    tmp_path: Path, word: str
) -> None:
    assert loaded(tmp_path, f"en: {word}") == {"en": word}


def test_an_object_is_never_made(tmp_path: Path) -> None:
    assert refused(tmp_path, "a: !!python/object/apply:os.getcwd []").startswith(":1:4: ")


def test_a_key_stands_once(tmp_path: Path) -> None:
    assert refused(tmp_path, "a: 1\nb: 2\na: 3\n").startswith(":3:1: ")


def test_a_tab_is_named_with_its_place(tmp_path: Path) -> None:
    assert refused(tmp_path, "a:\n\tb: 1\n").startswith(":2:1: ")


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    assert refused(tmp_path, b"a: \xff") == ": not UTF-8 at byte 3"


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "# nothing\n"])
def test_anything_but_a_mapping_is_refused(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text) == ": a mapping is expected"


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    assert refused(tmp_path, "#" * (MAX_BYTES + 1)) == f": larger than {MAX_BYTES} bytes"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"none\.yml: No such file"):
        load(tmp_path / "none.yml")


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_a_text_that_unfolds_without_end_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, BOMB) == ":2:8: an alias is not allowed"


def test_signs_that_are_no_alias_are_words(tmp_path: Path) -> None:
    assert loaded(tmp_path, "a: 卡号 6222 **** 0128 & 姓名") == {"a": "卡号 6222 **** 0128 & 姓名"}


DAYS = [date(2026, 1, 1), date(2026, 6, 1), date(2026, 12, 31)]


@pytest.mark.parametrize("today", DAYS)
def test_the_first_and_the_last_day_belong_to_it(today: date) -> None:
    assert is_current(DAYS[0], DAYS[-1], today)


@pytest.mark.parametrize("today", [date(2025, 12, 31), date(2027, 1, 1)])
def test_the_day_before_and_the_day_after_do_not(today: date) -> None:
    assert not is_current(DAYS[0], DAYS[-1], today)


def test_an_open_end_is_for_ever() -> None:
    assert is_current(None, None, DAYS[0])
    assert is_current(DAYS[0], None, date.max)
    assert is_current(None, DAYS[0], date.min)
