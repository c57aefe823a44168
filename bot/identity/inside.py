"""A code that is awaited, somewhere inside what was typed: finds it and takes it out of the text (L12, L13).

Only where a code is awaited: elsewhere six digits may be an amount, and stay readable. There every run
is hidden in which neighbouring groups of digits make six, and a message that is but a part of a code.
"""

import re
from dataclasses import dataclass

from bot.identity import typed
from bot.identity.masks import SECRET

#: As many digits as a code has.
LENGTH = 6

_D = "0-9０-９〇零一二三四五六七八九幺"
_GAP = r"[ \t\u00a0\u2009\u202f\u3000.,，\-‐‑–—−－_·]{0,3}"
_RUN = re.compile(rf"[{_D}](?:{_GAP}[{_D}])*")
_GROUP = re.compile(rf"[{_D}]+")
_PART = re.compile(rf"^\s*[{_D}](?:{_GAP}[{_D}]){{0,{LENGTH - 2}}}[\s.。,，…]*$")
#: What makes a run an amount: hidden, but no try is spent on it.
_MONEY_BEFORE = re.compile(r"(?:[¥￥$]|rmb|cny|usd)\s*$", re.I)
_MONEY_AFTER = re.compile(r"\s*(?:元|块|圆|美元|港币|万|rmb|cny|usd|yuan|dollars?)", re.I)


@dataclass(frozen=True)
class Inside:
    """What is in the text.

    `code` is what to try; empty when nobody can tell, or when it is a part of a code. `shown` is the
    text without it.
    """

    code: str
    shown: str


def code_inside(text: str) -> Inside | None:
    """The six digits in a sentence, or the few that are all it says; None when it has neither."""
    if _PART.match(text):
        return Inside("", SECRET)
    runs = [run for run in _RUN.finditer(text) if _may_hold_code(run.group())]
    if not runs:
        return None
    codes = [code for run in runs if not _is_money(text, run) for code in _codes(run.group())]
    shown = text
    for run in reversed(runs):
        shown = shown[: run.start()] + SECRET + shown[run.end() :]
    return Inside(codes[0] if len(codes) == 1 else "", shown)


def _may_hold_code(run: str) -> bool:
    """Whether neighbouring groups of this run make six digits."""
    sizes = [len(group) for group in _GROUP.findall(run)]
    return any(
        sum(sizes[first:last]) == LENGTH for first in range(len(sizes)) for last in range(first + 1, len(sizes) + 1)
    )


def _codes(run: str) -> list[str]:
    """What may be meant as the code: the whole run, or a group of six."""
    whole = typed.plain(run)
    if len(whole) == LENGTH:
        return [whole]
    return [typed.plain(group) for group in _GROUP.findall(run) if len(group) == LENGTH]


def _is_money(text: str, run: re.Match[str]) -> bool:
    return bool(_MONEY_BEFORE.search(text[: run.start()]) or _MONEY_AFTER.match(text[run.end() :]))
