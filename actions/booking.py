"""What can be booked, as a customer chooses it: who comes, class, branch, day; by a button or in words."""

import re
from datetime import date
from typing import Any

from actions.choosing import asks, day_named, named
from actions.choosing import names_day as names_a_day
from actions.talk import Talk, picked
from bot.clock import BANK_ZONE

WHO, CLASS, BRANCH, DAY = "appointment_who", "appointment_class", "appointment_branch", "appointment_day"

WHO_TITLES = {
    "self": {"zh": "我自己", "en": "For myself"},
    "minor": {"zh": "给未成年孩子", "en": "For my child"},
    "proxy": {"zh": "代别的成年人", "en": "For another adult"},
}
#: What says who comes, by the meaning in data/replies.yml; a child is also somebody else, so it is looked for first.
_WHO = {"minor": "for_child", "proxy": "for_adult", "self": "for_self"}
_NUMERALS = "一二三四五六七八九"

Titles = dict[str, dict[str, str]]


def is_about_booked(talk: Talk) -> bool:
    """Whether the words are about a visit that is booked, not about a new one."""
    return any(talk.mentions(one) for one in ("change_visit", "cancel_visit", "see_visit"))


# ---- who


def who_in(talk: Talk) -> str | None:
    """Who comes, if the words say it."""
    if not talk.typed or asks(talk.plain):
        return None
    return next((who for who, meaning in _WHO.items() if talk.mentions(meaning)), None)


def who_title(talk: Talk) -> str:
    """Who comes, as it is read back."""
    return talk.rooms.catalogue.say(f"appointment_for_{talk.slot(WHO)}", talk.language)


def papers(talk: Talk, account_class: str, who: str) -> str:
    """What to bring, a line each."""
    lines = talk.rooms.appointments.papers(account_class, who, talk.language)
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


# ---- class and branch


def class_titles(talk: Talk) -> Titles:
    """Each class with its title in both languages."""
    zh, en = talk.rooms.appointments.classes("zh"), talk.rooms.appointments.classes("en")
    return {id_: {"zh": zh[id_], "en": en[id_]} for id_ in zh}


def class_in(talk: Talk) -> str | None:
    """The class that is chosen in words: 二类, class II, type 2."""
    return named(talk.plain, _class_names(talk))


def class_said(talk: Talk) -> str | None:
    """The class that the first words name among others: 我想开个一类户."""
    found = [
        id_ for id_, names in _class_names(talk).items()
        if any(name in talk.plain for name in names if not name.isascii())
    ]
    return found[0] if len(found) == 1 else None


def names_class(talk: Talk) -> bool:
    """Whether the answer is a class of account, be it one that there is not."""
    return bool(re.fullmatch(r"(?:我?[要选开])?\w{1,2}类(?:账户|户|卡)?|(?:class|type) \w+", talk.plain))


def _class_names(talk: Talk) -> dict[str, list[str]]:
    names = {}
    for number, (id_, title) in enumerate(class_titles(talk).items(), 1):
        short = [f"{_NUMERALS[number - 1]}类", f"{number}类", f"{id_.lower()}类"]
        short += [f"{word} {one}" for word in ("class", "type", "category") for one in (id_.lower(), str(number))]
        names[id_] = [*title.values(), *short]
    return names


def branch_titles(talk: Talk) -> Titles:
    """Each branch with its name in both languages."""
    return {id_: one.name.model_dump() for id_, one in talk.rooms.appointments.branches().items()}


def branch_in(talk: Talk) -> str | None:
    """The branch that is chosen in words."""
    return named(talk.plain, _branch_names(talk))


def branch_said(talk: Talk) -> str | None:
    """The branch that the first words name among others: 在人民路支行留个开户的号."""
    found = [id_ for id_, names in _branch_names(talk).items() if any(name.lower() in talk.plain for name in names)]
    return found[0] if len(found) == 1 else None


def names_branch(talk: Talk) -> bool:
    """Whether the answer is a branch, be it one that we do not have."""
    plain = talk.plain.rstrip(" .。吧")
    return plain.endswith(("支行", "分行", "网点", " branch")) and not asks(plain) and len(plain) <= 30


def _branch_names(talk: Talk) -> dict[str, list[str]]:
    return {
        id_: [*title.values(), title["zh"].removesuffix("支行"), title["en"].removesuffix(" Branch")]
        for id_, title in branch_titles(talk).items()
    }


# ---- day


def days(talk: Talk) -> Titles:
    """The days that can be booked now, each with its title in both languages."""
    appointments = talk.rooms.appointments
    return {
        day.isoformat(): {language: appointments.day_title(day, language) for language in ("zh", "en")}
        for day in appointments.days()
    }


def day_title(talk: Talk, day: str) -> str:
    """This day as the customer reads it."""
    return talk.rooms.appointments.day_title(date.fromisoformat(day), talk.language)


def buttons(slot: str, titles: Titles, *, but: str | None = None) -> list[dict[str, Any]]:
    """A button for each of these, as answers for the slot; without the one that is booked already."""
    return [picked(slot, id_, **title) for id_, title in titles.items() if id_ != but]


def day_in(talk: Talk, slot: str) -> str | None:
    """The day that was pressed for this slot or said; None when it can not be booked."""
    offered = [date.fromisoformat(day) for day in days(talk)]
    if (pressed := talk.pressed(slot)) is not None:
        return str(pressed) if pressed in days(talk) else None
    found = day_named(talk.plain, offered, _today(talk)) if names_day(talk) else None
    return found.isoformat() if found else None


def names_day(talk: Talk) -> bool:
    """Whether the words answer "which day?"."""
    return names_a_day(talk.plain, [date.fromisoformat(day) for day in days(talk)], _today(talk))


def _today(talk: Talk) -> date:
    return talk.rooms.clock.now().astimezone(BANK_ZONE).date()
