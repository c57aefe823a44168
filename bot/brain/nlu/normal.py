"""Brings a message into the form in which it is compared: what does not change the meaning goes.

Full-width and Traditional characters become plain ones, capitals small, other banks' names our own
(customers of any bank ask alike), masked or long digits a sign for "a number".
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from opencc import OpenCC

_T2S = OpenCC("t2s")
#: From here on characters have two forms.
_FIRST_CHINESE = 0x3400
#: More characters than are in use.
_KEPT = 12_000

_BANKS_ZH = (
    "中国农业银行|农业银行|中国工商银行|工商银行|中国建设银行|建设银行|中国银行|交通银行|中国邮政储蓄银行|邮政储蓄银行|"
    "邮储银行|招商银行|中信银行|光大银行|华夏银行|民生银行|广发银行|浦发银行|平安银行|兴业银行|浙商银行|渤海银行|"
    "北京银行|上海银行|江苏银行|宁波银行|南京银行|徽商银行|农村商业银行|农商银行|农信社|信用社|青禾银行|"
    "农行|工行|建行|中行|交行|邮储|招行|青禾|广发|浦发|民生|你行|贵行|你们银行|咱们银行|本行"
)
_BANKS_EN = (
    r"bank of america|wells fargo|capital one|chase|citi(?:bank)?|hsbc|barclays|td bank|us bank|pnc|ally|discover|"
    r"first tech|silvergate|bank of china|icbc|abc bank|qinghe bank|qinghe"
)
_BANK_ZH, _BANK_EN = re.compile(_BANKS_ZH), re.compile(rf"\b(?:{_BANKS_EN})\b")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
_MASKED = re.compile(r"(?:\d[\d*#x]*[*#]+[\d*#x]*|\d{6,})")
_AMOUNT = re.compile(r"\d+(?:[.,]\d+)?")
_DIGIT = re.compile(r"\d")
#: Stands for a bank's name, and for nothing that is written.
_NAME = "\ue000"
_NOISE = re.compile(rf"[\u200b-\u200f\u2028-\u202f\ufeff{_NAME}]")


class _Simplified(dict[int, str]):
    """The Simplified character of a code, looked up once; nobody fills the memory by writing all there are."""

    def __missing__(self, code: int) -> str:
        converted = _T2S.convert(chr(code)) if code >= _FIRST_CHINESE else chr(code)
        simple = converted if len(converted) == 1 else chr(code)
        if len(self) < _KEPT:
            self[code] = simple
        return simple


_SIMPLIFIED = _Simplified()


def simplified(text: str) -> str:
    """Traditional to Simplified, a character for a character, so that places in the text stay."""
    return text.translate(_SIMPLIFIED)


def normal(text: str) -> str:
    """The comparable form; never empty for a text with anything visible in it."""
    return _comparable(text).replace(_NAME, "银行")


def nameless(text: str) -> tuple[str, bool]:
    """The comparable form without the banks that a Chinese message names, and whether it names one.

    Whose card is lost says nothing of what is wished. A message of nothing but a name keeps it.
    """
    plain = _comparable(text)
    bare = " ".join(plain.replace(_NAME, "").split())
    return bare or normal(text), bare != plain


@lru_cache(maxsize=4096)
def _comparable(text: str) -> str:
    """The comparable form, with a sign for each bank that a Chinese message names."""
    text = _NOISE.sub("", unicodedata.normalize("NFKC", text)).lower()
    text = simplified(text)
    chinese = CHINESE.search(text)
    if chinese:
        text = _BANK_ZH.sub(_NAME, text)
    text = _BANK_EN.sub(_NAME if chinese else " bank ", text)
    if _DIGIT.search(text):
        text = _AMOUNT.sub("0", _MASKED.sub("号码", text))
    return " ".join(text.split())


def any_phrase(forms: Mapping[str, str]) -> str:
    """A pattern for any of these phrases by their forms, in their order; Latin ones as whole words, behind the others.

    Whether a word begins is asked once, not for each form.
    """
    latin = [form for phrase, form in forms.items() if phrase.isascii()]
    others = [form for phrase, form in forms.items() if not phrase.isascii()]
    return "|".join([*others, rf"\b(?:{'|'.join(latin)})\b"] if latin else others)
