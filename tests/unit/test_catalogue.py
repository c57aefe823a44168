"""The catalogue: what is said, in which language, and how an edit goes live or is refused."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import BANK_ZONE
from bot.content.catalogue import Catalogue
from bot.errors import ContentError

FIGURES = "card_fee: {value: 80, unit: yuan, note: n}\ncard_days: {value: 1, unit: days, note: n}\n"
WORDS = """\
hello: {zh: "您好，{name}，{card_fee}", en: "Hello {name}, {card_fee}"}
error_internal: {zh: 出了点问题, en: Something went wrong}
choice_other_case: {zh: "看{case}的", en: "{case} instead"}
"""
DOMAIN = """\
responses:
  utter_card_done:
    - {text: "好了，{card_days}", condition: [{type: slot, name: language, value: zh}]}
    - {text: "Done in {card_days}", condition: [{type: slot, name: language, value: en}]}
"""


def card(topic: str, zh: str, en: str, more: str = "") -> str:
    return (
        f"topic: {topic}\nkind: faq\ntitle: {{zh: {topic}的题目, en: Title of {topic}}}\nowner: o\n"
        f"answer: {{zh: '{zh}', en: '{en}'}}\n{more}"
        f"examples: {{zh: [{topic}怎么办], en: [how about {topic}]}}\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("faq/card", "words", "domain"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "figures.yml").write_text(FIGURES)
    (tmp_path / "words/chat.yml").write_text(WORDS)
    (tmp_path / "replies.yml").write_text("whole: {}\nwithin: {}\n")
    (tmp_path / "domain/card.yml").write_text(DOMAIN)
    related = "related: [card_new]\n"
    fee = card("card_fee", "每年 {card_fee}", "{card_fee} a year", related)
    (tmp_path / "faq/card/card_fee.yml").write_text(fee)
    (tmp_path / "faq/card/card_new.yml").write_text(card("card_new", "换卡", "A new card"))
    return tmp_path


@pytest.fixture
def catalogue(folder: Path) -> Catalogue:
    return Catalogue(folder)


def rewrite(path: Path, text: str) -> None:
    """As an editor's save does, with a time of its own."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 1_000_000, before + 1_000_000))


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "您好，小王，80 元"), ("en", "Hello 小王, CNY 80")]
)
def test_words_take_figures_and_arguments(catalogue: Catalogue, language: str, said: str) -> None:
    assert catalogue.say("hello", language, name="小王") == said


@pytest.mark.parametrize("typed", ["{card_fee}", "{name}", "{other}", "{{x}}", "{0.__class__}"])
def test_braces_of_a_customer_stay_as_typed(catalogue: Catalogue, typed: str) -> None:
    assert catalogue.say("hello", "en", name=typed, other="x") == f"Hello {typed}, CNY 80"


def test_an_error_without_words_of_its_own_has_the_general_ones(catalogue: Catalogue) -> None:
    assert catalogue.say("error_never_heard_of", "en") == "Something went wrong"


def test_a_text_that_is_missing_is_an_error_of_ours(catalogue: Catalogue) -> None:
    with pytest.raises(ContentError, match="no text goodbye"):
        catalogue.say("goodbye", "en")


@pytest.mark.parametrize("key", ["utter_faq/card_fee", "faq/card_fee", "utter_card_fee"])
def test_a_card_answers_under_the_brains_name_for_it(catalogue: Catalogue, key: str) -> None:
    assert catalogue.render(key, {}, "en").text == "CNY 80 a year"


def test_an_answer_says_its_topic_and_version(catalogue: Catalogue) -> None:
    answer = catalogue.render("utter_faq/card_fee", {}, "zh")
    assert (answer.topic, answer.version) == ("card_fee", catalogue.content.version)


def test_related_topics_are_offered_as_choices(catalogue: Catalogue) -> None:
    (choice,) = catalogue.render("utter_faq/card_fee", {}, "en").choices
    assert (choice["title"], choice["intent"]) == ("Title of card_new", "faq/card_new")


def test_each_choice_has_an_id_nobody_can_guess_or_use_twice(catalogue: Catalogue) -> None:
    ids = {catalogue.render("utter_faq/card_fee", {}, "en").choices[0]["id"] for _ in range(50)}
    assert len(ids) == 50


def test_a_related_topic_that_is_not_there_is_not_offered(folder: Path) -> None:
    (folder / "faq/card/card_new.yml").unlink()
    assert Catalogue(folder).render("utter_faq/card_fee", {}, "en").choices == []


def test_an_utterance_of_a_dialogue_is_said_in_the_customers_language(catalogue: Catalogue) -> None:
    assert catalogue.render("utter_card_done", {}, "zh").text == "好了，1 天"
    assert catalogue.render("utter_card_done", {}, "en").text == "Done in 1 day"


def test_an_unknown_utterance_is_empty_and_never_an_error(catalogue: Catalogue) -> None:
    assert catalogue.render("utter_nothing", {}, "zh").text == ""


@pytest.mark.parametrize(("field", "days"), [("until", -1), ("from", 2)])
def test_a_card_outside_its_days_is_not_said(folder: Path, field: str, days: int) -> None:
    day = datetime.now(BANK_ZONE).date() + timedelta(days=days)
    text = card("card_new", "换卡", "A new card", f"valid: {{{field}: {day}}}\n")
    (folder / "faq/card/card_new.yml").write_text(text)
    assert Catalogue(folder).render("utter_faq/card_new", {}, "zh").text == ""


# ---- background (R07)

KINDS = """\
kinds:
  card_kind:
    question: {zh: "哪种卡？", en: "Which card?"}
    choices:
      debit: {title: {zh: 储蓄卡, en: Debit card}, words: {zh: [借记卡], en: [debit]}}
      credit: {title: {zh: 信用卡, en: Credit card}, words: {zh: [贷记卡], en: [credit]}}
"""
CASES = """\
related: [card_new]
background: card_kind
answers:
  debit: {answer: {zh: 到网点, en: At a branch}, steps: {zh: [取号], en: [Take a number]}}
  credit: {answer: {zh: "手机上，{card_fee}", en: "In the app, {card_fee}"}}
"""


@pytest.fixture
def asking(folder: Path) -> Catalogue:
    """A catalogue whose topic card_fee depends on the card."""
    (folder / "background.yml").write_text(KINDS)
    (folder / "faq/card/card_fee.yml").write_text(card("card_fee", "看是哪种卡", "It depends", CASES))
    return Catalogue(folder)


def given(choice: str | None = None, **more: object) -> dict[str, object]:
    """What the brain says of the background."""
    return {"background": {"known": {"card_kind": choice} if choice else {}, **more}}


def titles(catalogue: Catalogue, args: dict[str, object], language: str = "en") -> list[str]:
    return [one["title"] for one in catalogue.render("utter_faq/card_fee", args, language).choices]


@pytest.mark.parametrize("args", [{}, given(), given(ask=True)])
def test_without_background_the_general_answer_ends_with_the_question(
    asking: Catalogue, args: dict[str, object]
) -> None:
    assert asking.render("utter_faq/card_fee", args, "en").text == "It depends\nWhich card?"
    assert titles(asking, args) == ["Debit card", "Credit card"]


def test_the_button_of_a_case_carries_the_topic_and_the_slot(asking: Catalogue) -> None:
    choice = asking.render("utter_faq/card_fee", given(), "zh").choices[1]
    assert (choice["intent"], choice["slots"]) == ("faq/card_fee", {"card_kind": "credit"})


@pytest.mark.parametrize(
    ("choice", "said"), [("debit", "At a branch\n1. Take a number"), ("credit", "In the app, CNY 80")]
)
def test_a_known_case_has_its_own_answer(asking: Catalogue, choice: str, said: str) -> None:
    assert asking.render("utter_faq/card_fee", given(choice), "en").text == said


def test_a_case_that_was_said_just_now_is_not_offered_to_be_changed(asking: Catalogue) -> None:
    assert titles(asking, given("debit", said=["card_kind"])) == ["Title of card_new"]


def test_a_case_that_is_remembered_can_be_changed(asking: Catalogue) -> None:
    assert titles(asking, given("debit", said=[])) == ["Title of card_new", "Credit card instead"]


def test_what_was_asked_before_is_not_asked_again_but_can_be_chosen(asking: Catalogue) -> None:
    args = given(ask=False)
    assert asking.render("utter_faq/card_fee", args, "en").text == "It depends"
    assert titles(asking, args) == ["Debit card", "Credit card", "Title of card_new"]


def test_a_choice_that_is_no_longer_offered_is_as_good_as_unknown(asking: Catalogue) -> None:
    assert asking.render("utter_faq/card_fee", given("prepaid", ask=False), "en").text == "It depends"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("background.yml", KINDS.replace("card_kind", "card_sort")),
        ("background.yml", "kinds: {card_kind: {question: {zh: 哪种, en: Which}, choices: {}}}"),
        ("faq/card/card_fee.yml", card("card_fee", "卡", "Card", "background: card_kind\n")),
    ],
)
def test_a_card_and_a_question_that_do_not_fit_leave_the_old_words_in_force(
    folder: Path, asking: Catalogue, file: str, text: str
) -> None:
    rewrite(folder / file, text)
    assert asking.refresh() is False
    assert asking.render("utter_faq/card_fee", given("credit"), "en").text == "In the app, CNY 80"


# ---- finding without the brain


@pytest.mark.parametrize(
    ("text", "language"),
    [("card_fee怎么办呢", "zh"), ("How about CARD_FEE", "en"), ("title of card_fee", "en")],
)
def test_the_topic_with_the_likest_example_is_found_first(
    catalogue: Catalogue, text: str, language: str
) -> None:
    assert catalogue.search(text, language, 3)[0][0] == "card_fee"


def test_noise_finds_nothing(catalogue: Catalogue) -> None:
    assert catalogue.search("qwertyuiop", "zh", 3) == []


def test_no_more_is_found_than_asked_for(catalogue: Catalogue) -> None:
    assert len(catalogue.search("card_new怎么办", "zh", 1)) == 1


# ---- edits


def test_nothing_changed_means_nothing_new(catalogue: Catalogue) -> None:
    assert catalogue.refresh() is False


def test_a_changed_answer_is_said_after_the_next_look(folder: Path, catalogue: Catalogue) -> None:
    before = catalogue.content.version
    rewrite(folder / "faq/card/card_new.yml", card("card_new", "新的", "New"))
    assert catalogue.refresh() is True
    assert catalogue.render("utter_faq/card_new", {}, "zh").text == "新的"
    assert catalogue.content.version != before


def test_a_changed_figure_changes_every_text_that_names_it(
    folder: Path, catalogue: Catalogue
) -> None:
    rewrite(folder / "figures.yml", FIGURES.replace("80", "90"))
    catalogue.refresh()
    assert catalogue.render("utter_faq/card_fee", {}, "en").text == "CNY 90 a year"
    assert catalogue.say("hello", "en", name="x") == "Hello x, CNY 90"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("faq/card/card_new.yml", "topic: card_new\n"),
        ("faq/card/card_new.yml", "topic: ["),
        ("figures.yml", "card_fee: {value: 80}"),
        ("words/chat.yml", "hello: {zh: 您好}"),
        ("words/more.yml", "hello: {zh: 您好, en: Hello}"),
        ("domain/card.yml", "responses: {utter_x: [{text: no language}]}"),
        ("domain/card.yml", "responses: {utter_x: [{condition: [{name: language, value: zh}]}]}"),
        ("domain/card.yml", "responses: [utter_x]"),
    ],
)
def test_a_broken_edit_leaves_the_old_words_in_force(
    folder: Path, catalogue: Catalogue, file: str, text: str
) -> None:
    rewrite(folder / file, text)
    assert catalogue.refresh() is False
    assert catalogue.render("utter_faq/card_fee", {}, "en").text == "CNY 80 a year"


def test_a_mended_edit_is_taken_up(folder: Path, catalogue: Catalogue) -> None:
    rewrite(folder / "faq/card/card_new.yml", "topic: [")
    catalogue.refresh()
    rewrite(folder / "faq/card/card_new.yml", card("card_new", "好了", "Mended"))
    assert catalogue.refresh() is True
    assert catalogue.render("utter_faq/card_new", {}, "en").text == "Mended"
