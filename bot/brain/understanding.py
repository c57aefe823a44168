"""What a message means: the trained pipeline, run directly and once.

The same components with the same outcome as in Rasa's graph, without the graph.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any, Dict, List, Text

from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.nlu.training_data.message import Message

from bot.brain.nlu.classifier import selector
from bot.brain.nlu.requests import Request, Requests
from bot.brain.nlu.tokenizer import BankTokenizer
from bot.brain.nlu.topics import OUT_OF_SCOPE
from bot.language import detect


class Understanding:
    """The pipeline of a loaded model."""

    def __init__(self, runner: DaskGraphRunner) -> None:
        nodes = runner._instantiated_nodes
        names = [name for name in nodes if hasattr(nodes[name]._component, "process")]
        ours = [name for name in names if "bot.brain.nlu" in type(nodes[name]._component).__module__]
        self._steps = [
            nodes[name]._component
            for name in sorted(ours, key=_place)
            if not isinstance(nodes[name]._component, BankTokenizer)  # only rules with entities read tokens
        ]
        self._requests = Requests.load()

    def parse(self, text: Text) -> Dict[Text, Any]:
        """Rasa's parse data of a message."""
        message = Message({"text": text})
        for step in self._steps:
            step.process([message])
        found = message.as_dict(only_output_properties=True)
        return {
            "text": text,
            "intent": found["intent"],
            "entities": [],
            "intent_ranking": found["intent_ranking"],
            **({"response_selector": found["response_selector"]} if found.get("response_selector") else {}),
        }

    def requests(self, text: Text) -> List[Request]:
        """What the message asks for, the urgent first; mostly one, and then it is the whole message.

        The ranking of the first names the others next, so that whoever reads it knows of them.
        """
        whole = self.parse(text)
        found = self._requests.find(text, whole, self.parse)
        return _ranked(found, whole) if found else [Request(text, whole)]

    def understand(self, text: Text, previous: Text = "zh") -> Dict[Text, Any]:
        """The message's language, its topic and the five nearest, as the outside sees them."""
        return outside_view(text, detect(text, previous), self.requests(text))


def outside_view(text: Text, language: Text, requests: List[Request]) -> Dict[Text, Any]:
    """Topics instead of intents; `also` names what else is asked for, in the order of serving."""
    parsed = requests[0].parsed
    nearest = islice((one for one in parsed["intent_ranking"] if one["name"] != OUT_OF_SCOPE), 5)
    candidates: List[Dict[Text, Any]] = [
        {"topic": topic_of(one["name"]), "confidence": round(one["confidence"], 4)} for one in nearest
    ]
    name = parsed["intent"]["name"]
    best = parsed["intent_ranking"][0]["name"] if name != OUT_OF_SCOPE else OUT_OF_SCOPE
    return {
        "text": text,
        "language": language,
        "topic": topic_of(best),
        "confidence": round(parsed["intent"]["confidence"], 4),
        "candidates": candidates,
        "also": [topic_of(one.label) for one in requests[1:]],
    }


def _ranked(found: List[Request], whole: Dict[Text, Any]) -> List[Request]:
    """The requests, each with the others and then the whole message's topics behind it in its ranking."""
    ranked = []
    for one in found:
        first = [one, *(other for other in found if other is not one)]
        labels = {other.label for other in first}
        ranking = [{"name": other.label, "confidence": other.confidence} for other in first]
        ranking += [other for other in whole["intent_ranking"] if other["name"] not in labels]
        ranked.append(Request(one.text, {**one.parsed, "text": one.text, "intent_ranking": ranking}))
    return ranked


def chosen(intent: Text) -> Dict[Text, Any]:
    """Parse data of a button: sure, because the customer pressed it."""
    name = intent.partition("/")[0]
    parsed = {
        "text": "",
        "intent": {"name": name, "confidence": 1.0},
        "entities": [],
        "intent_ranking": [{"name": intent, "confidence": 1.0}],
    }
    return {**parsed, "response_selector": selector(intent)} if "/" in intent else parsed


def topic_of(label: Text) -> Text:
    """The catalogue's id of a label."""
    return label.rpartition("/")[2]


def _place(node: Text) -> int:
    """Rasa ends the name of a node with its place in the configuration."""
    return int(re.search(r"\d+$", node).group())
