"""What a field about a person may hold: one place for every form, card and ticket (R11, R17)."""

import re
import unicodedata

from bot.errors import BadRequest

#: Longest value of each field that we know, in characters; others can not be kept.
LIMITS = {
    "name": 40,
    "phone": 20,
    "matter": 500,
    "demand": 500,
    "comment": 500,
    "contact_time": 60,
    "branch": 60,
    "day": 10,
    "account_class": 24,
    "occupation": 40,
    "topic": 64,
}
#: Free words; whoever keeps them puts them through the shield first (L12).
FREE_TEXT = frozenset({"matter", "demand", "comment"})

_PHONE = re.compile(r"1[3-9][0-9]{9}|0[0-9]{9,11}|\+[0-9]{8,15}")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_MOBILE_FROM_ABROAD = re.compile(r"(?:\+86|0086)(1[3-9][0-9]{9})")
#: A landline with its area code, as people set it off.
_LANDLINE = re.compile(r"0[0-9]{2,3}-?[0-9]{7,8}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_ID_LENGTH = 18


def checked(field: str, value: object) -> str:
    """The value as it is kept: trimmed, visible, a phone number without its spaces.

    Raises:
        BadRequest: unknown field, no text, empty, too long or of the wrong form (`form_field`), or
            a resident ID number, which no field keeps (`id_number_not_kept`); names the field.
    """
    longest = LIMITS.get(field)
    if longest is None or not isinstance(value, str):
        raise BadRequest("form_field", field=field)
    text = _visible(value) if field in FREE_TEXT else " ".join(_visible(value).split())
    if field not in FREE_TEXT and holds_resident_id(text):
        raise BadRequest("id_number_not_kept", field=field)
    kept = _FORMS.get(field, _as_it_is)(text)
    if not kept or len(text) > longest:
        raise BadRequest("form_field", field=field)
    return kept


def holds_resident_id(text: str) -> bool:
    """Whether a resident ID number with a right check digit stands in the text."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())
    return any(
        _is_resident_id(plain[at : at + _ID_LENGTH]) for at in range(len(plain) - _ID_LENGTH + 1)
    )


def _is_resident_id(number: str) -> bool:
    digits = number[:-1]
    if not (digits.isascii() and digits.isdigit()):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _ID_WEIGHTS, strict=True))
    return _ID_CHECK[total % 11] == number[-1]


def _visible(text: str) -> str:
    """Composed, trimmed, without control, direction and zero-width characters."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(c for c in composed if c == "\n" or unicodedata.category(c)[0] != "C").strip()


def _as_it_is(text: str) -> str:
    return text


def _name(text: str) -> str:
    """Somebody is called by letters; digits alone are a slip of the field."""
    return text if any(c.isalpha() for c in text) else ""


def _phone(text: str) -> str:
    """Mobile, landline with its area code, or a number from abroad; one writing for each."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    if home := _MOBILE_FROM_ABROAD.fullmatch(plain.replace("-", "")):
        return home[1]
    bare = plain.replace("-", "")
    set_off = bare != plain and not (_LANDLINE.fullmatch(plain) or _MOBILE.fullmatch(bare))
    return bare if _PHONE.fullmatch(bare) and not set_off else ""


def _day(text: str) -> str:
    return text if _DAY.fullmatch(text) else ""


_FORMS = {"name": _name, "phone": _phone, "day": _day}
