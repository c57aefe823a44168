"""Examples are our own words: none is a line of the questions kept outside for measuring.

Those questions are no part of the product: they lie beside the checkout, in text files with the
question in the last column. Where they are absent the comparison is skipped.
"""

import re
import unicodedata
from collections.abc import Iterable

import pytest

from bot.content.cards import load_cards
from tests.benchmarks.written import read
from tests.support.product import ROOT, SHARED

#: Shorter questions (“card lost”, 卡丢了) are everybody's words and prove no copying.
PROVES = {"zh": 8, "en": 24}


def bare(text: str) -> str:
    """The letters, digits and characters alone, whatever their width, case and signs between."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())


def copied(examples: Iterable[str], questions: Iterable[str], *, proves: int) -> list[str]:
    """The examples that say the same as a question, but for signs, width and case."""
    theirs = {bare(question) for question in questions}
    return [one for one in examples if len(bare(one)) >= proves and bare(one) in theirs]


def questions_outside() -> set[str]:
    """Every question kept outside, each file's last column."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("there are no questions for measuring beside this checkout")
    files = [*folder.glob("*.tsv"), *folder.glob("*.txt")]
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    found = {line.split("\t")[-1] for line in lines}
    assert found, f"no questions in {folder}"
    return found


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_example_is_a_copy_of_a_question_kept_for_measuring(language: str) -> None:
    questions = questions_outside()
    cards = load_cards(ROOT / "data/faq").values()
    examples = [one for card in cards for one in card.examples.of(language)]
    assert copied(examples, questions, proves=PROVES[language]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["usual", "roundabout", "lost_cards"])
def test_no_example_is_a_message_written_to_measure_by(name: str) -> None:
    cards = load_cards(ROOT / "data/faq").values()
    examples = [one for card in cards for language in ("zh", "en") for one in card.examples.of(language)]
    assert copied(examples, {row[-1] for row in read(name)}, proves=1) == []


def test_a_copy_is_seen_through_other_signs_width_and_case() -> None:
    assert copied(["ＡＴＭ 取钱，要手续费吗？？"], ["atm取钱要手续费吗"], proves=8) == ["ＡＴＭ 取钱，要手续费吗？？"]


def test_the_same_matter_in_other_words_is_no_copy() -> None:
    assert copied(["在自动柜员机上拿钱收费不"], ["atm取钱要手续费吗"], proves=8) == []
