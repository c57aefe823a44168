"""Topic cards: what a file may hold, and what is shown of it."""

from pathlib import Path
from typing import Any

import pytest

from bot.content.cards import Card, load_card, load_cards
from bot.errors import ContentError

TEXT = """\
topic: card_fee
kind: faq
title: {zh: 年费, en: Annual fee}
owner: 个人金融部
answer: {zh: "每年 {card_fee}。 ", en: "It is {card_fee} a year."}
steps: {zh: [打开, " 付款"], en: [Open, Pay]}
note: {zh: 可减免, en: It may be waived}
examples: {zh: [年费多少], en: [what is the fee]}
"""


def written(folder: Path, text: str = TEXT, area: str = "card", name: str = "card_fee") -> Path:
    path = folder / area / f"{name}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def changed(**changes: Any) -> Card:
    card = Card.model_validate(
        {
            "topic": "card_fee", "kind": "faq", "title": {"zh": "年费", "en": "Fee"},
            "owner": "o", "answer": {"zh": "答", "en": "a"}, "examples": {"zh": [], "en": []},
        }
    )
    return card.model_copy(update=changes)


def test_the_answer_comes_first_then_numbered_steps_then_the_note(tmp_path: Path) -> None:
    card = load_card(written(tmp_path))
    assert card.text("zh") == "每年 {card_fee}。\n1. 打开\n2. 付款\n可减免"
    assert card.text("en") == "It is {card_fee} a year.\n1. Open\n2. Pay\nIt may be waived"


def test_an_answer_alone_has_no_empty_lines() -> None:
    assert changed().text("zh") == "答"


def test_a_question_answered_with_text_is_a_retrieval_intent() -> None:
    assert (changed().intent, changed().utter) == ("faq/card_fee", "utter_faq/card_fee")


@pytest.mark.parametrize("kind", ["service", "social"])
def test_a_service_is_an_intent_of_its_own(kind: str) -> None:
    card = changed(kind=kind)
    assert (card.intent, card.utter) == ("card_fee", "utter_card_fee")


@pytest.mark.parametrize(
    ("line", "instead", "field"),
    [
        ("topic: card_fee", "topic: Card-Fee", "topic"),
        ("kind: faq", "kind: other", "kind"),
        ("owner: 个人金融部", "owner: ''", "owner"),
        ("owner: 个人金融部", "colour: red", "owner"),
        ("en: Annual fee", "en: ''", "title.en"),
        (", en: Annual fee", "", "title.en"),
        ("note: {zh: 可减免", "note: {fr: 可减免", "note.zh"),
        ("owner:", "related: [a, b, c, d]\nowner:", "related"),
        ("owner:", "valid: {from: soon}\nowner:", "valid.from"),
        ("[年费多少]", "年费多少", "examples.zh"),
        ("[年费多少]", "['']", "examples.zh.0"),
    ],
)
def test_a_wrong_card_is_refused_with_file_and_field(
    tmp_path: Path, line: str, instead: str, field: str
) -> None:
    assert line in TEXT
    path = written(tmp_path, TEXT.replace(line, instead))
    with pytest.raises(ContentError) as problem:
        load_card(path)
    assert str(problem.value).startswith(f"{path}: {field}: ")


def test_cards_are_found_by_topic(tmp_path: Path) -> None:
    written(tmp_path)
    written(tmp_path, TEXT.replace("card_fee\n", "loan_fee\n", 1), "loan", "loan_fee")
    assert set(load_cards(tmp_path)) == {"card_fee", "loan_fee"}


def test_a_topic_in_two_files_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    written(tmp_path, area="loan")
    with pytest.raises(ContentError, match="topic card_fee is in another file too"):
        load_cards(tmp_path)
