"""Background that a topic needs: which card, which loan, whose account (R07). Asked once, remembered in a slot.

The kinds, their choices and the words for them are the editors' (data/background.yml); which topic needs which
is in the trained domain, as conditions of its answers. The front asks and shows the answer of the case; here is
what it goes by: what a message says, what has been said before, and whether the question was put already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Text

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.io import read_yaml_file

from bot.brain.nlu.normal import normal
from bot.brain.nlu.topics import OUT_OF_SCOPE
from bot.brain.understanding import chosen

KINDS = Path("data/background.yml")
#: A message of more signs than this tells more than a choice.
LONGEST_ANSWER = 40
#: Slots: the topic that was answered last and needs background; the kinds asked for in this conversation.
TOPIC, ASKED = "background_topic", "background_asked"

_FAQ = "utter_faq/"
_SIGNS = re.compile(r"[^\w\s']+")


@dataclass(frozen=True)
class Heard:
    """What a turn says: its parse data, and the choice for each kind that it names."""

    parsed: Dict[Text, Any]
    slots: Dict[Text, Text]


class Background:
    """One a model."""

    def __init__(self, domain: Domain, path: Path = KINDS) -> None:
        file = read_kinds(path)
        trained = {slot.name for slot in domain.slots}
        self._kinds = {kind: spec for kind, spec in file["kinds"].items() if kind in trained}
        self._needs = needs(domain, self._kinds)
        around = _any(_both(file.get("around") or {}))
        self._before = re.compile(rf"^(?:{around})\s*") if around else None
        self._after = re.compile(rf"\s*(?:{around})$") if around else None
        denied = _any(_both(file.get("denied_by") or {})) or "(?!)"
        self._denied_up_to = re.compile(rf"(?:{denied})\s*$")
        self._within = {
            kind: {id_: list(map(normal, _both(one["words"]))) for id_, one in spec["choices"].items()}
            for kind, spec in self._kinds.items()
        }
        within = {word for choices in self._within.values() for words in choices.values() for word in words}
        self._any_within = re.compile("|".join(map(re.escape, within)) or "(?!)")
        self._lasting = {kind for kind, spec in self._kinds.items() if not spec.get("only_where_needed")}
        self._whole = {
            kind: {id_: _wholes(one) for id_, one in spec["choices"].items()} for kind, spec in self._kinds.items()
        }
        self._denied = {
            kind: {id_: re.compile(rf"(?:{denied})\s*(?:{_any(forms)})") for id_, forms in choices.items()}
            for kind, choices in self._whole.items()
        }

    def hear(
        self, parsed: Dict[Text, Any], tracker: DialogueStateTracker, choice: Optional[Dict[Text, Any]]
    ) -> Heard:
        """What this turn says of the background; an answer to our question is that topic again, for that case."""
        if choice:
            slots = choice.get("slots") or {}
            return Heard(parsed, {kind: slots[kind] for kind in self._kinds if slots.get(kind)})
        text, topic = parsed["text"], tracker.get_slot(TOPIC)
        named = self.named(text)
        kind = self._needs.get(topic) if tracker.active_loop_name is None else None
        if kind:
            answer = self.answer(kind, text)
            if answer is None and parsed["intent"]["name"] == OUT_OF_SCOPE:
                answer = named.get(kind)
            if answer:
                return Heard({**chosen(f"faq/{topic}"), "text": text}, {kind: answer})
        wanted = self._needs.get(_topic(parsed))
        return Heard(parsed, {kind: id_ for kind, id_ in named.items() if kind in self._lasting or kind == wanted})

    def note(self, messages: List[Dict[Text, Any]], tracker: DialogueStateTracker, heard: Heard) -> List[SlotSet]:
        """Tell the front what is known for each topic among the messages; returns what is to be remembered.

        In the middle of a service nothing is asked: its own question is open.
        """
        known = {kind: value for kind in self._kinds if (value := tracker.get_slot(kind))}
        asked = list(tracker.get_slot(ASKED) or [])
        free, topic, answered = tracker.active_loop_name is None, None, False
        for message in messages:
            if not (message["utter"] or "").startswith(_FAQ):
                continue
            answered = True
            kind = self._needs.get(message["utter"][len(_FAQ) :])
            ask = free and kind not in asked
            message["args"]["background"] = {"known": known, "said": list(heard.slots), "ask": ask}
            if kind and free:
                topic = message["utter"][len(_FAQ) :]
                if kind not in known and ask:
                    asked.append(kind)
        intent = heard.parsed["intent"]["name"]
        if not answered and free and (intent.startswith("social_") or intent == OUT_OF_SCOPE):
            return []  # thanks or a word not understood: the question is still the one before
        values = {TOPIC: topic, ASKED: asked or None}
        return [SlotSet(name, value) for name, value in values.items() if value != tracker.get_slot(name)]

    def named(self, text: Text) -> Dict[Text, Text]:
        """The choice that a message names, by kind; of a kind with two of them named, none is meant."""
        plain = normal(text)
        if not self._any_within.search(plain):  # most messages name none of a hundred words
            return {}
        found = {
            kind: [id_ for id_, words in choices.items() if self._says(words, plain)]
            for kind, choices in self._within.items()
        }
        return {kind: ids[0] for kind, ids in found.items() if len(ids) == 1}

    def _says(self, words: List[Text], text: Text) -> bool:
        """Whether one of these words is in the text, and not denied there."""
        for word in words:
            if word in text:
                for one in re.finditer(_form(word), text):
                    if not self._denied_up_to.search(text[: one.start()]):
                        return True
        return False

    def answer(self, kind: Text, text: Text) -> Optional[Text]:
        """The choice that the whole message is, but for what may stand around it: 那储蓄卡呢？

        Who says which of two it is not has said which it is: 不是信用卡.
        """
        rest, left = _bare(text), list(self._whole[kind])
        if len(rest) > LONGEST_ANSWER:
            return None
        for id_, forms in self._denied[kind].items():
            told, count = forms.subn(" ", rest)
            if count:
                rest, left = told.strip(), [other for other in left if other != id_]
        while rest:
            for id_ in left:
                if rest in self._whole[kind][id_]:
                    return id_
            shorter = self._shorter(rest)
            if shorter == rest:
                return None
            rest = shorter
        return left[0] if len(left) == 1 else None

    def _shorter(self, text: Text) -> Text:
        """Without one word at the front, else at the end, that may stand around an answer."""
        if not self._before or not self._after:
            return text
        shorter = self._before.sub("", text, count=1)
        return shorter if shorter != text else self._after.sub("", text, count=1)


def read_kinds(path: Path = KINDS) -> Dict[Text, Any]:
    """The file of the kinds; a bank that asks for no background has none."""
    return read_yaml_file(path) if path.exists() else {"kinds": {}}


def slots(kinds: Dict[Text, Any]) -> Dict[Text, Any]:
    """A slot for each kind, for the domain."""
    slot = {"type": "text", "influence_conversation": False, "mappings": [{"type": "custom"}]}
    return {kind: dict(slot) for kind in kinds}


def needs(domain: Domain, kinds: Dict[Text, Any]) -> Dict[Text, Text]:
    """The kind of background by topic, as the conditions of the domain's answers say."""
    found = {}
    for utter, variants in domain.responses.items():
        for variant in variants:
            for condition in variant.get("condition") or []:
                if utter.startswith(_FAQ) and condition.get("name") in kinds:
                    found[utter[len(_FAQ) :]] = condition["name"]
    return found


def _topic(parsed: Dict[Text, Any]) -> Optional[Text]:
    ranking = parsed.get("intent_ranking") or []
    label = ranking[0]["name"] if ranking else ""
    return label.partition("/")[2] or None


def _both(lists: Dict[Text, Any]) -> List[Text]:
    """The words of both languages."""
    return [str(word) for language in ("zh", "en") for word in lists.get(language) or []]


def _form(word: Text) -> Text:
    """The pattern of a word in the form in which messages are compared; a Latin one is whole, also in Chinese."""
    form = re.escape(normal(word))
    return rf"(?<![a-z0-9]){form}(?![a-z0-9])" if word.isascii() else form


def _any(words: Iterable[Text]) -> Text:
    """The pattern of any of these words, the longest first."""
    return "|".join(map(_form, sorted(words, key=len, reverse=True)))


def _wholes(choice: Dict[Text, Any]) -> FrozenSet[Text]:
    words = [*choice["title"].values(), *_both(choice["words"]), *_both(choice.get("short") or {})]
    return frozenset(_bare(word) for word in words)


def _bare(text: Text) -> Text:
    """In the form in which messages are compared, without signs."""
    return re.sub(r"\s+", " ", _SIGNS.sub(" ", normal(text))).strip()
