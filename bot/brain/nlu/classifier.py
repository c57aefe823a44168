"""Which topic a message is about: `Topics` as a component of Rasa's pipeline, and the ranking it writes."""

from __future__ import annotations

import pickle
from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.brain.nlu.sources import fingerprint
from bot.brain.nlu.topics import Topics


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(GraphComponent, IntentClassifier):
    """`Topics` as a component of Rasa's pipeline."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {
            "chars": [1, 2],
            "latin_chars": [4, 4],
            "words": [1, 2],
            "shares": [1.0, 1.0, 0.7],
            "least": 2,
            "network_most": 15000,
            "penalty": 1.0,
            "bayes_weight": 0.07,
            "out_of_scope_lift": 0.15,
            "temperature": 0.25,
            "ranking": 10,
        }

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
        self._topics = Topics(config)

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TopicClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [
            (example.get("text"), example.get("intent_response_key") or example.get("intent"))
            for example in training_data.intent_examples
            if example.get("text")
        ]
        self._topics.learn([text for text, _ in examples], [label for _, label in examples])
        with self._storage.write_to(self._resource) as folder:
            (folder / "topics.pickle").write_bytes(pickle.dumps(self._topics))
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TopicClassifier:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            # Our own model, unpacked by Rasa from an archive that we have trained.
            component._topics = pickle.loads((folder / "topics.pickle").read_bytes())  # noqa: S301
        return component

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            chances = self._topics.probabilities(message.get("text") or "")
            best = (-chances).argsort()[: self._config["ranking"]]
            names = [self._topics.labels[label] for label in best.tolist()]
            ranking = [
                {"name": name, "confidence": chance} for name, chance in zip(names, chances[best].tolist(), strict=True)
            ]
            set_ranking(message, ranking)
        return messages


def set_ranking(message: Message, ranking: List[Dict[Text, Any]]) -> None:
    """Write the ranked labels to the message, in the form that Rasa's dialogue expects.

    A label `faq/x` is the intent `faq` with the response key `faq/x`.
    """
    label, confidence = ranking[0]["name"], ranking[0]["confidence"]
    intent = label.partition("/")[0]
    message.set("intent", {"name": intent, "confidence": confidence}, add_to_output=True)
    message.set("intent_ranking", ranking, add_to_output=True)
    if "/" in label:
        message.set("response_selector", selector(label, confidence), add_to_output=True)
    else:
        message.set("response_selector", {}, add_to_output=True)


def selector(label: Text, confidence: float = 1.0) -> Dict[Text, Any]:
    """What Rasa's `utter_faq` needs to know which answer is meant."""
    intent = label.partition("/")[0]
    return {
        "all_retrieval_intents": [intent],
        intent: {
            "response": {
                "intent_response_key": label,
                "utter_action": f"utter_{label}",
                "confidence": confidence,
            }
        },
    }
