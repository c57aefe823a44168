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
            "zh": [f"{topic} 的第 {n} 种问法" for n in range(25)],
            "en": [f"way {n} to ask for {topic}" for n in range(15)],
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


@pytest.mark.parametrize(("language", "least"), [("zh", 25), ("en", 15)])
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


# ---- background (R07)


def variant(zh: str = "这种 {card_fee}。", en: str = "This kind costs {card_fee}.", **more: Any) -> dict[str, Any]:
    return {"answer": {"zh": zh, "en": en}, **more}


BOTH = {"debit": variant(), "credit": variant()}


def asking(write: Write, answers: dict[str, Any], **changes: Any) -> Path:
    """Words with one card that needs to know which card it is."""
    folder = write(**{"background": "card_kind", "answers": answers, **changes})
    return with_kinds(folder)


def with_kinds(folder: Path, **changes: Any) -> Path:
    kind = {
        "question": {"zh": "请问是哪种卡？", "en": "Which card is it?"},
        "choices": {
            id_: {"title": {"zh": zh, "en": f"{id_} card"}, "words": {"zh": [zh], "en": [f"{id_} card"]}}
            for id_, zh in (("debit", "储蓄卡"), ("credit", "信用卡"))
        },
        **changes,
    }
    written(folder / "background.yml", {"kinds": {"card_kind": kind}})
    return folder


def test_a_card_with_an_answer_for_each_case_has_no_problem(write: Write) -> None:
    assert whats(asking(write, BOTH)) == []


def test_each_case_wants_an_answer(write: Write) -> None:
    assert whats(asking(write, {"debit": variant()})) == ["answers: none for credit"]


def test_an_answer_for_no_case_is_a_slip(write: Write) -> None:
    found = whats(asking(write, {**BOTH, "credti": variant()}))
    assert found == ["answers.credti: card_kind has no such choice"]


def test_a_background_must_exist(write: Write) -> None:
    found = whats(asking(write, BOTH, background="card_sort"))
    assert "background: there is no kind card_sort" in found


def test_answers_without_a_background_are_for_nobody(write: Write) -> None:
    found = whats(write(answers=BOTH))
    assert found == ["answers: the card does not say which background they are for"]


def test_a_concept_has_words_in_both_languages(write: Write) -> None:
    written(write() / "concepts.yml", {"passbook": {"zh": ["存折", "折子"]}})
    assert whats(write()) == ["passbook.en: Field required"]


def test_a_word_stands_once_in_its_concept(write: Write) -> None:
    written(write() / "concepts.yml", {"passbook": {"zh": ["存折", "折子", "存折"], "en": ["passbook"]}})
    assert whats(write()) == ["passbook: twice: 存折"]


def test_only_a_topic_answered_with_text_may_ask(write: Write) -> None:
    assert whats(asking(write, BOTH, kind="service")) == ["background: only a card of kind faq may ask"]


def test_the_answer_of_a_case_wants_both_languages(write: Write) -> None:
    found = whats(asking(write, {**BOTH, "credit": {"answer": {"zh": "只有中文"}}}))
    assert "answers.credit.answer.en: Field required" in found


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (variant(zh="工本费 {card_tax}", en="It costs {card_tax}"), "answer: {card_tax} is no figure"),
        (variant(en="It costs a little."), "answer: {card_fee} is in zh only"),
        (variant(zh="付 {card_fee}，等 5 天"), "answer: 5 is typed in zh; name a figure instead"),
        (variant(steps={"zh": ["付"], "en": ["Pay", "Wait"]}), "steps: 1 in zh, 2 in en"),
        (variant(zh="你的卡 {card_fee}。"), "answer: “你” in zh: 称「您」"),
    ],
)
def test_the_answer_of_a_case_is_held_to_the_same_rules(write: Write, answer: dict[str, Any], problem: str) -> None:
    folder = asking(write, {**BOTH, "credit": answer})
    written(folder / "wording.yml", {"banned": {"zh": {"你": "称「您」"}, "en": {}}})
    assert whats(folder) == [f"answers.credit.{problem}"]


def test_a_figure_that_only_one_case_names_is_used(write: Write) -> None:
    folder = asking(write, BOTH, answer={"zh": "看是哪种卡。", "en": "It depends on the card."})
    assert whats(folder) == []


def test_the_question_wants_both_languages(write: Write) -> None:
    folder = with_kinds(asking(write, BOTH), question={"zh": "请问是哪种卡？"})
    assert "kinds.card_kind.question.en: Field required" in whats(folder)[0]


def test_a_word_that_means_two_choices_says_nothing(write: Write) -> None:
    choices = {
        id_: {"title": {"zh": id_, "en": id_}, "words": {"zh": ["银行卡"], "en": [f"{id_} card"]}}
        for id_ in ("debit", "credit")
    }
    folder = with_kinds(asking(write, BOTH), choices=choices)
    assert whats(folder) == ["card_kind: “银行卡” means debit and credit"]


@pytest.mark.parametrize("many", [1, 5])
def test_a_question_has_two_to_four_choices(write: Write, many: int) -> None:
    choice = {"title": {"zh": "卡", "en": "Card"}, "words": {"zh": ["卡"], "en": ["card"]}}
    folder = with_kinds(asking(write, BOTH), choices={f"choice_{n}": choice for n in range(many)})
    assert whats(folder)[0].startswith("kinds.card_kind.choices: Dictionary should have")


def test_a_kind_that_no_card_needs_is_reported(write: Write) -> None:
    assert whats(with_kinds(write())) == ["card_kind: no card needs it"]


# ---- wording (R02, R09)

WORDING = {
    "banned": {"zh": {"你": "称「您」", "！": "用句号"}, "en": {"kindly": "say please", "!": "use a full stop"}},
    "unless": {"你": ["你好，世界", "hello"]},
    "links": ["www.qinghe.example"],
}


def worded(folder: Path) -> list[str]:
    written(folder / "wording.yml", WORDING)
    return whats(folder)


@pytest.mark.parametrize(
    ("zh", "en", "problem"),
    [
        ("你好。", "Hello.", "note: “你” in zh: 称「您」"),
        ("您好！", "Hello.", "note: “！” in zh: 用句号"),
        ("您好。", "Hello!", "note: “!” in en: use a full stop"),
        ("您好。", "Kindly wait.", "note: “kindly” in en: say please"),
        ("请点 http://bank.example", "Tap it.", "note: http://bank.example in zh: not among the links of wording.yml"),
        ("请看本行官网。", "See bank.com/a", "note: bank.com/a in en: not among the links of wording.yml"),
    ],
)
def test_what_customers_should_not_read_is_found(write: Write, zh: str, en: str, problem: str) -> None:
    assert worded(write(note={"zh": zh, "en": en})) == [problem]


@pytest.mark.parametrize(
    ("zh", "en"),
    [("说“你好，世界”。", "Hello."), ("请看 www.qinghe.example。", "See www.qinghe.example."), ("您好。", "Unkindly.")],
)
def test_what_is_right_in_its_place_is_let_be(write: Write, zh: str, en: str) -> None:
    assert worded(write(note={"zh": zh, "en": en})) == []


def test_a_text_may_be_excused_by_its_key(write: Write) -> None:
    folder = write()
    written(folder / "words/chat.yml", {"hello": {"zh": "你好", "en": "Hello"}, "bye": {"zh": "你走好", "en": "Bye"}})
    assert worded(folder) == ["bye: “你” in zh: 称「您」"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"answer": {"zh": "一\n二\n三\n{card_fee}", "en": "One, {card_fee}"}}, "answer.zh: 4 lines, at most 3"),
        ({"answer": {"zh": "字" * 82 + "{card_fee}", "en": "{card_fee}"}}, "answer.zh: 86 signs, at most 85"),
        ({"steps": {"zh": ["点"], "en": ["x" * 156]}}, "steps.en: 156 signs, at most 155"),
        ({"note": {"zh": "字" * 151, "en": "Note"}}, "note.zh: 151 signs, at most 150"),
    ],
)
def test_a_text_is_no_longer_than_a_reader_follows(write: Write, changes: dict[str, Any], problem: str) -> None:
    assert whats(write(**changes)) == [problem]


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


def test_words_type_the_same_numbers_in_both_languages(write: Write) -> None:
    folder = write()
    texts = {"zh": "最多 2,000 字，2 次，5 分钟", "en": "2000 characters, twice, 6 minutes"}
    written(folder / "words/chat.yml", {"code": texts})
    assert whats(folder) == ["code: 5 is in zh only", "code: 6 is in en only"]


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


@pytest.mark.slow
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
