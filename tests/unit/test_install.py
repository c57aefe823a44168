"""Stamps: a part is made again when what it is made from has changed, and only then."""

from pathlib import Path

import pytest

from bot import install
from bot.install import PARTS, SHOWN, SetUpFailed, _learnt
from tests.support.product import ROOT

CARD = """\
topic: card_fee
kind: faq
title: {zh: 年费, en: Annual fee}
owner: 个人金融部
valid: {from: 2026-01-01}
answer:
  zh: |-
    每年 {card_fee}。
    examples: 这一行是答案
  en: It is {card_fee}.
steps:
  zh: [打开]
  en: [Open]
note: {zh: 可减免, en: It may be waived}
background: card_kind
answers:
  debit:
    answer: {zh: 金卡免收, en: Gold is free}
related: [card_new]
examples:
  zh:
    - 年费多少
  en:
    - what is the fee
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {
        "data/faq/card/card_fee.yml": CARD,
        "data/figures.yml": "card_fee: {value: 80, unit: yuan, note: n}\n",
        "data/words/chat.yml": "hello: {zh: 您好, en: Hello}\n",
        "data/dialogues/answers/rules.yml": "rules: []\n",
        "data/domain/answers.yml": "responses: {}\n",
        "data/lexicon.txt": "年费\n",
        "bot/brain/nlu/classifier.py": "x = 1\n",
        "bot/brain/importer.py": "x = 1\n",
        "bot/brain/requirements.lock": "rasa==3.6.21\n",
        "config.yml": "language: zh\n",
        "requirements.lock": "sanic==25.12\n",
        "bot/web/widget/main.tsx": "export {};\n",
        "bot/web/node_modules/preact/index.js": "1\n",
        "bot/web/dist/widget.js": "1\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def changes(root: Path, part: str, file: str, text: str) -> bool:
    """Whether writing this into the file asks for the part to be made again."""
    before = PARTS[part].stamp(root)
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return PARTS[part].stamp(root) != before


SHOWN_EDITS = [
    ("每年 {card_fee}", "一年 {card_fee}"),
    ("It is {card_fee}", "That is {card_fee}"),
    ("这一行是答案", "这一行还是答案"),
    ("[打开]", "[打开, 付款]"),
    ("可减免", "可以减免"),
    ("个人金融部", "信用卡部"),
    ("2026-01-01", "2027-01-01"),
    ("金卡免收", "金卡不收"),
]


@pytest.mark.parametrize(("old", "new"), SHOWN_EDITS)
def test_a_changed_text_asks_for_no_training(root: Path, old: str, new: str) -> None:
    assert CARD.count(old) == 1
    assert not changes(root, "model", "data/faq/card/card_fee.yml", CARD.replace(old, new))


def test_a_note_that_is_taken_away_asks_for_no_training(root: Path) -> None:
    text = CARD.replace("note: {zh: 可减免, en: It may be waived}\n", "")
    assert not changes(root, "model", "data/faq/card/card_fee.yml", text)


LEARNT_EDITS = [
    ("- 年费多少", "- 年费是多少"),
    ("- what is the fee", "- what is the fee\n    - and the fee?"),
    ("topic: card_fee", "topic: card_fees"),
    ("kind: faq", "kind: service"),
    ("background: card_kind", "background: customer_kind"),
]


@pytest.mark.parametrize(("old", "new"), LEARNT_EDITS)
def test_a_changed_example_name_or_background_asks_for_training(root: Path, old: str, new: str) -> None:
    assert changes(root, "model", "data/faq/card/card_fee.yml", CARD.replace(old, new))


@pytest.mark.parametrize("file", ["data/figures.yml", "data/words/chat.yml", "README.md"])
def test_figures_and_words_ask_for_no_training(root: Path, file: str) -> None:
    assert not changes(root, "model", file, "new: text\n")


@pytest.mark.parametrize(
    "file",
    [
        "data/faq/card/card_new.yml",
        "data/dialogues/answers/rules.yml",
        "data/domain/answers.yml",
        "data/lexicon.txt",
        "bot/brain/nlu/classifier.py",
        "bot/brain/importer.py",
        "bot/brain/requirements.lock",
        "config.yml",
    ],
)
def test_what_the_model_is_made_from_asks_for_training(root: Path, file: str) -> None:
    assert changes(root, "model", file, "topic: other\nexamples: {}\n")


def test_a_renamed_card_asks_for_training(root: Path) -> None:
    before = PARTS["model"].stamp(root)
    folder = root / "data/faq/card"
    (folder / "card_fee.yml").rename(folder / "card_fees.yml")
    assert PARTS["model"].stamp(root) != before


def test_what_a_build_makes_is_not_what_it_is_made_from(root: Path) -> None:
    assert not changes(root, "web", "bot/web/dist/widget.js", "2\n")
    assert not changes(root, "web", "bot/web/node_modules/preact/index.js", "2\n")
    assert changes(root, "web", "bot/web/widget/main.tsx", "export { open };\n")


def test_a_changed_lock_makes_the_packages_again(root: Path) -> None:
    assert changes(root, "front", "requirements.lock", "sanic==25.13\n")


def test_every_real_card_keeps_its_examples_in_what_is_learnt() -> None:
    for path in (ROOT / "data/faq").glob("*/*.yml"):
        learnt = _learnt(path).decode()
        assert "examples:" in learnt, path
        assert not [name for name in SHOWN if f"\n{name}:" in f"\n{learnt}"], path


# ---- making


class Recorder:
    """Parts that write down when they are made."""

    def __init__(self, root: Path) -> None:
        self.made: list[str] = []
        self.fail = ""
        self.root = root

    def part(self, name: str, *needs: str) -> install.Part:
        def make(root: Path) -> None:
            if name == self.fail:
                raise SetUpFailed(name)
            self.made.append(name)
            (root / f"{name}.made").touch()

        return install.Part(
            name, needs, lambda root: (root / "source").read_text(), make,
            lambda root: (root / f"{name}.made").exists(),
        )

    def set_up(self, *names: str) -> list[str]:
        self.made.clear()
        install.set_up(self.root, names)
        return list(self.made)


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    (tmp_path / "source").write_text("1")
    recorder = Recorder(tmp_path)
    known = {"tools": recorder.part("tools"), "front": recorder.part("front", "tools")}
    monkeypatch.setattr(install, "PARTS", known)
    return recorder


def test_what_a_part_stands_on_is_made_first(parts: Recorder) -> None:
    assert parts.set_up("front") == ["tools", "front"]


def test_a_second_start_makes_nothing(parts: Recorder) -> None:
    parts.set_up("front")
    assert parts.set_up("front") == []


def test_a_changed_source_makes_the_part_again(parts: Recorder) -> None:
    parts.set_up("tools")
    (parts.root / "source").write_text("2")
    assert parts.set_up("tools") == ["tools"]


def test_a_part_that_has_gone_is_made_again(parts: Recorder) -> None:
    parts.set_up("front")
    (parts.root / "front.made").unlink()
    assert parts.set_up("front") == ["front"]


def test_a_part_that_failed_is_made_at_the_next_start(parts: Recorder) -> None:
    parts.fail = "front"
    with pytest.raises(SetUpFailed):
        parts.set_up("front")
    parts.fail = ""
    assert parts.set_up("front") == ["front"]


def test_every_part_stands_on_parts_that_exist() -> None:
    assert {needed for part in PARTS.values() for needed in part.needs} <= PARTS.keys()
