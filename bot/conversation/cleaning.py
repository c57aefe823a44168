"""Makes a customer's text fit to be stored: what is invisible or would garble other people's screens goes.

Does not hide secrets; that is the shield's work.
"""

import re
import unicodedata

from bot.errors import BadRequest, TooLong

#: Characters a message may have (S12).
MAX_CHARACTERS = 2000
#: Combining marks that may stand on one character; more is a bomb, not a language (I11).
MAX_MARKS = 4

_KEPT_CONTROLS = "\n\t"
_MARK = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]"
_MARKS = re.compile(rf"(\w?)({_MARK}{{{MAX_MARKS}}}){_MARK}+")


def clean(text: str, field: str = "text") -> str:
    """NFC without control, direction and zero-width characters, at most `MAX_CHARACTERS` long.

    What is wrong with it is said of `field`.

    Raises:
        TooLong: it is longer (I02); nothing is cut off silently.
        BadRequest: nothing visible is left (I01), or it is no valid Unicode (I11).
    """
    if len(text) > MAX_CHARACTERS:
        raise TooLong(field=field, limit=MAX_CHARACTERS)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadRequest("bad_text", field=field) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text if c in _KEPT_CONTROLS or not _is_hidden(c)).strip()
    text = _MARKS.sub(r"\1\2", unicodedata.normalize("NFC", text))
    if not text:
        raise BadRequest("empty_text", field=field)
    return text


def _is_hidden(character: str) -> bool:
    """Control, format (direction overrides, zero-width) and unassigned characters.

    The joiner stays: it holds emoji families together.
    """
    category = unicodedata.category(character)
    return category in ("Cc", "Cf", "Cs", "Co", "Cn") and character != "\u200d"
