"""Knows one of our references in a message: whoever names a ticket speaks of that ticket.

No model learns this from examples: to it a reference is a number, and numbers are of cards.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.training_data.message import Message

from bot.brain.nlu.classifier import set_ranking

#: The intent of somebody who asks where a ticket stands.
PROGRESS = "service_complaint_progress"
#: A letter for each kind of ticket, the day, the number of that day; as `actions.progress` reads it.
_REFERENCE = re.compile(r"(?<![a-z0-9])[abcdfr]\s*-?\s*20\d{6}\s*-?\s*\d{4}(?!\d)")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class References(GraphComponent, IntentClassifier):
    """Gives such a message the intent that asks for its ticket, whatever was thought of it before."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> References:
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = unicodedata.normalize("NFKC", message.get("text") or "").lower()
            if _REFERENCE.search(text):
                rest = [one for one in message.get("intent_ranking") or [] if one["name"] != PROGRESS]
                set_ranking(message, [{"name": PROGRESS, "confidence": 1.0}, *rest])
        return messages
