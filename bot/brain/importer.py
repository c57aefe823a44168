"""Turns topic cards into Rasa's training data, so that Rasa's own commands work on them as they are.

A card of kind faq becomes the retrieval intent `faq/<topic>` (one rule for all of them), any other
card a plain intent; its answer becomes the utterance of that name, in both languages. What is
not a card is read by Rasa's own importer.
"""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from pathlib import Path
from typing import Any, Dict, List, Optional, Text, Tuple, Union

import rasa.shared.utils.io
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method

from bot.brain import background

#: The retrieval intent of all topics that are answered with text.
FAQ = "faq"

_IS_CARD = re.compile(r"^topic:", re.M)
_FIGURE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class CardImporter(TrainingDataImporter):
    """Rasa's file importer, and the cards below the training data paths."""

    def __init__(
        self,
        config_file: Optional[Text] = None,
        domain_path: Optional[Text] = None,
        training_data_paths: Optional[Union[List[Text], Text]] = None,
        **_: Any,
    ) -> None:
        paths = [training_data_paths] if isinstance(training_data_paths, str) else training_data_paths
        self._cards = read_cards(paths or [])
        self._files = Files(config_file, domain_path, training_data_paths)

    def get_domain(self) -> Domain:
        """The domain's files, and an intent and an utterance for each card."""
        domain = without_own_questions(self._files.get_domain())
        if not self._cards:
            return domain
        intents = {intent_of(card).partition("/")[0] for card in self._cards}
        responses = {utter_of(card): _variants(card) for card in self._cards}
        kinds = background.read_kinds()["kinds"]
        ours = Domain.from_dict(
            {"intents": sorted(intents), "responses": responses, "slots": background.slots(kinds)}
        )
        return domain.merge(ours)

    def get_stories(self, exclusion_percentage: Optional[int] = None) -> StoryGraph:
        return self._files.get_stories(exclusion_percentage)

    def get_conversation_tests(self) -> StoryGraph:
        return self._files.get_conversation_tests()

    def get_config(self) -> Dict:
        return self._files.get_config()

    def get_config_file_for_auto_config(self) -> Optional[Text]:
        return self._files.get_config_file_for_auto_config()

    def get_nlu_data(self, language: Optional[Text] = "en") -> TrainingData:
        """The files' examples, and those of the cards, in both languages."""
        return self._files.get_nlu_data(language).merge(TrainingData(self._examples))

    def texts(self) -> List[Text]:
        """The examples of the cards, in the order in which they are learned."""
        return [text for text, _ in self._said]

    @cached_property
    def _examples(self) -> List[Example]:
        return [Example.build(text=text, intent=intent) for text, intent in self._said]

    @cached_property
    def _said(self) -> List[Tuple[Text, Text]]:
        """Examples and what they mean; what both languages write alike (OK, ATM) is there once."""
        return list(dict.fromkeys(
            (text, intent_of(card))
            for card in self._cards
            for text in card["examples"]["zh"] + card["examples"]["en"]
        ))


class Files(RasaFileImporter):
    """Rasa's file importer; the domain, which it wants for itself and for the stories, is read once."""

    @cached_method
    def get_domain(self) -> Domain:
        return super().get_domain()


class Example(Message):
    """A message of a card; no two are the same and none is changed once it is read, so all copies of it are one."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __deepcopy__(self, _memo: Any) -> Example:
        return self

    def set(self, prop: Text, info: Any, add_to_output: bool = False) -> None:
        """Take it in; what is there already changes no checksum."""
        if self.data.get(prop) != info:
            super().set(prop, info, add_to_output)

    def fingerprint(self) -> Text:
        """What it says and what it means."""
        if self._cached_fingerprint is None:
            said = f"{self.get(INTENT)}\n{self.get(INTENT_RESPONSE_KEY)}\n{self.get(TEXT)}"
            self._cached_fingerprint = hashlib.md5(said.encode(), usedforsecurity=False).hexdigest()
        return self._cached_fingerprint


def without_own_questions(domain: Domain) -> Domain:
    """The domain without the utterances by which Rasa itself would ask for a form's slots.

    Our forms ask in their own action, with choices; an `utter_ask_<slot>` that Rasa knows is said a
    second time, bare.
    """
    plain = domain.as_dict()
    asked = {slot for form in domain.forms.values() for slot in form["required_slots"]}
    said = plain.get("responses", {})
    plain["responses"] = {key: said[key] for key in said if key.removeprefix("utter_ask_") not in asked}
    return Domain.from_dict(plain)


def read_cards(paths: List[Text]) -> List[Dict[Text, Any]]:
    """All cards in these files and folders, by path."""
    cards = []
    for root in map(Path, paths):
        for path in sorted(root.glob("**/*.yml")) if root.is_dir() else [root]:
            text = path.read_text(encoding="utf-8") if path.suffix == ".yml" else ""
            if _IS_CARD.search(text):
                cards.append(rasa.shared.utils.io.read_yaml(text))
    return cards


def intent_of(card: Dict[Text, Any]) -> Text:
    """The intent that means this card."""
    return f"{FAQ}/{card['topic']}" if card["kind"] == "faq" else card["topic"]


def utter_of(card: Dict[Text, Any]) -> Text:
    """The utterance that says it."""
    return f"utter_{intent_of(card)}"


def _variants(card: Dict[Text, Any]) -> List[Dict[Text, Any]]:
    """The answer in both languages, first for each case of its background; the front fills the figures in."""
    kind = card.get("background")
    cases = [(answer, {kind: choice}) for choice, answer in (card.get("answers") or {}).items() if kind]
    return [
        {
            "text": _FIGURE.sub(r"[\1]", _text(answer, language)),
            "condition": [
                {"type": "slot", "name": name, "value": value}
                for name, value in {**case, "language": language}.items()
            ],
        }
        for answer, case in [*cases, (card, {})]
        for language in ("zh", "en")
    ]


def _text(answer: Dict[Text, Any], language: Text) -> Text:
    parts = [answer["answer"][language].strip()]
    steps = (answer.get("steps") or {}).get(language, [])
    parts += [f"{number}. {step.strip()}" for number, step in enumerate(steps, 1)]
    if answer.get("note"):
        parts.append(answer["note"][language].strip())
    return "\n".join(parts)
