"""What is a code or the end of an ID number, and what is talk about one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.identity import typed

CODES = {
    "482913": "482913",
    " 482913 ": "482913",
    "482 913": "482913",
    "48-29-13": "482913",
    "4 8 2 9 1 3": "482913",
    "４８２９１３": "482913",
    "４８２　９１３": "482913",
    "四八二九一三": "482913",
    "482913。": "482913",
    "验证码482913": "482913",
    "验证码是482913": "482913",
    "验证码：482913": "482913",
    "验证码是 482 913，谢谢": "482913",
    "收到的是482913": "482913",
    "我收到的验证码是482913": "482913",
    "好的，482913": "482913",
    "是482913": "482913",
    "482913吗？": "482913",
    "code 482 913": "482913",
    "Code: 482913": "482913",
    "the code is 482913": "482913",
    "My verification code is 482913.": "482913",
    "it's 482913": "482913",
    "here it is: 482913": "482913",
    "482913 thanks": "482913",
    "OTP 482913": "482913",
    "短信里的验证码是482913请帮我快点办": "482913",
    "I got it, the code is 482913 so please go on": "482913",
    "48291": "48291",
    "4829130": "4829130",
    "验证码是48291": "48291",
    "code 4829130": "4829130",
}
NO_CODES = [
    "没收到", "没收到验证码", "重新发一个验证码", "取消", "转人工", "好的", "验证码是多少位的？",
    "有6位", "为什么要验证码", "我没收到验证码95588发的那个", "I didn't get the code 95588", "cancel",
    "5 分钟了还没来", "等了 3 分钟", "resend", "12", "卡号6222021234567890128", "13812345678",
    "110105194912310021", "年费是多少", "2", "这张卡尾号5678和另一张尾号0019都要挂失", "",
    "转账 3000 元到 6222021234567890128 要多久", "x" * 200,
]


@pytest.mark.parametrize(("text", "code"), CODES.items())
def test_a_code_is_read_as_people_type_it(text: str, code: str) -> None:
    assert typed.code_in(text) == code


@pytest.mark.parametrize("text", NO_CODES)
def test_talk_is_no_code(text: str) -> None:
    assert typed.code_in(text) is None


IDS = {
    "31002X": "31002X",
    "31002x": "31002X",
    "31002Ｘ": "31002X",
    "３１００２Ｘ": "31002X",
    "310 02X": "31002X",
    "310021": "310021",
    "三一〇〇二X": "31002X",
    "身份证后六位 31002X": "31002X",
    "身份证后6位是31002X": "31002X",
    "后六位：31002X": "31002X",
    "我的身份证号后六位是 310021": "310021",
    "末6位310021": "310021",
    "61002X": "61002X",
    "last six 310021": "310021",
    "last six characters are 31002X": "31002X",
    "the last 6 digits of my ID are 310021": "310021",
    "my ID 31002X": "31002X",
    "11010519491231002X": "11010519491231002X",
    "110105194912310021": "110105194912310021",
    "110105 19491231 0021": "110105194912310021",
    "身份证号110105194912310021": "110105194912310021",
    "3102X": "3102X",
    "31002": "31002",
    "3100211": "3100211",
    "12a45b": "12A45B",
}
NO_IDS = [
    "没带身份证", "身份证丢了怎么办", "为什么要身份证", "cancel", "后六位是哪六位", "取消", "转人工",
    "6222021234567890128", "6222021234567890", "13812345678", "hello", "whatever", "my id is lost", "",
    "ok", "我有2张卡", "abcdef",
]


@pytest.mark.parametrize(("text", "characters"), IDS.items())
def test_the_end_of_an_id_is_read_as_people_type_it(text: str, characters: str) -> None:
    assert typed.id_in(text) == characters


@pytest.mark.parametrize("text", NO_IDS)
def test_talk_is_no_id(text: str) -> None:
    assert typed.id_in(text) is None


@pytest.mark.parametrize(
    ("text", "end"),
    [("31002X", "31002X"), ("31002x", "31002X"), ("11010519491231002X", "31002X"),
     ("110105194912310021", "310021"), ("３１００２Ｘ", "31002X"), ("3100X2", None), ("31002", None),
     ("3100211", None), ("12A45B", None), ("X31002", None), ("", None)],
)
def test_the_last_six_are_five_digits_and_a_digit_or_x(text: str, end: str | None) -> None:
    assert typed.last_six(text) == end


@given(st.text("0123456789０１２３４５６７８９ -.", max_size=20))
def test_six_digits_are_six_digits(text: str) -> None:
    digits = typed.plain(text)
    assert typed.six_digits(text) == (digits if len(digits) == 6 else None)


@given(st.text(max_size=2000))
def test_no_text_takes_long_or_breaks(text: str) -> None:
    typed.code_in(text)
    typed.id_in(text)


@pytest.mark.parametrize("text", [" " * 80, "1 " * 40, "是" * 80, "the my " * 11, "x1" * 40, "一" * 80])
def test_what_is_made_to_take_long_does_not(text: str) -> None:
    began = time.perf_counter()
    for _ in range(100):
        typed.code_in(text)
        typed.id_in(text)
    assert time.perf_counter() - began < 2, "20 ms a text, on the slowest of machines"


NAMES = {
    "何小满": "何小满",
    "我叫何小满": "何小满",
    "用 ，我叫王芳": "王芳",
    "我是王女士，电话 ": "王女士",
    "欧阳测试 电话": "欧阳测试",
    "my name is Jo Smith, ": "Jo Smith",
    "Jo O'Brien ": "Jo O'Brien",
    "this is Mr. Smith,": "Mr Smith",
    "": "",
    "我的电话是 ，请打这个": "",
    "call me on ": "",
    "你们这个号码到底对不对啊怎么回事": "",
    "i will not tell you what i am called": "",
    "工号8016": "",
}


@pytest.mark.parametrize(("text", "name"), NAMES.items())
def test_a_name_is_found_among_the_words_around_it(text: str, name: str) -> None:
    assert typed.name_in(text) == name


@given(st.text(max_size=200))
def test_a_name_is_never_longer_than_a_name_nor_has_it_digits(text: str) -> None:
    name = typed.name_in(text)
    assert len(name) <= typed.LONGEST_NAME
    assert not any(character.isdigit() for character in name)
