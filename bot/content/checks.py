"""Finds what is wrong with the words of `data/` before a customer does.

`python -m bot.content.checks` prints one line a problem, `file: what`, and ends with 1 when there
is any. A file that can not be read is one problem; the others are looked at all the same.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.content.background import Backgrounds, load_backgrounds, misfits
from bot.content.branches import load_branches
from bot.content.cards import MAX_STEPS, Answer, Card
from bot.content.catalogue import load_responses
from bot.content.concepts import load_concepts
from bot.content.figures import Figure, Texts, load_figures
from bot.content.wording import Wording, load_wording, too_long
from bot.content.yaml import load
from bot.errors import ContentError

#: Fewer ways of saying it than this and the assistant knows a topic only by luck.
MIN_EXAMPLES = {"zh": 25, "en": 15}
#: Names that have a digit in them and are no figure of the bank: a paper size, a SWIFT message.
NAMES_WITH_DIGITS = ("A4", "MT103")

#: Small numbers as they are spelled.
_SPELLED = {
    1: ("一", "an?|one|once"), 2: ("二", "two|twice"), 3: ("三", "three"), 4: ("四", "four"), 5: ("五", "five"),
    6: ("六", "six"), 7: ("七", "seven"), 8: ("八", "eight"), 9: ("九", "nine"), 10: ("十", "ten"),
}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NAMES = re.compile("|".join(rf"\b{name}\b" for name in NAMES_WITH_DIGITS))


@dataclass(frozen=True)
class Problem:
    """One thing that an editor has to put right."""

    path: Path
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def check(data: Path) -> list[Problem]:
    """Everything wrong with the words below this folder, file by file."""
    figures_path, wording_path = data / "figures.yml", data / "wording.yml"
    try:  # without these every text would be wrong
        figures, wording = load_figures(figures_path), load_wording(wording_path)
    except ContentError as exc:
        return [_unreadable(figures_path if str(figures_path) in str(exc) else wording_path, exc)]
    problems: list[Problem] = []
    cards = list(_read_cards(data / "faq", problems))
    words = [*_read_words(data / "words", problems), *_read_utterances(data / "domain", problems)]
    for path, card in cards:
        problems += [Problem(path, what) for what in _card_problems(path, card, figures, wording)]
    for path, key, texts in words:
        found = [*_words_problems(texts, figures), *wording.problems(texts, key)]
        problems += [Problem(path, f"{key}: {what}") for what in found]
    problems += _background_problems(data / "background.yml", cards, figures, wording)
    problems += _file_problems(data / "branches.yml", load_branches)
    problems += _file_problems(data / "concepts.yml", load_concepts)
    problems += _topic_problems(cards)
    problems += _repeated_examples(cards)
    shown = [texts for _path, card in cards for _where, texts in _texts(card)]
    shown += [texts for _path, _key, texts in words]
    unused = figures.keys() - {name for texts in shown for name in _names(texts)}
    problems += [Problem(figures_path, f"{name}: no text names it") for name in sorted(unused)]
    return sorted(problems, key=lambda problem: str(problem.path))


# ---- reading


def _read_cards(folder: Path, problems: list[Problem]) -> Iterator[tuple[Path, Card]]:
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path.name.startswith("."):
            continue
        if path.suffix != ".yml" or path.parent.parent != folder:
            problems.append(Problem(path, "not read; a card is <area>/<topic>.yml"))
            continue
        try:
            yield path, Card.model_validate(load(path))
        except ContentError as exc:
            problems.append(_unreadable(path, exc))
        except ValidationError as exc:
            for error in exc.errors():
                field = ".".join(str(part) for part in error["loc"])
                problems.append(Problem(path, f"{field}: {error['msg']}"))


def _read_words(folder: Path, problems: list[Problem]) -> Iterator[tuple[Path, str, Texts]]:
    """The front's own texts; a key stands in one file only."""
    seen: dict[str, Path] = {}
    for path, data in _read_all(folder, problems, load):
        for key, raw in data.items():
            if key in seen:
                problems.append(Problem(path, f"{key}: is in {seen[key].name} too"))
            seen.setdefault(key, path)
            if texts := _both(path, key, raw, problems):
                yield path, key, texts


def _read_utterances(folder: Path, problems: list[Problem]) -> Iterator[tuple[Path, str, Texts]]:
    """The dialogues' texts, as Rasa's domain files hold them."""
    for path, data in _read_all(folder, problems, load_responses):
        for key, raw in data.items():
            if texts := _both(path, key, raw, problems):
                yield path, key, texts


def _read_all(
    folder: Path, problems: list[Problem], read: Callable[[Path], dict[str, Any]]
) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(folder.glob("*.yml")):
        try:
            yield path, read(path)
        except ContentError as exc:
            problems.append(_unreadable(path, exc))


def _both(path: Path, key: str, raw: Any, problems: list[Problem]) -> Texts | None:
    try:
        return Texts.model_validate(raw)
    except ValidationError:
        problems.append(Problem(path, f"{key}: a text for zh and one for en are expected"))
        return None


def _background_problems(
    path: Path, cards: list[tuple[Path, Card]], figures: dict[str, Figure], wording: Wording
) -> Iterator[Problem]:
    """The kinds of background, and the cards that name one."""
    try:
        backgrounds = load_backgrounds(path)
    except ContentError as exc:
        yield _unreadable(path, exc)
        return
    for name, kind in backgrounds.kinds.items():
        shown = [("question", kind.question), *((id_, choice.title) for id_, choice in kind.choices.items())]
        for where, texts in shown:
            for what in (*_text_problems(texts, figures), *_typed_digits(texts), *wording.problems(texts)):
                yield Problem(path, f"{name}.{where}: {what}")
        if name not in {card.background for _path, card in cards}:
            yield Problem(path, f"{name}: no card needs it")
    for what in _same_words(backgrounds):
        yield Problem(path, what)
    for card_path, card in cards:
        for what in misfits(card, backgrounds):
            yield Problem(card_path, what)


def _file_problems(path: Path, read: Callable[[Path], Any]) -> list[Problem]:
    """What keeps a file from being read, where a bank has it."""
    try:
        if path.exists():
            read(path)
    except ContentError as exc:
        return [_unreadable(path, exc)]
    return []


def _unreadable(path: Path, exc: ContentError) -> Problem:
    return Problem(path, exc.message.removeprefix(str(path)).lstrip(": "))


# ---- rules


def _card_problems(path: Path, card: Card, figures: dict[str, Figure], wording: Wording) -> Iterator[str]:
    yield from _shape_problems(path, card)
    for what in wording.problems(card.title):
        yield f"title: {what}"
    for where, texts in _texts(card):
        for what in (*_text_problems(texts, figures), *_typed_digits(texts), *wording.problems(texts, card.topic)):
            yield f"{where}: {what}"
    for where, answer in _answers(card):
        for what in (*_step_problems(answer), *too_long(answer, figures)):
            yield f"{where}{what}"


def _shape_problems(path: Path, card: Card) -> Iterator[str]:
    if path.stem != card.topic:
        yield f"topic: is {card.topic}, the file's name is {path.stem}"
    for language, least in MIN_EXAMPLES.items():
        given = len(card.examples.of(language))
        if given < least:
            yield f"examples.{language}: {given} of at least {least}"


def _step_problems(answer: Answer) -> Iterator[str]:
    if answer.steps:
        zh, en = len(answer.steps.zh), len(answer.steps.en)
        if max(zh, en) > MAX_STEPS:
            yield f"steps: {max(zh, en)}, at most {MAX_STEPS}"
        if zh != en:
            yield f"steps: {zh} in zh, {en} in en"


def _same_words(backgrounds: Backgrounds) -> Iterator[str]:
    """Words that mean two choices of one question say nothing."""
    for name, kind in backgrounds.kinds.items():
        seen: dict[str, str] = {}
        for id_, choice in kind.choices.items():
            for lists in (choice.words, choice.short):
                for word in {_bare(word) for word in (*lists.zh, *lists.en)}:
                    if seen.setdefault(word, id_) != id_:
                        yield f"{name}: “{word}” means {seen[word]} and {id_}"


def _text_problems(texts: Texts, figures: dict[str, Figure]) -> Iterator[str]:
    """A card's text takes figures and nothing else."""
    yield from _unlike(texts)
    for name in sorted(_names(texts) - figures.keys()):
        yield f"{{{name}}} is no figure"


def _typed_digits(texts: Texts) -> Iterator[str]:
    for language in MIN_EXAMPLES:
        plain = _NAMES.sub("", _PLACEHOLDER.sub("", texts.of(language)))
        for digits in re.findall(r"\d+", plain):
            yield f"{digits} is typed in {language}; name a figure instead"


def _words_problems(texts: Texts, figures: dict[str, Figure]) -> Iterator[str]:
    """Words take arguments too; what begins like a figure of an area must be one."""
    yield from _unlike(texts)
    for language, other in (("zh", "en"), ("en", "zh")):
        for number in sorted(_digits(texts.of(language)) - _numbers(texts.of(other))):
            yield f"{number} is in {language} only"
    areas = {name.partition("_")[0] for name in figures}
    for name in sorted(_names(texts) - figures.keys()):
        if "_" in name and name.partition("_")[0] in areas:
            yield f"{{{name}}} is no figure"


def _unlike(texts: Texts) -> Iterator[str]:
    """Both languages state the same facts."""
    for language, other in (("zh", "en"), ("en", "zh")):
        text = texts.of(language)
        for name in sorted(_placeholders(text) - _placeholders(texts.of(other))):
            yield f"{{{name}}} is in {language} only"
        if set("{}") & set(_PLACEHOLDER.sub("", text)):
            yield f"a brace stands alone in {language}"


def _topic_problems(cards: list[tuple[Path, Card]]) -> Iterator[Problem]:
    """A topic has one card; related topics are other topics."""
    known: dict[str, Path] = {}
    for path, card in cards:
        if card.topic in known:
            yield Problem(path, f"topic: {card.topic} is in {known[card.topic].name} too")
        known.setdefault(card.topic, path)
    for path, card in cards:
        for name in card.related:
            if name == card.topic:
                yield Problem(path, "related: names the card itself")
            elif name not in known:
                yield Problem(path, f"related: there is no topic {name}")
            elif card.related.count(name) > 1:
                yield Problem(path, f"related: {name} twice")


def _repeated_examples(cards: list[tuple[Path, Card]]) -> Iterator[Problem]:
    """The same words can not mean two topics, and teach nothing twice."""
    seen: dict[str, list[tuple[Path, str]]] = {}
    for path, card in cards:
        for language in MIN_EXAMPLES:
            for example in card.examples.of(language):
                places = seen.setdefault(_bare(example), [])
                # signs and names may be the same in both languages of one card
                again = [other for other, at in places if other != path or at == language]
                if again:
                    where = "this card" if again[0] == path else again[0].stem
                    yield Problem(path, f"examples: “{example}” is in {where} already")
                places.append((path, language))


# ---- looking into a text


def _answers(card: Card) -> Iterator[tuple[str, Answer]]:
    """What is told, in general and for each case of the background, each with its place."""
    yield "", card
    for choice, answer in card.answers.items():
        yield f"answers.{choice}.", answer


def _texts(card: Card) -> Iterator[tuple[str, Texts]]:
    """What is shown of a card, each text with its place."""
    for place, answer in _answers(card):
        yield f"{place}answer", answer.answer
        if answer.steps:
            for number, (zh, en) in enumerate(zip(answer.steps.zh, answer.steps.en, strict=False), 1):
                yield f"{place}steps.{number}", Texts(zh=zh, en=en)
        if answer.note:
            yield f"{place}note", answer.note


def _names(texts: Texts) -> set[str]:
    return _placeholders(texts.zh) | _placeholders(texts.en)


def _placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


def _digits(text: str) -> set[str]:
    """The numbers typed in a text; 2,000 is one."""
    return set(re.findall(r"\d+", _PLACEHOLDER.sub("", text).replace(",", "")))


def _numbers(text: str) -> set[str]:
    """The numbers typed, and the small ones that are spelled: two minutes, 六位."""
    spelled = {str(n) for n, (zh, en) in _SPELLED.items() if zh in text or re.search(rf"\b(?:{en})\b", text, re.I)}
    return _digits(text) | spelled


def _bare(text: str) -> str:
    """Without case, space and punctuation; signs only are left as they are."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return "".join(c for c in plain if c.isalnum()) or plain.strip()


def main() -> int:
    """Check the words of the folder the command is given, else of `data`."""
    problems = check(Path(*sys.argv[1:2] or ["data"]))
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
