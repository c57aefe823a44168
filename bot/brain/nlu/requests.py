"""Which requests a message holds: most hold one, some ask for two things at once.

A message is cut at sentence ends, commas and joining words, by the phrases that editors keep in data/requests.yml;
what a piece means is judged by the caller's pipeline. Careful on purpose: a piece is a request of its own only when it
asks, names what it asks about, and surely means another topic. Else the message stays one, and is understood as ever.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Dict, List, Text

from rasa.shared.utils.io import read_yaml_file

from bot.brain.nlu.normal import any_phrase, simplified
from bot.brain.nlu.topics import OUT_OF_SCOPE

PHRASES = Path("data/requests.yml")

#: Waiting costs money here: served before whatever else was asked for.
STOPS_LOSS = frozenset(
    {
        "service_report_lost", "service_unfreeze", "faq/card_lost_info", "faq/card_dispute", "faq/ebank_fraud",
        "faq/ebank_transfer_wrong",
    }
)
#: Then those who want a person, or complain.
WANTS_EAR = frozenset({"service_human", "service_complaint"})
#: What stands beside one of these is what it is about, unless a joining word sets it apart.
TOLD_ABOUT = WANTS_EAR | {"service_feedback", "service_callback", "service_complaint_progress"}
#: Topics of one matter: they are two requests only if a joining word says so.
MATTERS = (
    frozenset({"service_report_lost", "service_unfreeze", "faq/card_lost_info", "faq/card_replace"}),
    frozenset({"faq/card_dispute", "faq/ebank_fraud", "faq/ebank_transfer_wrong", "faq/savings_unknown_entry"}),
)
#: "Can you help me?" beside a request asks for nothing else.
MANNERS = frozenset({OUT_OF_SCOPE, "faq/general_about_bot"})

#: How sure the meaning of a piece must be, by what sets it apart, from the clearest sign to the weakest. Messages that
#: came in quick succession are lines of one (bot/conversation/turns.py).
SURE = {"join": 0.5, "line": 0.65, "link": 0.8, "stop": 0.8, "pause": 0.9}
#: The same within a sentence for two of one area: there, most go on about one matter.
SURE_IN_AREA = 0.97
#: A whole message that means something else than its pieces with this chance is believed.
SURE_AS_WHOLE = 0.5
#: A statement may be of a loss when such a topic is among so many nearest of the whole message.
NEAR = 5
#: A message of more pieces tells a story; and each piece that is judged costs time.
MOST_PIECES = 8
#: More are not served at once: nobody reads so many answers.
MOST_REQUESTS = 3

#: Rasa's parse data of a text.
Parse = Callable[[Text], Dict[Text, Any]]


@dataclass(frozen=True)
class Piece:
    """A piece of a message.

    `after` is what sets it apart from the one before: a joining word ("join"), a line break ("line"), an "and" before
    a question ("link"), a sentence's end ("stop") or a comma ("pause"). `stopped`: there is a stop or a comma too, or
    it is the first.
    """

    start: int
    end: int
    text: Text
    after: Text
    stopped: bool
    asks: bool
    names_subject: bool


@dataclass(frozen=True)
class Request:
    """One of several requests: its words with what belongs to them, and the parse data of its core."""

    text: Text
    parsed: Dict[Text, Any]

    @property
    def label(self) -> Text:
        """Intent or response key, as the ranking has it."""
        return self.parsed["intent_ranking"][0]["name"]

    @property
    def confidence(self) -> float:
        return self.parsed["intent_ranking"][0]["confidence"]


class Requests:
    """Finds them, by the phrases of data/requests.yml."""

    def __init__(self, phrases: Dict[Text, Any]) -> None:
        asks, refers = _any(phrases["asks"]), phrases["refers"]
        join, link = _any(phrases["joins"]), rf"(?:{_any(phrases['links'])})(?=\s*(?:{asks}))"
        stop = r"[。!?;~…]|\.(?=[\s.]|$)"
        pause = r"(?<!\d),|,(?!\d)|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])"
        self._cut = re.compile(
            rf"(?:[^\S\n]*(?:(?P<join>{join})|(?P<line>\n)|(?P<link>{link})|(?P<stop>{stop})|(?P<pause>{pause}))[^\S\n]*)+"
        )
        self._opener = re.compile(rf"(?:{_any(phrases['openers'])}|[\s,:])+")
        self._asks = re.compile(asks)
        self._refers = re.compile(rf"(?:{_any(refers['openings'])})|.*?(?:{_any(refers['within'])})")
        self._bare = re.compile(rf"{_any(phrases['bare'])}|[\W\d_]+")

    @classmethod
    def load(cls) -> Requests:
        """With the phrases of the working folder."""
        return cls(read_yaml_file(PHRASES))

    def find(self, text: Text, whole: Dict[Text, Any], parse: Parse) -> List[Request]:
        """The requests of a message, the urgent one first; empty when it is one. `whole` is its own parse data."""
        pieces = self.pieces(text)
        if not 2 <= len(pieces) <= MOST_PIECES:
            return []
        found = _distinct(pieces, _judged(pieces, whole, parse))
        said = [Request(_words(text, pieces, found, at), parsed) for at, parsed in sorted(found.items())]
        if whole["intent"]["name"].startswith("alarm_"):
            alarm = Request(text, whole)
            return [alarm, *(one for one in said if one.label != alarm.label)][:MOST_REQUESTS] if said else []
        if len(said) < 2 or _means_another(whole, said):
            return []
        return sorted(said, key=_urgency)[:MOST_REQUESTS]

    def pieces(self, text: Text) -> List[Piece]:
        """The pieces of a text in order; none for one that has nothing to cut at."""
        plain = _plain(text)
        cuts = [match for match in self._cut.finditer(plain) if match.end() < len(plain)]
        if not cuts:
            return []
        pieces: List[Piece] = []
        begin, after, stopped = 0, "", True
        for cut in [*cuts, None]:
            end = cut.start() if cut else len(plain)
            if end > begin:
                pieces.append(self._piece(plain, begin, end, after, stopped))
                after, stopped = "", False
            if cut:
                begin = cut.end()
                signs = [sign for sign in SURE if cut[sign]]
                after = next(sign for sign in SURE if sign in (after, *signs))
                stopped = stopped or bool(cut["line"] or cut["stop"] or cut["pause"])
        return _joined_up(plain, pieces)

    def _piece(self, plain: Text, start: int, end: int, after: Text, stopped: bool) -> Piece:
        whole = plain[start:end]
        opener = self._opener.match(whole)
        core = whole[opener.end() :] if opener else whole
        names_subject = not self._refers.match(core) and bool(self._bare.sub("", core))
        asks = plain[end : end + 1] == "?" or bool(self._asks.search(whole))
        return Piece(start, end, core, after, stopped, asks, names_subject)


def _joined_up(plain: Text, pieces: List[Piece]) -> List[Piece]:
    """Where joining words, lines or sentences set requests apart, commas do not: their pieces go together."""
    together = pieces[:1]
    for piece in pieces[1:]:
        last = together[-1]
        own_sentences = piece.after in ("line", "stop") and last.names_subject and piece.names_subject
        if piece.after == "join" or own_sentences:
            together.append(piece)
        else:
            together[-1] = replace(
                last,
                end=piece.end,
                text=last.text + plain[last.end : piece.end],
                asks=last.asks or piece.asks,
                names_subject=last.names_subject or piece.names_subject,
            )
    return together if len(together) > 1 else pieces


def _judged(pieces: List[Piece], whole: Dict[Text, Any], parse: Parse) -> Dict[int, Dict[Text, Any]]:
    """The parse data of the pieces that are requests, by place; pieces that can not be one are not judged at all."""
    near = whole["intent_ranking"][:NEAR]
    a_loss = any(one["name"] in STOPS_LOSS for one in near)
    could = [
        at
        for at, piece in enumerate(pieces)
        if piece.names_subject and (piece.asks or a_loss or "join" in (piece.after, _next(pieces, at)))
    ]
    least = 1 if whole["intent"]["name"].startswith("alarm_") else 2
    found: Dict[int, Dict[Text, Any]] = {}
    for done, at in enumerate(could):
        if len(found) + len(could) - done < least:
            break  # one request, whatever the rest means
        parsed = parse(pieces[at].text)
        if _is_request(pieces, at, parsed):
            found[at] = parsed
    return found


def _is_request(pieces: List[Piece], at: int, parsed: Dict[Text, Any]) -> bool:
    """Whether this piece asks for something by itself, and surely so."""
    piece, after_it = pieces[at], _next(pieces, at)
    best, intent = parsed["intent_ranking"][0], parsed["intent"]["name"]
    label = best["name"]
    if intent == OUT_OF_SCOPE or intent.startswith(("social_", "alarm_")) or label in MANNERS:
        return False
    if best["confidence"] < SURE[piece.after or after_it]:
        return False
    if piece.asks or label in STOPS_LOSS:
        return True
    # A joining word without a stop may be a part of the sentence: 「信用卡还有年费吗」.
    if piece.after == "join":
        return piece.stopped
    return after_it == "join" and (label in WANTS_EAR or pieces[at + 1].stopped)


def _distinct(pieces: List[Piece], judged: Dict[int, Dict[Text, Any]]) -> Dict[int, Dict[Text, Any]]:
    """Those of the judged pieces that are not about what was asked for before."""
    kept: Dict[int, Dict[Text, Any]] = {}
    for at, parsed in judged.items():
        best, sign = parsed["intent_ranking"][0], pieces[at].after
        before = [one["intent_ranking"][0] for one in kept.values()]
        if any(one["name"] == best["name"] for one in before):
            continue
        if sign != "join" and any(_of_one_matter(one, best, sign) for one in before):
            continue
        kept[at] = parsed
    return kept


def _of_one_matter(first: Dict[Text, Any], second: Dict[Text, Any], sign: Text) -> bool:
    labels = {first["name"], second["name"]}
    if labels & TOLD_ABOUT or any(labels <= matter for matter in MATTERS):
        return True
    in_area = sign in ("link", "pause") and len({_area(label) for label in labels}) == 1
    return in_area and min(first["confidence"], second["confidence"]) < SURE_IN_AREA


def _means_another(whole: Dict[Text, Any], said: List[Request]) -> bool:
    """Whether the message as a whole is surely about something else than its pieces."""
    best = whole["intent_ranking"][0]
    known = whole["intent"]["name"] != OUT_OF_SCOPE and best["confidence"] >= SURE_AS_WHOLE
    return known and all(best["name"] != one.label for one in said)


def _words(text: Text, pieces: List[Piece], found: Dict[int, Any], at: int) -> Text:
    """The words of the request at this piece, with the background that belongs to it.

    Background belongs to what follows; to what precedes it when a joining word, or nothing, follows.
    """
    places = sorted(found)
    place = places.index(at)
    first, last = at, at
    if place == 0:
        first = 0
    elif pieces[at].after != "join":
        first = places[place - 1] + 1
    if place + 1 == len(places):
        last = len(pieces) - 1
    elif pieces[places[place + 1]].after == "join":
        last = places[place + 1] - 1
    source = text if len(_plain(text)) == len(text) else _plain(text)
    return source[pieces[first].start : pieces[last].end].strip()


def _urgency(request: Request) -> int:
    """The less, the more urgent."""
    return 0 if request.label in STOPS_LOSS else 1 if request.label in WANTS_EAR else 2


def _next(pieces: List[Piece], at: int) -> Text:
    """What sets the following piece apart; the message's end is a sentence's."""
    return pieces[at + 1].after if at + 1 < len(pieces) else "stop"


def _area(label: Text) -> Text:
    return label.rpartition("/")[2].partition("_")[0]


def _plain(text: Text) -> Text:
    """Half-width, small, simplified; as long as the text but for rare signs."""
    return simplified(unicodedata.normalize("NFKC", text).lower())


def _any(lists: Dict[Text, List[Text]]) -> Text:
    """A pattern for any of these phrases, the longest first; Latin ones as whole words."""
    phrases = sorted((*lists["zh"], *lists["en"]), key=len, reverse=True)
    return f"(?:{any_phrase({phrase: re.escape(phrase) for phrase in phrases})})"
