"""What else a message asked for: answered with the first, or kept while its dialogue goes on and then offered, once.

These messages name topics; the front says how they are called.
"""

from __future__ import annotations

from typing import Any, Dict, List, Text

from bot.brain.nlu.requests import Request

Said = Dict[Text, Any]

#: The slot with the labels of what has not been served yet, in the order of serving.
SLOT = "next_requests"
#: A topic that is answered with text, as Rasa labels it.
_ANSWERED = "faq/"
#: Said when the conversation goes to a person.
_QUEUED = "utter_handoff_queued"


def kept(requests: List[Request]) -> List[Text]:
    """What is to be remembered beside the first; a person who comes for an alarm reads the message themselves."""
    if requests[0].parsed["intent"]["name"].startswith("alarm_"):
        return []
    return [one.label for one in requests[1:]]


def still_open(labels: List[Text], heard: Dict[Text, Any], messages: List[Said]) -> List[Text]:
    """Those that this turn has not served: by their answer, or because the customer has come to them by themselves."""
    said = {message["utter"] for message in messages}
    return [label for label in labels if heard["intent"]["name"] != label and f"utter_{label}" not in said]


def is_answer(label: Text) -> bool:
    """Whether it is served by one answer; else it begins something."""
    return label.startswith(_ANSWERED)


def mark_answer(messages: List[Said], before: int) -> None:
    """Let the answer that has come after these `before` others say what it answers; open buttons go on below it."""
    for answer in messages[before : before + 1]:
        answer["args"] = {**answer["args"], "also_asked": True}
        answer["choices"], messages[before - 1]["choices"] = messages[before - 1]["choices"], []


def note(labels: List[Text], messages: List[Said]) -> None:
    """Say that it is not forgotten, before the dialogue's question."""
    messages.insert(max(len(messages) - 1, 0), _message("utter_next_noted", labels))


def offer(labels: List[Text], messages: List[Said]) -> None:
    """Say what is left, with a button for each; beside a person only say it.

    Only the last buttons of a turn can be pressed: with buttons there already, these join them.
    """
    said = {message["utter"] or "" for message in messages}
    if any(utter.startswith("utter_alarm_") for utter in said):
        return
    if _QUEUED in said:
        messages.append(_message("utter_next_with_person", labels))
        return
    message = _message("utter_next_offer", labels)
    buttons = [{"intent": label} for label in labels]
    if messages[-1]["choices"]:
        messages[-1]["choices"] = [*messages[-1]["choices"], *buttons]
        messages.insert(len(messages) - 1, message)
    else:
        messages.append({**message, "choices": buttons})


def _message(utter: Text, labels: List[Text]) -> Said:
    topics = [label.rpartition("/")[2] for label in labels]
    return {"utter": utter, "args": {"topics": topics}, "text": "", "choices": []}
