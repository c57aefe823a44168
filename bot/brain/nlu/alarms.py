"""Hears what can not wait: danger to somebody, a threat, a fraud that is going on (I17).

The last word of the pipeline, by plain phrases that editors keep in data/alarms.yml: such a
message must not depend on what a model has learned. The ranking names the topic it counts as.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict, List, Text, Tuple

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.utils.io import read_yaml_file

from bot.brain.nlu.classifier import set_ranking
from bot.brain.nlu.normal import any_phrase, normal

PHRASES = Path("data/alarms.yml")
#: The sign for a few words in between, and how many characters they may have.
GAP, LONGEST_GAP = "…", 14


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Alarms(GraphComponent, IntentClassifier):
    """Gives such a message its own intent, `alarm_<kind>`, whatever was thought of it before."""

    def __init__(self, phrases: Dict[Text, Dict[Text, Any]]) -> None:
        self._kinds: List[Tuple[Text, Text, re.Pattern]] = [
            (f"alarm_{kind}", entry["topic"], _pattern(entry["zh"] + entry["en"]))
            for kind, entry in phrases.items()
        ]

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Alarms:
        return cls(read_yaml_file(PHRASES))

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = normal(message.get("text") or "")
            for intent, topic, pattern in self._kinds:
                if pattern.search(text):
                    rest = [one for one in message.get("intent_ranking") or [] if one["name"] != topic]
                    set_ranking(message, [{"name": topic, "confidence": 1.0}, *rest])
                    message.set("intent", {"name": intent, "confidence": 1.0}, add_to_output=True)
                    message.set("response_selector", {}, add_to_output=True)
                    break
        return messages


def _pattern(phrases: List[Text]) -> re.Pattern:
    """Any of these phrases, in the form in which messages are compared; Latin ones as whole words."""
    gap = f".{{0,{LONGEST_GAP}}}?"
    forms = {phrase: gap.join(re.escape(normal(part)) for part in phrase.split(GAP)) for phrase in phrases}
    return re.compile(any_phrase(forms))
