"""Which of our two languages a text is in. Imports nothing, so that the brain may use it too."""

import re

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[A-Za-z]{2,}(?:'[a-z]+)?")


def detect(text: str, previous: str = "zh") -> str:
    """`zh` or `en`; the previous language where the text does not tell (numbers, signs, `ok`).

    A Chinese sentence with English words in it is Chinese; an English sentence that quotes a
    Chinese name is English.
    """
    han = len(_HAN.findall(text))
    words = len(_WORD.findall(text))
    if han == 0 and words == 0:
        return previous
    if han == 0:
        return "en" if words > 1 or len(text.strip()) > 4 else previous
    return "en" if words >= 4 * han else "zh"
