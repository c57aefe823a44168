"""Finds what must not be stored and hides it: card, ID and mobile numbers, codes, passwords.

Works on a customer's text before anything is written (L12, I14, I15). Digits are found as people
type them: spaced, dotted, full-width, in Chinese numerals, split over several messages. Masks keep
what an agent needs to tell two things apart, and never the digits that verification asks for (L14;
see masks).
Amounts, dates and the heads of card numbers that customers ask about stay readable.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.conversation.ports import Shielded
from bot.identity import masks
from bot.identity.masks import SECRET

#: Every way we read a digit; full-width ones and numerals stand for the same.
_DIGITS = {
    **{chr(ord("0") + n): str(n) for n in range(10)},
    **{chr(ord("０") + n): str(n) for n in range(10)},
    **dict(zip("〇零一二三四五六七八九幺", "001234567891", strict=True)),
}
_SIGNS = {"x": "X", "X": "X", "ｘ": "X", "Ｘ": "X", "*": "*", "#": "#"}
_D = "0-9０-９〇零一二三四五六七八九幺"
#: What people put between the digits of one number.
_GAP = r"[ \t\u00a0\u2009\u202f\u3000.\-‐‑–—−－_·]{0,2}"
#: A run of digits, at least six long, however it is spaced; X may end an ID number.
_RUN = re.compile(rf"[{_D}](?:{_GAP}[{_D}xXｘＸ*#])*")
#: A number may have this many digits too many, as fingers slip.
_SLIPS = 2
_LONGEST = 19 + _SLIPS

#: Words after which a number is a secret, and the number itself.
_CODE_WORDS = (
    r"验证码|校验码|动态码|短信码|动态密码|"
    r"verification code|one[- ]time code|otp|passcode|security code|(?:the|my|sms|text) code"
)
_PIN_WORDS = (
    r"(?:取款|交易|支付|登录|查询|银行卡|卡|网银|初始)?密码|口令|password|passwd|"
    r"(?<![a-z])(?:pwd|pin码?)(?![a-z])"
)
_CVV_WORDS = r"安全码|后三位|cvv2?|cvc2?|cvn2?"
#: The end of an ID number, which verification asks for, told before or after it is asked.
_ID_WORDS = (
    r"(?:身份证|证件)(?:号码?)?的?(?:最?后|末|尾)(?:[46四六]位|号)?|"
    r"last (?:six|6|four|4)(?: characters| digits)? of (?:my|the) id(?: card| number)?|"
    r"(?:my|the) id(?: card| number)? (?:ends|ending) (?:in|with)"
)
# One space class only on each side of a word: two would make long texts cost seconds.
_SAYS = r"\s*(?:(?:是|为|就是|[:：=]|is|was|are|改成|设成|设为|->|→)\s*)+"
_CODE = re.compile(rf"({_CODE_WORDS})({_SAYS}|\s*)([{_D}](?:{_GAP}[{_D}]){{3,7}})(?![{_D}])", re.I)
_BARE_CODE = re.compile(rf"^\s*([{_D}](?:{_GAP}[{_D}]){{5}})\s*$")
_PASSWORD = re.compile(
    rf"({_PIN_WORDS})({_SAYS}|\s+(?=[\x21-\x7e]*[0-9])|(?=[A-Za-z0-9]{{6,}}))"
    rf"([^\s，。；、？！一-鿿]{{4,64}}|[{_D}](?:{_GAP}[{_D}]){{3,11}})",
    re.I,
)
_CVV = re.compile(rf"({_CVV_WORDS})({_SAYS}|\s*)([{_D}]{{3,4}})(?![{_D}])", re.I)
_ID_END = re.compile(
    rf"({_ID_WORDS})({_SAYS}|\s*)([{_D}](?:{_GAP}[{_D}]){{2,7}}(?:{_GAP}[xXｘＸ])?)(?![{_D}])", re.I
)

#: A text that leaves the rest of a number, or a secret itself, to the next one.
_WORDS = rf"(?:{_CODE_WORDS}|{_PIN_WORDS}|{_CVV_WORDS}|{_ID_WORDS})"
_SECRET_TO_COME = re.compile(rf"{_WORDS}{_SAYS}$|^(?:我的|my )?{_WORDS}$", re.I)
_ENDS_IN_DIGIT = re.compile(rf"[{_D}]{_GAP}$")
_BEGINS_WITH_DIGIT = re.compile(rf"{_GAP}[{_D}xXｘＸ]")
#: The rest of a card or ID number whose first six digits, sent alone, were taken for a code.
_REST = re.compile(rf"^{re.escape(SECRET)} ([{_D}](?:{_GAP}[{_D}xXｘＸ]){{9,12}})$")

#: Eleven digits, perhaps with the country before them.
_PHONE = re.compile(r"(?:(?:00)?86)?(1[3-9]\d{9})")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    kind: str
    mask: str


def shield(text: str, recent: list[tuple[int, str]]) -> Shielded:
    """The text as it may be stored.

    `recent` are the customer's last stored texts with their numbers, oldest first: a secret
    that began there is hidden in every place.
    """
    parts = _begun(recent, text)
    joined = " ".join([*(before for _seq, before in parts), text])
    here = len(joined) - len(text)
    found = [one for one in _find(joined) if one.end > here] if parts else []
    for one in _find(text):
        _add(found, replace(one, start=one.start + here, end=one.end + here))
    shown = _hide(text, here, found)
    earlier, place = {}, 0
    for seq, before in parts:
        if (less := _hide(before, place, found)) != before:
            earlier[seq] = less
        place += len(before) + 1
    kinds = frozenset(one.kind for one in found)
    nothing_left = bool(kinds) and not shown.replace(SECRET, "").strip()
    return Shielded(shown, kinds, earlier, nothing_left)


def card_numbers(text: str) -> list[str]:
    """The full card numbers in this text, as digits; only those whose check digit is right."""
    found = []
    for one in _find(text):
        digits = "".join(_DIGITS.get(character, "") for character in text[one.start : one.end])
        if one.kind == "card" and passes_luhn(digits):
            found.append(digits)
    return found


def phone_in(text: str) -> tuple[str, str] | None:
    """The one mobile number in this text, and the text without it; None when there is none or several."""
    found = [one for one in _find(text) if one.kind == "phone"]
    if len(found) != 1:
        return None
    one = found[0]
    digits = "".join(_DIGITS.get(character, "") for character in text[one.start : one.end])
    return digits, f"{text[: one.start]} {text[one.end :]}"


def _begun(recent: list[tuple[int, str]], text: str) -> list[tuple[int, str]]:
    """Those of the last texts that this one carries on."""
    parts: list[tuple[int, str]] = []
    for seq, before in reversed(recent):
        number = _ENDS_IN_DIGIT.search(before) and _BEGINS_WITH_DIGIT.match(text)
        begun = before == SECRET and _BEGINS_WITH_DIGIT.match(text)
        if not (number or begun or _SECRET_TO_COME.search(before)):
            break
        parts.insert(0, (seq, before))
        text = before
    return parts


def _find(text: str) -> list[_Found]:
    """Everything to hide, without overlaps; words around a number weigh first."""
    found: list[_Found] = []
    for pattern, kind in ((_CODE, "code"), (_CVV, "cvv"), (_ID_END, "id_number"), (_PASSWORD, "password")):
        for match in pattern.finditer(text):
            value = match.group(3)
            if kind == "password" and not _looks_like_password(value):
                continue
            _add(found, _Found(match.start(3), match.end(3), kind, SECRET))
    bare = _BARE_CODE.match(text)
    if bare and not found:
        _add(found, _Found(bare.start(1), bare.end(1), "code", SECRET))
    for match in _RUN.finditer(text):
        for one in _numbers(match):
            _add(found, one)
    if rest := _REST.match(text):
        _add(found, _Found(rest.start(1), rest.end(1), "id_number", SECRET))
    return found


def _numbers(run: re.Match[str]) -> Iterator[_Found]:
    """What is to hide in this run of digits: a gap lies within a number or between two."""
    digits, places = _plain(run)
    breaks = [n for n in range(1, len(places)) if places[n] != places[n - 1] + 1]
    ends = [*breaks, len(places)]
    begin = 0
    while begin < len(places):
        near = [end for end in ends if begin < end <= begin + _LONGEST]
        for end in reversed(near):
            if one := _number(digits[begin:end], places[begin:end]):
                yield one
                break
        else:
            end = next(end for end in ends if end > begin)
        begin = end


def _number(digits: str, places: list[int]) -> _Found | None:
    """What these digits are, if they are something to hide."""
    if "*" in digits or "#" in digits:
        return None  # masked already, as customers quote card heads
    for size, kind in ((18, "id_number"), *((n, "card") for n in range(19, 12, -1))):
        if len(digits) > size + _SLIPS:
            continue
        for start in range(len(digits) - size + 1):
            part = digits[start : start + size]
            if _is(kind, part):
                return _Found(places[start], places[start + size - 1] + 1, kind, _mask(kind, part))
    if phone := _PHONE.fullmatch(digits):
        return _Found(places[phone.start(1)], places[-1] + 1, "phone", _mask("phone", phone[1]))
    return None


def _is(kind: str, digits: str) -> bool:
    if kind == "id_number":
        return is_id_number(digits)
    if not digits.isdigit() or digits[0] not in "34569":
        return False
    # A domestic card number with a slip in it is still nearly a card number.
    return passes_luhn(digits) or (len(digits) >= 16 and digits.startswith("62"))


def _mask(kind: str, digits: str) -> str:
    mask = {"card": masks.card, "phone": masks.phone, "id_number": masks.id_number}[kind]
    return mask(digits)


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the rest (ISO/IEC 7812)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_id_number(digits: str) -> bool:
    """Whether this is a resident identity number: a region, a date, a check digit (GB 11643)."""
    if not re.fullmatch(r"[1-9]\d{5}(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])\d{3}[\dX]", digits):
        return False
    total = sum(int(d) * w for d, w in zip(digits[:17], _ID_WEIGHTS, strict=True))
    return _ID_CHECK[total % 11] == digits[17]


def _plain(match: re.Match[str]) -> tuple[str, list[int]]:
    """The run's digits as ASCII, and where each stands in the text."""
    digits, places = "", []
    for offset, character in enumerate(match.group()):
        if value := _DIGITS.get(character) or _SIGNS.get(character):
            digits += value
            places.append(match.start() + offset)
    return digits, places


def _looks_like_password(value: str) -> bool:
    """Words such as `password reset` are no password; something with a digit in it may be."""
    return any(character in _DIGITS or character.isdigit() for character in value)


def _add(found: list[_Found], one: _Found) -> None:
    if not any(one.start < other.end and other.start < one.end for other in found):
        found.append(one)


def _hide(text: str, place: int, found: list[_Found]) -> str:
    """This text without what was found; it stands at `place` of the text that was searched."""
    for one in sorted(found, key=lambda one: -one.start):
        start, end = max(one.start - place, 0), min(one.end - place, len(text))
        if start < end:
            whole = end - start == one.end - one.start
            text = text[:start] + (one.mask if whole else SECRET) + text[end:]
    return text
