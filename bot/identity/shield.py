"""Finds what must not be stored and hides it: card, ID and mobile numbers, codes, passwords.

Works on a customer's text before anything is written (L12, I14, I15). Digits are found as
people type them: spaced, dotted, full-width, in Chinese numerals, split over two messages. Masks
keep what an agent needs to tell two things apart, and never the digits that verification asks for:
a card keeps its first six and last four, a mobile number three and four, an ID only its first three (L14).
Amounts, dates and the heads of card numbers that customers ask about stay readable.
"""

import re
from dataclasses import dataclass

from bot.conversation.ports import Shielded

SECRET = "[secret]"

#: Every way we read a digit; full-width ones and numerals stand for the same.
_DIGITS = {
    **{chr(ord("0") + n): str(n) for n in range(10)},
    **{chr(ord("０") + n): str(n) for n in range(10)},
    **dict(zip("〇零一二三四五六七八九幺", "001234567891", strict=True)),
}
_D = "0-9０-９〇零一二三四五六七八九幺"
#: What people put between the digits of one number.
_GAP = r"[ \t\u3000.\-–—_·]{0,2}"
#: A run of digits, at least six long, however it is spaced; X may end an ID number.
_RUN = re.compile(rf"[{_D}](?:{_GAP}[{_D}xXｘＸ*#])*")

#: Words after which a number is a secret, and the number itself.
_CODE_WORDS = r"验证码|校验码|动态码|短信码|动态密码|verification code|one[- ]time code|otp|passcode|security code"
_PASSWORD_WORDS = r"(?:取款|交易|支付|登录|查询|银行卡|卡|网银|初始)?密码|口令|password|passwd|\bpwd\b|\bpin\b"
_CVV_WORDS = r"安全码|后三位|cvv2?|cvc2?|cvn2?"
_SAYS = r"(?:\s*(?:是|为|就是|[:：=]|is|was|are|改成|设成|设为|->|→)\s*)+"
_CODE = re.compile(rf"({_CODE_WORDS})({_SAYS}|\s*)([{_D}](?:{_GAP}[{_D}]){{3,7}})(?![{_D}])", re.I)
_BARE_CODE = re.compile(rf"^\s*([{_D}](?:{_GAP}[{_D}]){{5}})\s*$")
_PASSWORD = re.compile(
    rf"({_PASSWORD_WORDS})({_SAYS}|\s+(?=[\x21-\x7e]*[0-9])|(?=[A-Za-z0-9]{{6,}}))([^\s,，。;；、的吗呢么?？!！一-鿿]{{4,32}}|[{_D}](?:{_GAP}[{_D}]){{3,11}})",
    re.I,
)
_CVV = re.compile(rf"({_CVV_WORDS})({_SAYS}|\s*)([{_D}]{{3,4}})(?![{_D}])", re.I)

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

    `recent` are the customer's last stored texts with their numbers, oldest first: a number
    that began there is hidden in both places.
    """
    found = _find(text)
    shown = _replace(text, found)
    kinds = {one.kind for one in found}
    earlier: dict[int, str] = {}
    if not found and recent and _ends_in_digits(recent[-1][1]) and _starts_with_digits(text):
        seq, before = recent[-1]
        joined = _find(before + " " + text)
        across = [one for one in joined if one.start < len(before) < one.end]
        if across:
            one = across[0]
            kinds.add(one.kind)
            earlier[seq] = before[: one.start] + SECRET
            shown = SECRET + text[max(0, one.end - len(before) - 1):]
    return Shielded(shown, frozenset(kinds), earlier)


def _find(text: str) -> list[_Found]:
    """Everything to hide, left to right, without overlaps; words around a number weigh first."""
    found: list[_Found] = []
    for pattern, kind in ((_CODE, "code"), (_CVV, "cvv"), (_PASSWORD, "password")):
        for match in pattern.finditer(text):
            value = match.group(3)
            if kind == "password" and not _looks_like_password(value):
                continue
            _add(found, _Found(match.start(3), match.end(3), kind, SECRET))
    bare = _BARE_CODE.match(text)
    if bare and not found:
        _add(found, _Found(bare.start(1), bare.end(1), "code", SECRET))
    for match in _RUN.finditer(text):
        one = _number(match)
        if one:
            _add(found, one)
    return sorted(found, key=lambda one: one.start)


def _number(match: re.Match[str]) -> _Found | None:
    """What this run of digits is, if it is something to hide."""
    digits, places = _plain(match)
    if "*" in digits or "#" in digits:
        return None  # masked already, as customers quote card heads
    for size, kind in ((18, "id_number"), *((n, "card") for n in range(19, 12, -1)), (11, "phone")):
        for start in range(len(digits) - size + 1):
            part = digits[start : start + size]
            if not _is(kind, part) or (kind != "phone" and len(digits) - size > 2):
                continue
            if kind == "phone" and len(digits) not in (11, 13):
                continue  # eleven digits inside a longer number are no telephone
            return _Found(places[start], places[start + size - 1] + 1, kind, _mask(kind, part))
    return None


def _is(kind: str, digits: str) -> bool:
    if kind == "id_number":
        return is_id_number(digits)
    if kind == "card":
        if not digits.isdigit() or digits[0] not in "34569":
            return False
        # A domestic card number with a slip in it is still nearly a card number.
        return passes_luhn(digits) or (len(digits) >= 16 and digits.startswith("62"))
    return bool(re.fullmatch(r"1[3-9]\d{9}", digits))


def _mask(kind: str, digits: str) -> str:
    if kind == "card":
        return f"{digits[:6]}{'*' * (len(digits) - 10)}{digits[-4:]}"
    if kind == "phone":
        return f"{digits[:3]}****{digits[-4:]}"
    return f"{digits[:3]}***************"


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the rest (ISO/IEC 7812)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_id_number(digits: str) -> bool:
    """Whether this is a resident identity number: 18 characters, a date, a check digit (GB 11643)."""
    if not re.fullmatch(r"[1-9]\d{5}(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])\d{3}[\dX]", digits):
        return False
    total = sum(int(d) * w for d, w in zip(digits[:17], _ID_WEIGHTS, strict=True))
    return _ID_CHECK[total % 11] == digits[17]


def _plain(match: re.Match[str]) -> tuple[str, list[int]]:
    """The run's digits as ASCII, and where each stands in the text."""
    digits, places = "", []
    for offset, character in enumerate(match.group()):
        value = _DIGITS.get(character) or {"x": "X", "X": "X", "ｘ": "X", "Ｘ": "X", "*": "*", "#": "#"}.get(character)
        if value is not None:
            digits += value
            places.append(match.start() + offset)
    return digits, places


def _looks_like_password(value: str) -> bool:
    """Words such as `password reset` are no password; something with a digit in it may be."""
    return any(character in _DIGITS or character.isdigit() for character in value)


def _add(found: list[_Found], one: _Found) -> None:
    if not any(one.start < other.end and other.start < one.end for other in found):
        found.append(one)


def _replace(text: str, found: list[_Found]) -> str:
    for one in reversed(found):
        text = text[: one.start] + one.mask + text[one.end :]
    return text


def _ends_in_digits(text: str) -> bool:
    return bool(re.search(rf"[{_D}]{{2,}}\s*$", text))


def _starts_with_digits(text: str) -> bool:
    return bool(re.match(rf"\s*[{_D}]{{2,}}", text))
