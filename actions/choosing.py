"""Reads a choice that was typed instead of pressed: by its name, by its place in the list, or as a day.

Pure. What names no option, or more than one, is no choice; a question about an option is none either.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

#: What makes a text a question about an option instead of a choice of it.
_ASKS = re.compile(
    r"[?？]|吗|呢|怎么|什么|哪|几点|多少|为啥|区别|能不能|可不可以|"
    r"\b(?:what|why|how|when|where|which|is it|are they|can i|do i|difference)\b"
)
#: Longer than this a text tells something; it chooses nothing.
_LONGEST = 40

_ORDINALS = (
    ("1", "一", "first"), ("2", "二", "second"), ("3", "三", "third"), ("4", "四", "fourth"), ("5", "五", "fifth"),
    ("6", "六", "sixth"), ("7", "七", "seventh"), ("8", "八", "eighth"), ("9", "九", "ninth"), ("10", "十", "tenth"),
)

_WEEKDAYS = (
    ("一", "mon(?:day)?"), ("二", "tue(?:s(?:day)?)?"), ("三", "wed(?:nesday)?"), ("四", "thu(?:rs(?:day)?)?"),
    ("五", "fri(?:day)?"), ("六", "sat(?:urday)?"), ("[日天]", "sun(?:day)?"),
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*"
_ISO = re.compile(r"(?<!\d)(20\d\d)-(\d{1,2})-(\d{1,2})(?!\d)")
_ZH_DATE = re.compile(r"(?:(\d{1,2})\s*月\s*|(?<!\d))(\d{1,2})\s*[日号]")
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})[/.](\d{1,2})(?!\d)")
_DAY_MONTH = re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}\b")
_MONTH_DAY = re.compile(rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?(?!\d)")
_ONLY_DAY = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)\b")
_SOONEST = re.compile(
    r"最早|最快|越早越好|越快越好|尽快|都行|都可以|随便|\b(?:earliest|soonest|as soon as|any day|asap)\b"
)
_NEXT_WEEK = re.compile(r"下周|下星期|下礼拜|\bnext\b")
_RELATIVE = (
    (re.compile(r"大后天"), 3), (re.compile(r"后天|\bday after tomorrow\b"), 2),
    (re.compile(r"明天|明儿|\btomorrow\b"), 1), (re.compile(r"今天|今儿|\btoday\b"), 0),
)


def asks(text: str) -> bool:
    """Whether this is a question rather than an answer."""
    return bool(_ASKS.search(text))


def named(text: str, titles: Mapping[str, Sequence[str]]) -> str | None:
    """The one option that is meant: by one of its names, a part of one, or its place in the list."""
    whole = text.strip(" .,。，!！")
    options = {id_: [name.lower() for name in names] for id_, names in titles.items()}
    if len(exact := [id_ for id_, names in options.items() if whole in names]) == 1:
        return exact[0]
    if not whole or len(whole) > _LONGEST or asks(whole):
        return None
    for fits in (
        [id_ for id_, names in options.items() if any(_has(whole, name) for name in names)],
        [id_ for id_, names in options.items() if len(whole) > 1 and any(whole in name for name in names)],
    ):
        if fits:
            return fits[0] if len(fits) == 1 else None
    return _by_place(whole, list(options))


def day_named(text: str, offered: Sequence[date], today: date) -> date | None:
    """The offered day that is meant; None when it is not on offer."""
    if _SOONEST.search(text):
        return offered[0]
    return next((day for day in _days(text, offered, today) if day in offered), None)


def names_day(text: str, offered: Sequence[date], today: date) -> bool:
    """Whether the text answers "which day?", be it with a day that is not on offer."""
    if asks(text) or len(text) > _LONGEST:
        return False
    return bool(_SOONEST.search(text)) or bool(_days(text, offered, today))


def _has(text: str, name: str) -> bool:
    """Whether the name is in the text; a Latin one as whole words."""
    return bool(re.search(rf"\b{re.escape(name)}\b", text)) if name.isascii() else name in text


def _by_place(text: str, ids: list[str]) -> str | None:
    for place, (digit, numeral, word) in enumerate(_ORDINALS[: len(ids)]):
        zh = rf"(?:我?选)?第?(?:{digit}|{numeral})[个项家]?"
        en = rf"(?:the )?{word}(?: one)?|(?:no\.? ?|option ){digit}"
        if re.fullmatch(rf"{zh}|{en}", text):
            return ids[place]
    return None


def _days(text: str, offered: Sequence[date], today: date) -> list[date]:
    """The days that the text can mean, likeliest first; empty when it names none."""
    for pattern, ahead in _RELATIVE:
        if pattern.search(text):
            return [today + timedelta(days=ahead)]
    if dated := _dated(text, today):
        return dated
    for number, (zh, en) in enumerate(_WEEKDAYS):
        if re.search(rf"(?:周|星期|礼拜){zh}|\b{en}\b", text):
            return _of_weekday(number, offered, today, next_week=bool(_NEXT_WEEK.search(text)))
    return []


def _of_weekday(number: int, offered: Sequence[date], today: date, *, next_week: bool) -> list[date]:
    monday = today - timedelta(days=today.weekday())
    if next_week:
        return [monday + timedelta(days=7 + number)]
    soonest = [day for day in offered if day.weekday() == number]
    return soonest or [monday + timedelta(days=number)]


def _dated(text: str, today: date) -> list[date]:
    """A date in any of the ways in which people write one; without a month or year the next such day."""
    if found := _ISO.search(text):
        return _real(int(found[1]), int(found[2]), int(found[3]))
    month, day = _month_and_day(text)
    if day is None:
        return []
    months = [month] if month else [today.month, today.month % 12 + 1]
    days = [one for year in (today.year, today.year + 1) for m in months for one in _real(year, m, day)]
    return [one for one in sorted(days) if one >= today] or days


def _month_and_day(text: str) -> tuple[int | None, int | None]:
    if found := _ZH_DATE.search(text):
        return int(found[1]) if found[1] else None, int(found[2])
    if found := _SLASHED.search(text):
        return int(found[1]), int(found[2])
    if found := _DAY_MONTH.search(text):
        return _MONTHS.index(found[2]) + 1, int(found[1])
    if found := _MONTH_DAY.search(text):
        return _MONTHS.index(found[1]) + 1, int(found[2])
    if found := _ONLY_DAY.search(text):
        return None, int(found[1])
    return None, None


def _real(year: int, month: int, day: int) -> list[date]:
    try:
        return [date(year, month, day)]
    except ValueError:
        return []
