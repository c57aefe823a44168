"""What a customer typed where a code or ID characters are awaited: is it one, and which?

Full-width digits, gaps, Chinese numerals, a few words around: all the same (I21, I26). One digit
too few or too many is somebody's secret too. Texts that are longer than a short sentence, and
questions, are none.
"""

import re
import unicodedata

from bot.identity.shield import passes_luhn

#: Longer texts are talk.
LONGEST = 80

_NUMERALS = str.maketrans("〇零一二三四五六七八九幺", "001234567891")
_D = "0-9〇零一二三四五六七八九幺"
_GAP = r"[\s.\-–—_·,]{0,2}"
_DIGITS = rf"[{_D}](?:{_GAP}[{_D}]){{3,7}}"

_HELLO = r"(?:好的?|嗯|收到了?|ok(?:ay)?|yes|sure)?[\s,.:]{0,3}"
_IS = r"(?:就?是|为|[:=]|is|are|it'?s)?\s?[:]?\s?"
_END = r"\s?(?:谢谢您?|多谢|thanks|thank you|please|吗|吧|啊|哦|了|对吗)?[\s.。!?]{0,3}"
_CODE_NAME = (
    r"(?:手机|短信|sms|text|one[- ]time|verification|security|six[- ]digit)?\s?"
    r"(?:验证码|校验码|动态码|动态密码|短信码|代码|密码|码|code|otp|passcode|number)"
)
_CODE = re.compile(
    rf"^{_HELLO}(?:it'?s|here(?:'s| is| it is)?|this is|that'?s|我?刚?收到的?|我的|这是|the|my)?\s?"
    rf"(?:the |my )?(?:{_CODE_NAME})?\s?{_IS}({_DIGITS}){_END}$",
    re.I,
)
#: A code that is named as one may stand in a longer sentence, if that is no question about it.
_NAMED_CODE = re.compile(rf"{_CODE_NAME}\s?{_IS}({_DIGITS})(?![{_D}])", re.I)
_ABOUT_CODES = re.compile(
    r"没有?收到|没来|收不到|重发|再发|重新|怎么|为什么|换|resend|again|n't|\bnot\b|never|why|how|what", re.I
)

_ID_LEAD = (
    rf"^{_HELLO}(?:it'?s|they are|我的?|the|my)?\s?(?:身份证|证件|id(?: card)?|document)?\s?"
    r"(?:号码?|number)?\s?的?\s?(?:最?后|末|尾|last)?\s?(?:(?:6|六|six)\s?(?:位数?|个字符|个|characters?|digits?)|six)?\s?"
    rf"(?:of (?:my|the) id(?: card| number)?)?\s?{_IS}"
)
_ID = re.compile(
    rf"{_ID_LEAD}([{_D}](?:{_GAP}[{_D}]){{16}}{_GAP}[{_D}x]|[{_D}](?:{_GAP}[{_D}]){{2,6}}{_GAP}[{_D}x]"
    rf"|(?=(?:\D?\d){{3}})[0-9a-z]{{5,8}}){_END}$",
    re.I,
)

#: Longer ones are talk; in signs, and in words of letters.
LONGEST_NAME, LONGEST_CHINESE_NAME, LONGEST_NAME_WORDS = 40, 8, 4
#: What people put around their name and number.
_NAME_WORDS = re.compile(
    r"我的?名?字?叫做?|我叫|我是|我姓|本人|姓名|称呼|名字|联系人|电话|手机号?码?|号码|联系方式|联系我|打给我|"
    r"(?:可以|请|就|直接)?(?:打|拨|用|留)(?=\s|$|这个)|这个|叫我|我的|[是为的](?=\s|$)|^[是用打]|"
    r"\b(?:my name is|i'?m|i am|this is|it'?s|here is|here's|call me|name|phone|number|mobile|tel|is|and|my|the|"
    r"on|at|use|please)\b",
    re.I,
)
_NAME_GAP = re.compile(r"[,.;:!?，。；：、！？/()（）\[\]\"'“”]+(?!\w)|[,;:，。；：、！？/()（）]+")


def plain(text: str) -> str:
    """Only letters and digits, ASCII where they can be, in upper case."""
    shown = unicodedata.normalize("NFKC", text).translate(_NUMERALS).upper()
    return "".join(character for character in shown if character.isalnum())


def code_in(text: str) -> str | None:
    """The four to eight digits typed as a code; None when the text is something else."""
    text = _readable(text)
    if len(text) > LONGEST:
        return None
    found = _CODE.match(text)
    if found is None and not _ABOUT_CODES.search(text):
        found = _NAMED_CODE.search(text)
    return plain(found[1]) if found else None


def id_in(text: str) -> str | None:
    """The end of an ID number, or a whole one, typed where it is awaited; None when it is neither."""
    text = _readable(text)
    found = _ID.match(text) if len(text) <= LONGEST else None
    if found is None:
        return None
    characters = plain(found[1])
    is_card = len(characters) == 18 and passes_luhn(characters) if characters.isdigit() else False
    return None if is_card and characters.startswith("62") else characters


def name_in(text: str) -> str:
    """What somebody is called, from what they typed around it; empty when that is no name."""
    words = _NAME_GAP.sub(" ", _NAME_WORDS.sub(" ", _readable(text))).split()
    name = " ".join(words)
    is_chinese = any("\u4e00" <= character <= "\u9fff" for character in name)
    longest = 1 if is_chinese else LONGEST_NAME_WORDS
    if any(c.isdigit() for c in name) or len(words) > longest or len(name) > LONGEST_NAME:
        return ""
    return name if not is_chinese or len(name) <= LONGEST_CHINESE_NAME else ""


def six_digits(text: str) -> str | None:
    """The code to try; None when it has not six digits."""
    digits = plain(text)
    return digits if re.fullmatch(r"[0-9]{6}", digits) else None


def last_six(text: str) -> str | None:
    """The last six characters of an ID document, from them alone or from the whole number.

    A wrong check digit in a whole number is for the bank to find: the rest may be right (I26).
    """
    characters = plain(text)
    if re.fullmatch(r"[0-9]{17}[0-9X]", characters):
        return characters[-6:]
    return characters if re.fullmatch(r"[0-9]{5}[0-9X]", characters) else None


def _readable(text: str) -> str:
    """Full-width forms as their plain ones, without what is invisible."""
    shown = unicodedata.normalize("NFKC", text)
    return "".join(c for c in shown if unicodedata.category(c) != "Cf").strip()
