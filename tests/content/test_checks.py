"""The checks on wording: each rule on a made-up card, and all of them on the real words."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.content.checks import check
from tests.support.product import ROOT

FIGURES = {"card_fee": {"value": 10, "unit": "yuan", "note": "a fee"}}
WORDS = {"hello": {"zh": "您好，{name}", "en": "Hello, {name}"}}

Write = Callable[..., Path]


def made_up(topic: str, **changes: Any) -> dict[str, Any]:
    """A card with nothing wrong in it, but for these changes."""
    return {
        "topic": topic,
        "kind": "faq",
        "title": {"zh": "题目", "en": "Title"},
        "owner": "个人金融部",
        "answer": {"zh": "工本费 {card_fee}。", "en": "A new card costs {card_fee}."},
        "examples": {
            "zh": [f"{topic} 的第 {n} 种问法" for n in range(12)],
            "en": [f"way {n} to ask for {topic}" for n in range(8)],
        },
        **changes,
    }


def written(path: Path, value: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")  # JSON is YAML
    return path


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write(steps=...)`: words with one card, changed like this; returns their folder."""

    def make(topic: str = "card_one", name: str = "", **changes: Any) -> Path:
        written(tmp_path / "figures.yml", FIGURES)
        written(tmp_path / "words/chat.yml", WORDS)
        card = made_up(topic, **changes)
        written(tmp_path / f"faq/card/{name or topic}.yml", card)
        return tmp_path

    return make


def whats(folder: Path) -> list[str]:
    return [problem.what for problem in check(folder)]


def with_example(text: str, *, language: str = "zh", topic: str = "card_one") -> dict[str, Any]:
    """The examples of a made-up card and one more."""
    examples = made_up(topic)["examples"]
    return {**examples, language: [*examples[language], text]}


def test_a_good_card_has_no_problem(write: Write) -> None:
    assert whats(write()) == []


@pytest.mark.parametrize("field", ["title", "answer", "note", "steps", "examples"])
def test_each_text_wants_both_languages(write: Write, field: str) -> None:
    many = field in ("steps", "examples")
    folder = write(**{field: {"zh": ["只有中文"] if many else "只有中文"}})
    assert f"{field}.en: Field required" in whats(folder)


def test_a_placeholder_must_be_a_figure(write: Write) -> None:
    folder = write(note={"zh": "{card_tax} 另计", "en": "{card_tax} is extra"})
    assert whats(folder) == ["note: {card_tax} is no figure"]


def test_both_languages_name_the_same_figures(write: Write) -> None:
    folder = write(note={"zh": "另收 {card_fee}", "en": "There is a fee"})
    assert whats(folder) == ["note: {card_fee} is in zh only"]


def test_a_brace_that_stands_alone_is_a_slip(write: Write) -> None:
    folder = write(note={"zh": "另收 {card_fee}", "en": "Also {card_fee}}"})
    assert whats(folder) == ["note: a brace stands alone in en"]


@pytest.mark.parametrize("digits", ["5", "５", "400-000-9000"])
@pytest.mark.parametrize("field", ["answer", "note", "steps"])
def test_no_digit_is_typed_in_a_text(write: Write, field: str, digits: str) -> None:
    text: dict[str, Any] = {"zh": f"{{card_fee}}，要 {digits}", "en": "{card_fee}, no digit"}
    if field == "steps":
        text = {language: [line] for language, line in text.items()}
    folder = write(**{field: text})
    found = whats(folder)
    assert found
    assert all("is typed in zh" in what for what in found)


def test_a_name_on_the_short_list_may_have_a_digit(write: Write) -> None:
    folder = write(note={"zh": "请用 A4 纸打印", "en": "Please print it on A4 paper"})
    assert whats(folder) == []


def test_a_related_topic_must_exist(write: Write) -> None:
    assert whats(write(related=["card_two"])) == ["related: there is no topic card_two"]


def test_a_card_is_not_related_to_itself(write: Write) -> None:
    assert whats(write(related=["card_one"])) == ["related: names the card itself"]


def test_a_related_topic_is_named_once(write: Write) -> None:
    write("card_two")
    folder = write(related=["card_two", "card_two"])
    assert set(whats(folder)) == {"related: card_two twice"}


SAME = ["Lost my CARD?", "lost  my card", "lost-my-card！", "ＬＯＳＴ my card"]


@pytest.mark.parametrize("again", SAME)
def test_an_example_is_said_once_whatever_its_case_and_signs(write: Write, again: str) -> None:
    examples = with_example("lost my card", language="en")
    examples["en"].append(again)
    assert whats(write(examples=examples)) == [f"examples: “{again}” is in this card already"]


def test_an_example_belongs_to_one_topic(write: Write) -> None:
    write("card_two", examples=with_example("补一张卡", topic="card_two"))
    folder = write("card_one", examples=with_example("补一张卡！"))
    assert whats(folder) == ["examples: “补一张卡” is in card_one already"]


def test_an_example_of_the_other_language_counts_for_another_topic(write: Write) -> None:
    write("card_two", examples=with_example("POS", language="en", topic="card_two"))
    folder = write("card_one", examples=with_example("pos"))
    assert whats(folder) == ["examples: “POS” is in card_one already"]


def test_signs_may_stand_in_both_languages_of_one_card(write: Write) -> None:
    examples = with_example("？？", language="zh")
    examples["en"].append("??")
    assert whats(write(examples=examples)) == []


@pytest.mark.parametrize(("language", "least"), [("zh", 12), ("en", 8)])
def test_a_topic_needs_enough_examples(write: Write, language: str, least: int) -> None:
    examples = made_up("card_one")["examples"]
    examples[language] = examples[language][: least - 1]
    found = whats(write(examples=examples))
    assert found == [f"examples.{language}: {least - 1} of at least {least}"]


def test_a_topic_has_one_card(write: Write) -> None:
    folder = write()
    twin = made_up("card_one", examples=made_up("other")["examples"])
    written(folder / "faq/loan/card_one.yml", twin)
    assert whats(folder) == ["topic: card_one is in card_one.yml too"]


def test_a_card_is_in_the_file_of_its_name(write: Write) -> None:
    assert whats(write(name="other")) == ["topic: is card_one, the file's name is other"]


def test_a_card_outside_an_area_is_never_read_and_so_a_problem(write: Write) -> None:
    folder = write()
    written(folder / "faq/card_two.yml", made_up("card_two"))
    assert whats(folder) == ["not read; a card is <area>/<topic>.yml"]


def test_a_procedure_has_six_steps_at_most(write: Write) -> None:
    steps = {"zh": ["点一下"] * 7, "en": ["Tap it"] * 7}
    assert whats(write(steps=steps)) == ["steps: 7, at most 6"]


def test_both_languages_have_the_same_number_of_steps(write: Write) -> None:
    steps = {"zh": ["点一下", "再点一下"], "en": ["Tap it twice"]}
    assert whats(write(steps=steps)) == ["steps: 2 in zh, 1 in en"]


def test_a_step_names_its_own_figures_in_both_languages(write: Write) -> None:
    steps = {"zh": ["付 {card_fee}", "完成"], "en": ["Pay", "Done"]}
    assert whats(write(steps=steps)) == ["steps.1: {card_fee} is in zh only"]


def test_a_figure_that_no_text_names_is_reported(write: Write) -> None:
    folder = write()
    more = {**FIGURES, "card_old": {"value": 3, "unit": "days", "note": "no longer said"}}
    written(folder / "figures.yml", more)
    assert whats(folder) == ["card_old: no text names it"]


def test_a_figure_that_only_the_words_name_is_used(write: Write) -> None:
    folder = write(answer={"zh": "不收费。", "en": "It is free."})
    written(folder / "words/chat.yml", {"fee": {"zh": "{card_fee}", "en": "{card_fee}"}})
    assert whats(folder) == []


def test_a_figure_that_only_a_dialogue_names_is_used(write: Write) -> None:
    folder = write(answer={"zh": "不收费。", "en": "It is free."})
    written(folder / "domain/fee.yml", utterance(zh="{card_fee}", en="{card_fee}"))
    assert whats(folder) == []


def test_words_want_both_languages(write: Write) -> None:
    folder = write()
    written(folder / "words/chat.yml", {"hello": {"zh": "您好"}})
    assert whats(folder) == ["hello: a text for zh and one for en are expected"]


def test_words_take_the_same_arguments_in_both_languages(write: Write) -> None:
    folder = write()
    written(folder / "words/chat.yml", {"hello": {"zh": "您好，{name}", "en": "Hello"}})
    assert whats(folder) == ["hello: {name} is in zh only"]


def test_words_that_misspell_a_figure_are_found(write: Write) -> None:
    folder = write()
    written(folder / "words/chat.yml", {"fee": {"zh": "{card_feee}", "en": "{card_feee}"}})
    assert whats(folder) == ["fee: {card_feee} is no figure"]


def test_words_of_one_key_stand_in_one_file(write: Write) -> None:
    folder = write()
    written(folder / "words/queue.yml", WORDS)
    assert whats(folder) == ["hello: is in chat.yml too"]


def test_an_utterance_wants_both_languages(write: Write) -> None:
    folder = write()
    written(folder / "domain/fee.yml", utterance(zh="您好"))
    assert whats(folder) == ["utter_fee: a text for zh and one for en are expected"]


def test_a_file_that_can_not_be_read_hides_no_other_problem(write: Write) -> None:
    folder = write(related=["card_two"])
    (folder / "faq/card/card_bad.yml").write_text("topic: [", encoding="utf-8")
    first, second = check(folder)
    assert first.path.name == "card_bad.yml"
    assert second.what == "related: there is no topic card_two"


def test_the_command_prints_a_line_a_problem_and_fails(write: Write) -> None:
    folder = write(related=["card_one"])
    done = subprocess.run(
        [sys.executable, "-m", "bot.content.checks", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    said = f"{folder / 'faq/card/card_one.yml'}: related: names the card itself\n"
    assert (done.returncode, done.stdout) == (1, said)


def test_the_real_words_have_no_problem() -> None:
    problems = check(ROOT / "data")
    assert not problems, f"{len(problems)} problems\n" + "\n".join(str(one) for one in problems)


def utterance(**texts: str) -> dict[str, Any]:
    """A domain file with one utterance."""
    variants = [
        {"text": text, "condition": [{"type": "slot", "name": "language", "value": language}]}
        for language, text in texts.items()
    ]
    return {"responses": {"utter_fee": variants}}
