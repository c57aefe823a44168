"""Knows short messages again in spite of slips: product names, keywords, single words.

A short message gives the classifier little to go by, but is often nearly the same as an example.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from typing import Any, Dict, List, Optional, Set, Text

from rapidfuzz import fuzz, process
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.brain.nlu.classifier import set_ranking
from bot.brain.nlu.normal import normal
from bot.brain.nlu.sources import fingerprint


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FuzzyMatcher(GraphComponent, IntentClassifier):
    """Raises the topic of an equal example to the top, and of a nearly equal one if the message is short.

    Configuration: up to `longest` characters are short, twice as many in Latin letters; of a hundred, `least_likeness`
    is nearly equal; `confidence` in what is raised; a classifier that is `sure` of its topic is not overruled by what
    is only nearly equal: one character may be another country, or another product.
    """

    @classmethod
    def required_components(cls) -> List:
        return []

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"longest": 12, "least_likeness": 84.0, "confidence": 0.9, "sure": 0.5}

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[Text]:
        """Changes when a helper does."""
        return fingerprint()

    def __init__(
        self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource
    ) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._examples: Dict[Text, Text] = {}
        #: the examples from the shortest to the longest, their lengths, and the places of those that have a character
        self._in_order: List[Text] = []
        self._lengths: List[int] = []
        self._having: Dict[Text, List[int]] = {}

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FuzzyMatcher:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        labels: Dict[Text, Set[Text]] = {}
        longest = 2 * self._config["longest"]
        for example in training_data.intent_examples:
            given = example.get("text") or ""
            # What is twice as long does not become short.
            text = normal(given) if len(given) <= 2 * longest else ""
            if text and len(text) <= longest:
                labels.setdefault(text, set()).add(example.get("intent_response_key") or example.get("intent"))
        # What differs only in its numbers may be of two topics, and tells neither.
        examples = {text: found.pop() for text, found in labels.items() if len(found) == 1}
        with self._storage.write_to(self._resource) as folder:
            (folder / "examples.json").write_text(json.dumps(examples), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FuzzyMatcher:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._examples = json.loads((folder / "examples.json").read_text("utf-8"))
        component._in_order = sorted(component._examples, key=len)
        component._lengths = [len(example) for example in component._in_order]
        for place, example in enumerate(component._in_order):
            for sign in set(example):
                component._having.setdefault(sign, []).append(place)
        return component

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = normal(message.get("text") or "")
            ranking = message.get("intent_ranking")
            sure = ranking and ranking[0]["confidence"] > self._config["sure"]
            label = self._examples.get(text) or (None if sure else self._nearly(text))
            if label:
                self._raise(message, label)
        return messages

    def _nearly(self, text: Text) -> Optional[Text]:
        """The topic of an example that differs by a slip of the finger."""
        chinese = any(c > "\u2fff" for c in text)
        longest = self._config["longest"] * (1 if chinese else 2)
        if not 3 <= len(text) <= longest:
            return None
        least = self._config["least_likeness"]
        # Likeness is twice what two texts share by the length of both: others are too short or too long for it.
        share = least / (200 - least)
        shortest, longest = math.ceil(len(text) * share), math.floor(len(text) / share)
        begin, end = (bisect_left(self._lengths, length) for length in (shortest, longest + 1))
        if chinese:
            choices = [self._in_order[place] for place in self._sharing(text, shortest) if begin <= place < end]
        else:  # letters are too common to look for
            choices = self._in_order[begin:end]
        found = process.extractOne(text, choices, scorer=fuzz.ratio, score_cutoff=least)
        return self._examples[found[0]] if found else None

    def _sharing(self, text: Text, shortest: int) -> List[int]:
        """The places of the examples that may share enough with a text.

        Whoever shares all but a few characters with it has one of any few and one: the rarest are looked up.
        """
        most_missing = len(text) - math.ceil(self._config["least_likeness"] / 200 * (len(text) + shortest) - 1e-9)
        rarest = sorted(text, key=lambda sign: len(self._having.get(sign, ())))[: most_missing + 1]
        return sorted(set().union(*(self._having.get(sign, ()) for sign in rarest)))

    def _raise(self, message: Message, label: Text) -> None:
        ranking = message.get("intent_ranking") or []
        if ranking and ranking[0]["name"] == label:
            sure = max(ranking[0]["confidence"], self._config["confidence"])
        else:
            sure = self._config["confidence"]
        rest = [dict(one) for one in ranking if one["name"] != label]
        left = sum(one["confidence"] for one in rest) or 1.0
        for one in rest:
            one["confidence"] *= (1.0 - sure) / left
        set_ranking(message, [{"name": label, "confidence": sure}, *rest])
