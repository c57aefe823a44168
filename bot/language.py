"""Which of our two languages a text is in. Imports nothing, so that the brain may use it too."""

import re

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
#: Letters among digits are part of a number.
_WORD = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{2,}(?:'[a-z]+)?(?![0-9A-Za-z])")
#: One syllable of Chinese in Latin letters.
_PINYIN = re.compile(
    r"(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?"
    r"(?:ai|ao|ang|an|a|ou|ong|o|eng|en|ei|er|e|iang|iao|ian|iong|ia|ie|ing|in|iu|i"
    r"|uang|uai|uan|uo|ua|ui|un|ue|u|ve|v)",
    re.I,
)
#: Letters in a row from one side of the keyboard have fewer vowels than any word.
_LEAST_VOWELS = 0.15


def detect(text: str, previous: str = "zh") -> str:
    """`zh` or `en`; the previous language where the text does not tell.

    Numbers, signs, `ok`, Chinese in Latin letters and keyboard noise do not tell (I16). A Chinese
    sentence with English words in it is Chinese; an English sentence that quotes a Chinese name
    is English.
    """
    han = len(_HAN.findall(text))
    words = _WORD.findall(text)
    if han:
        return "en" if len(words) >= 4 * han else "zh"
    if len(words) == 1 and len(text.strip()) <= 4:
        return previous
    if len(words) > 1 and all(map(_PINYIN.fullmatch, words)):
        return previous
    return "en" if any(map(_may_be_english, words)) else previous


def _may_be_english(word: str) -> bool:
    vowels = sum(letter in "aeiouy" for letter in word.lower())
    return vowels / len(word) > _LEAST_VOWELS
