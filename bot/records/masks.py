"""How a person's data is shown before somebody has a reason to see it (L14).

What verification asks for is never visible: of an ID number only the first three characters stay.
"""

#: Surnames of two characters that are common enough to meet.
_DOUBLE = {
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "宇文", "长孙",
    "夏侯", "南宫", "端木", "百里", "呼延", "轩辕", "独孤",
}
HIDDEN = "****"


def masked(field: str, value: str) -> str:
    """The value of this field, hidden as far as its kind asks; an unknown kind is hidden whole."""
    return _MASKS.get(field, hidden)(value)


def name(value: str) -> str:
    """The surname alone: 王**, 欧阳**, W***."""
    if "\u4e00" <= value[:1] <= "\u9fff":
        return (value[:2] if value[:2] in _DOUBLE and len(value) > 2 else value[:1]) + "**"
    return f"{value[:1]}***"


def phone(value: str) -> str:
    """The first three and the last four: 138****5678."""
    return _ends(value, 3, 4)


def card(value: str) -> str:
    """The first six and the last four."""
    return _ends(value, 6, 4)


def id_number(value: str) -> str:
    """The first three."""
    return value[:3] + "*" * max(4, len(value) - 3) if len(value) > 6 else HIDDEN


def hidden(_value: str) -> str:
    """Nothing of it, not even its length."""
    return HIDDEN


def _ends(value: str, first: int, last: int) -> str:
    """Both ends with stars between; too short for that, nothing."""
    if len(value) < first + last + 3:
        return HIDDEN
    return value[:first] + "*" * (len(value) - first - last) + value[-last:]


def _open(value: str) -> str:
    return value


#: C1 fields are shown as they are.
_MASKS = {
    "name": name,
    "phone": phone,
    "card": card,
    "id_number": id_number,
    **dict.fromkeys(("contact_time", "branch", "day", "account_class", "topic"), _open),
}
