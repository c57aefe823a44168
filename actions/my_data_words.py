"""What is kept about a person, and what became of it, in a customer's words."""

from collections.abc import Mapping, Sequence
from typing import Any

from actions.talk import Talk
from bot.records.people_data import Erasure

#: A list of what is kept begins with what identifies the person.
ORDER = ("contact", "ticket", "consent", "transcript", "conversation", "message", "handoff", "note", "archive")
#: What only repeats another line: a conversation and its turns are told by its messages.
NOT_LISTED = frozenset({"conversation", "turn"})

Kept = Mapping[str, Sequence[Mapping[str, Any]]]


def listed(talk: Talk, found: Kept) -> str:
    """What is kept, a line a class: contacts by their masked fields, consents by their use, the rest counted."""
    lines = []
    for kind in sorted(found, key=lambda kind: ORDER.index(kind) if kind in ORDER else len(ORDER)):
        if kind not in NOT_LISTED:
            lines.append(talk.rooms.catalogue.say(f"data_kind_{kind}", talk.language, **_what(talk, kind, found[kind])))
    return "\n".join(f"· {line}" for line in lines)


def _what(talk: Talk, kind: str, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    joint = "、" if talk.language == "zh" else ", "
    if kind == "contact":
        return {"what": joint.join(_fields(talk, items))}
    if kind == "ticket":
        return {"count": len(items), "what": joint.join(str(item["reference"]) for item in items)}
    if kind == "consent":
        return {"what": joint.join(_decisions(talk, items))}
    return {"count": len(items)}


def _fields(talk: Talk, items: Sequence[Mapping[str, Any]]) -> list[str]:
    """「称呼 何**」: each field once, however many purposes it serves."""
    say = talk.rooms.catalogue.say
    names = {field: say(f"field_{field}", talk.language) for field in {str(item["field"]) for item in items}}
    return list(dict.fromkeys(f"{names[item['field']]} {item['value']}" for item in items))


def _decisions(talk: Talk, items: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each purpose with what was decided last."""
    consents, say = talk.rooms.consents, talk.rooms.catalogue.say
    last = {str(item["purpose"]): str(item["decision"]) for item in items}
    return [
        say(f"data_consent_{decision}", talk.language, use=consents.wording(purpose, talk.language).use)
        for purpose, decision in last.items() if purpose in consents.purposes
    ]


def told(talk: Talk, report: Erasure) -> str:
    """What was deleted, what is locked and why, what stays as proof."""
    say, language = talk.rooms.catalogue.say, talk.language
    joint = "、" if language == "zh" else ", "
    erased = dict.fromkeys(say(f"data_name_{one.kind}", language) for one in report.erased)
    lines = [say("data_erased", language, what=joint.join(erased))] if erased else []
    locked = dict.fromkeys(say(f"data_name_{one.kind}", language) for one in report.locked)
    if locked:
        rules = sorted({str(one.rule) for one in report.locked})
        why = joint.join(talk.rooms.people_data.law(rule, language) for rule in rules)
        lines.append(say("data_locked", language, what=joint.join(locked), why=why))
    kept = [law for rule in report.kept if (law := talk.rooms.people_data.law(rule, language))]
    if kept:
        lines.append(say("data_kept", language, why=("；" if language == "zh" else "; ").join(kept)))
    return "\n".join(lines)
