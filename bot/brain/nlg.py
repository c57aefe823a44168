"""The brain says what, the front says how: an utterance goes out as its key and arguments.

The text of the trained domain goes along, so that `rasa shell` and Rasa's own tests show words too.
"""

from typing import Any, Dict, List, Optional, Text

from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig


class KeyNLG(NaturalLanguageGenerator):
    """Named in endpoints.yml."""

    def __init__(
        self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None
    ) -> None:
        self.responses: Dict[Text, List[Dict[Text, Any]]] = domain.responses if domain else {}

    async def generate(
        self,
        utter_action: Text,
        tracker: DialogueStateTracker,
        output_channel: Text,
        **kwargs: Any,
    ) -> Dict[Text, Any]:
        """The message for this utterance; key and arguments travel in its metadata."""
        responses = kwargs.pop("domain_responses", None) or self.responses
        choices = kwargs.pop("choices", None) or []
        kwargs.pop("response_kind", None)
        return {
            "text": _variant(responses.get(utter_action, []), tracker),
            "metadata": {"utter": utter_action, "args": kwargs, "choices": choices},
        }


def _variant(variants: List[Dict[Text, Any]], tracker: DialogueStateTracker) -> Text:
    """The first text whose conditions hold: the language, and the background where it is known."""
    for variant in variants:
        if all(_value(tracker, one.get("name")) == one.get("value") for one in variant.get("condition", [])):
            return str(variant.get("text", ""))
    return ""


def _value(tracker: DialogueStateTracker, slot: Text) -> Any:
    value = tracker.get_slot(slot) if slot in tracker.slots else None  # Rasa would complain of an unknown one
    return value or "zh" if slot == "language" else value
