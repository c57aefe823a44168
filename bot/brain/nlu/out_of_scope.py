"""Says "I am not sure" instead of guessing: below a chance, or of signs alone, a message counts as out of scope.

The topics keep their order in the ranking, so that the nearest ones can still be offered.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.training_data.message import Message

from bot.brain.nlu.topics import OUT_OF_SCOPE

#: Nothing but signs: the model would go by who writes most of them, worried people.
_SIGNS = re.compile(
    r"[\s!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u205e\u3001-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+"
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class OutOfScope(GraphComponent, IntentClassifier):
    """The last word of the pipeline."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"least_confidence": 0.2, "only_if_known": True}

    def __init__(self, config: Dict[Text, Any]) -> None:
        self._config = config

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> OutOfScope:
        return cls(config)

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            ranking = message.get("intent_ranking") or []
            knows = any(one["name"] == OUT_OF_SCOPE for one in ranking)
            if not ranking or (self._config["only_if_known"] and not knows and len(ranking) < 5):
                continue
            says_nothing = _SIGNS.fullmatch(message.get("text") or "")
            if says_nothing or ranking[0]["confidence"] < self._config["least_confidence"]:
                unsure = {"name": OUT_OF_SCOPE, "confidence": 1.0 - ranking[0]["confidence"]}
                message.set("intent", unsure, add_to_output=True)
                message.set("response_selector", {}, add_to_output=True)
        return messages
