"""Knows short messages again in spite of slips: product names, keywords, single words.

A short message gives the classifier little to go by, but is often nearly the same as an example.
"""

from __future__ import annotations

import json
import math
from typing import Any, Dict, List, Optional, Text, Tuple

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
    """Raises the topic of a nearly equal example to the top, if the message is short."""

    @classmethod
    def required_components(cls) -> List:
        return []

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"longest": 12, "least_likeness": 84.0, "confidence": 0.9}

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
        self._by_length: Dict[int, List[Text]] = {}

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
        examples = {}
        for example in training_data.intent_examples:
            text = normal(example.get("text") or "")
            if text and len(text) <= 2 * self._config["longest"]:
                examples[text] = example.get("intent_response_key") or example.get("intent")
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
        for example in component._examples:
            component._by_length.setdefault(len(example), []).append(example)
        return component

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = normal(message.get("text") or "")
            label = self._examples.get(text) or self._nearly(text)
            if label:
                self._raise(message, label)
        return messages

    def _nearly(self, text: Text) -> Optional[Text]:
        """The topic of an example that differs by a slip of the finger."""
        longest = self._config["longest"] * (1 if any(c > "\u2fff" for c in text) else 2)
        if not 3 <= len(text) <= longest:
            return None
        least = self._config["least_likeness"]
        # Likeness is twice what two texts share by the length of both: others are too short or too long for it.
        share = least / (200 - least)
        best: Tuple[float, Text] = (0.0, "")
        for length in range(math.ceil(len(text) * share), math.floor(len(text) / share) + 1):
            found = process.extractOne(
                text, self._by_length.get(length, []), scorer=fuzz.ratio, score_cutoff=max(least, best[0])
            )
            if found and found[1] > best[0]:
                best = (found[1], found[0])
        return self._examples.get(best[1])

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
