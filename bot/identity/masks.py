"""How much of a number or a name is shown. One place, for the shield, the desk and every copy (L14).

No mask shows a character that verification asks for: not the last six of an ID document, not a
code. A card's last four are shown: they tell two cards apart, and are never asked as a proof. The
customer names a card by them; they are an identifier, not a secret.
"""

import re

#: What stands for a secret as a whole.
SECRET = "[secret]"  # noqa: S105
#: Characters of the ID document that verification asks for, from its end.
ASKED_OF_ID = 6

_CJK = re.compile(r"[㐀-鿿豈-﫿]")


def card(digits: str) -> str:
    """First six and last four: 622202*********0128."""
    if len(digits) < 13:
        return "*" * len(digits)
    return f"{digits[:6]}{'*' * (len(digits) - 10)}{digits[-4:]}"


def phone(digits: str) -> str:
    """Three and four of a mobile number, 138****5678; only the last two of any other."""
    if len(digits) == 11 and digits.startswith("1"):
        return f"{digits[:3]}****{digits[-4:]}"
    return "*" * max(len(digits) - 2, 0) + digits[-2:] if len(digits) > 6 else "*" * len(digits)


def id_number(characters: str) -> str:
    """The first three of a long one; nothing of a short one, whose last six would be most of it."""
    shown = 3 if len(characters) >= 3 + ASKED_OF_ID else 0
    return characters[:shown] + "*" * (len(characters) - shown)


def name(full: str) -> str:
    """The last character of a Chinese name, the surname of another: **明, **** Smith."""
    full = full.strip()
    if _CJK.search(full) or " " not in full:
        return "*" * (len(full) - 1) + full[-1:] if len(full) > 1 else "*" * len(full)
    given, surname = full.rsplit(" ", 1)
    return f"{re.sub(r'[^ ]', '*', given)} {surname}"
