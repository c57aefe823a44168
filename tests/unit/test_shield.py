"""The shield: what customers type by mistake is never kept, what they ask about stays readable."""

import re
from datetime import date

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.identity.shield import SECRET, is_id_number, passes_luhn, shield

CARD, CARD_MASK = "6222021234567890128", "622202*********0128"
ID, ID_MASK = "11010519491231002X", "110***************"
PHONE, PHONE_MASK = "13812345678", "138****5678"

FULL_WIDTH = str.maketrans("0123456789Xx", "０１２３４５６７８９Ｘｘ")
NUMERALS = str.maketrans("0123456789", "〇一二三四五六七八九")
GAPS = ["", " ", "-", ".", "–", "·", "_", "  ", "\u3000", "\u00a0", "－"]


def with_luhn(digits: str) -> str:
    return next(digits + last for last in "0123456789" if passes_luhn(digits + last))


def with_id_check(first: str) -> str:
    return next(first + last for last in "0123456789X" if is_id_number(first + last))


digit = st.sampled_from("0123456789")
cards = st.builds(
    lambda head, body: with_luhn(head + body),
    st.sampled_from(["62", "4", "51", "35", "622202", "95"]),
    st.text(digit, min_size=11, max_size=12),
)
ids = st.builds(
    lambda region, born, order: with_id_check(f"{region}{born:%Y%m%d}{order}"),
    st.integers(110000, 659999),
    st.dates(date(1930, 1, 1), date(2025, 12, 31)),
    st.text(digit, min_size=3, max_size=3),
)
phones = st.builds(
    lambda second, rest: f"1{second}{rest}",
    st.sampled_from("3456789"),
    st.text(digit, min_size=9, max_size=9),
)


def hidden(text: str) -> str:
    return shield(text, []).text


def kinds(text: str) -> set[str]:
    return set(shield(text, []).kinds)


def digits_of(text: str) -> str:
    return re.sub(r"\D", "", text)


# ---- check digits


@given(st.text(digit, min_size=11, max_size=18))
def test_one_last_digit_out_of_ten_passes_luhn(first: str) -> None:
    assert sum(passes_luhn(first + last) for last in "0123456789") == 1


@given(cards, st.data())
def test_one_wrong_digit_never_passes_luhn(card: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(card) - 1))
    wrong = data.draw(digit.filter(lambda other: other != card[place]))
    assert not passes_luhn(card[:place] + wrong + card[place + 1 :])


@given(cards, st.data())
def test_two_swapped_digits_never_pass_luhn_but_for_nine_and_nought(
    card: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(card) - 2))
    one, other = card[place], card[place + 1]
    assume(one != other and {one, other} != {"0", "9"})
    assert not passes_luhn(card[:place] + other + one + card[place + 2 :])


@given(ids)
def test_one_last_character_out_of_eleven_ends_an_id(number: str) -> None:
    assert sum(is_id_number(number[:-1] + last) for last in "0123456789X") == 1


@given(ids, st.data())
def test_one_wrong_digit_is_no_id(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 16))
    wrong = data.draw(digit.filter(lambda other: other != number[place]))
    assert not is_id_number(number[:place] + wrong + number[place + 1 :])


NO_DATE = ["110105194913310025", "110105194902410021", "010105194912310021"]


@pytest.mark.parametrize("number", NO_DATE)
def test_an_id_has_a_region_and_a_date(number: str) -> None:
    assert not is_id_number(number)


# ---- masks


@given(cards)
def test_a_card_keeps_its_first_six_and_last_four(card: str) -> None:
    shown = hidden(f"卡号{card}请查一下")
    assert shown == f"卡号{card[:6]}{'*' * (len(card) - 10)}{card[-4:]}请查一下"


@given(ids)
def test_an_id_shows_none_of_the_six_characters_that_verification_asks_for(number: str) -> None:
    assert hidden(f"身份证{number}") == f"身份证{number[:3]}{'*' * 15}"


@given(phones)
def test_a_phone_keeps_three_and_four(phone: str) -> None:
    assert hidden(f"打{phone}给我") == f"打{phone[:3]}****{phone[-4:]}给我"


@pytest.mark.parametrize("prefix", ["86", "+86 ", "0086", "0086 ", "(+86)", "+86-"])
def test_a_phone_is_known_with_its_country(prefix: str) -> None:
    assert PHONE[3:7] not in digits_of(hidden(prefix + PHONE))


@pytest.mark.parametrize("kind", ["card", "id_number", "phone"])
@pytest.mark.parametrize("spelt", ["plain", "full-width", "numerals"])
@given(data=st.data())
def test_a_number_is_found_however_it_is_written(
    kind: str, spelt: str, data: st.DataObject
) -> None:
    number = data.draw({"card": cards, "id_number": ids, "phone": phones}[kind])
    script = {"plain": {}, "full-width": FULL_WIDTH, "numerals": NUMERALS}[spelt]
    sizes = data.draw(st.lists(st.integers(1, 6), min_size=2, max_size=8))
    gap = data.draw(st.sampled_from(GAPS))
    text = gap.join(groups(number, sizes)).translate(script)
    assert kind in kinds(f"我的号码是{text}，谢谢")


def groups(number: str, sizes: list[int]) -> list[str]:
    """The number in groups of these sizes, the rest in one."""
    parts = []
    for size in sizes:
        parts.append(number[:size])
        number = number[size:]
    return [part for part in [*parts, number] if part]


@settings(max_examples=40)
@given(cards, ids, phones, st.permutations(range(3)), st.sampled_from([" ", "  ", "-", "\n", "，"]))
def test_several_numbers_in_a_row_are_all_hidden(
    card: str, number: str, phone: str, order: list[int], gap: str
) -> None:
    numbers = [card, number, phone]
    text = gap.join(numbers[place] for place in order)
    assert hidden(text) == gap.join(hidden(numbers[place]) for place in order)


@given(cards, st.integers(1, 2).flatmap(lambda n: st.text(digit, min_size=n, max_size=n)))
def test_a_card_with_a_digit_too_many_is_still_hidden(card: str, more: str) -> None:
    assume(len(card) <= 17)
    assert card not in hidden(card + more)


def test_a_domestic_card_with_a_slip_in_it_is_still_hidden() -> None:
    assert hidden(CARD[:-1] + "9") == CARD_MASK[:-1] + "9"


@given(st.one_of(cards, ids, phones, st.sampled_from(["密码是abc123", "验证码 482913", "123456"])))
def test_what_is_hidden_is_not_hidden_twice(text: str) -> None:
    once = hidden(text)
    assert shield(once, []).text == once
    assert not kinds(once)


@given(st.text(max_size=40))
@example("密码是" * 60)
@example("X*#x [secret]")
def test_a_text_without_a_digit_is_kept_as_it_is(text: str) -> None:
    assume(not any(character.isnumeric() or character == "幺" for character in text))
    assert told(text, text) == [text, text]


# ---- codes and passwords

SECRETS = [
    ("验证码是123456", "验证码是[secret]"),
    ("验证码：１２３４５６", "验证码：[secret]"),
    ("验证码 1 2 3 4 5 6", "验证码 [secret]"),
    ("验证码一二三四五六", "验证码[secret]"),
    ("短信码4821", "短信码[secret]"),
    ("my otp: 482 913", "my otp: [secret]"),
    ("the code is 482913", "the code is [secret]"),
    ("Verification code 482913, ok?", "Verification code [secret], ok?"),
    ("cvv 123", "cvv [secret]"),
    ("背面后三位是123", "背面后三位是[secret]"),
    ("密码是abc123", "密码是[secret]"),
    ("密码123456", "密码[secret]"),
    ("取款密码改成１２３４５６了", "取款密码改成[secret]了"),
    ("密码是 一 二 三 四 五 六", "密码是 [secret]"),
    ("登录密码设为Qh!2026,x", "登录密码设为[secret]"),
    ("密码是“123456”对吗", "密码是[secret]对吗"),
    ("我的pin是1234", "我的pin是[secret]"),
    ("PIN码123456", "PIN码[secret]"),
    ("password is hunter2", "password is [secret]"),
    ("pwd=abc123", "pwd=[secret]"),
    ("口令:abc12345", "口令:[secret]"),
]


@pytest.mark.parametrize(("text", "kept"), SECRETS)
def test_a_secret_that_is_named_is_hidden_whole(text: str, kept: str) -> None:
    assert hidden(text) == kept


CODES = ["123456", " 123 456 ", "１２３４５６", "一二三四五六", "1-2-3-4-5-6"]


@pytest.mark.parametrize("text", CODES)
def test_six_digits_alone_are_taken_for_a_code(text: str) -> None:
    assert hidden(text).strip() == SECRET


def test_a_text_that_is_only_a_secret_leaves_nothing_to_answer() -> None:
    assert shield("482913", []).nothing_left
    assert not shield("验证码482913收到了", []).nothing_left


READABLE = [
    "密码忘记了怎么办",
    "密码错误3次被锁",
    "密码6位还是8位",
    "查询密码是多少位",
    "password reset",
    "my pin was locked after 3 tries",
    "验证码收不到",
    "转账50000元要多久",
    "定期 100000 一年多少利息",
    "2026年11月23日",
    "2026-11-23 到 2026-12-01",
    "622202开头是哪家银行",
    "尾号0128的卡",
    "6222 02** **** 0128",
    "95588 是你们的吗",
    "请打 400-000-9000",
    "座机 010-62345678",
    "流水号 20261123000123456789012345",
    "Can I send 10,000.00 by 18:30?",
]


@pytest.mark.parametrize("text", READABLE)
def test_what_customers_ask_about_stays_readable(text: str) -> None:
    assert shield(text, []).text == text


# ---- split over messages


def told(*texts: str) -> list[str]:
    """What is kept of these messages in the end, sent one after another."""
    kept: list[str] = []
    for text in texts:
        recent = list(enumerate(kept))[-3:]
        shielded = shield(text, recent)
        for seq, less in shielded.earlier.items():
            kept[seq] = less
        kept.append(shielded.text)
    return kept


@given(cards, st.data())
def test_a_card_split_over_two_messages_is_hidden_in_both(card: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(card) - 1))
    assume(hidden(card[:at]) == card[:at])
    assert told(f"卡号 {card[:at]}", card[at:]) == [f"卡号 {SECRET}", SECRET]


@given(ids, st.integers(1, 17))
def test_an_id_split_over_two_messages_is_hidden_in_both(number: str, at: int) -> None:
    assume(hidden(number[:at]) in (number[:at], SECRET))
    assert told(number[:at], number[at:]) == [SECRET, SECRET]


def test_an_id_sent_as_region_birth_and_order_is_hidden_everywhere() -> None:
    assert told(ID[:6], ID[6:14], ID[14:]) == [SECRET, SECRET, SECRET]


def test_an_amount_after_a_code_stays_readable() -> None:
    assert told("482913", "50000") == [SECRET, "50000"]


def test_a_card_sent_in_groups_of_four_is_hidden_everywhere() -> None:
    assert told("4111", "1111", "1111", "1111 对吗") == [SECRET, SECRET, SECRET, f"{SECRET} 对吗"]


def test_a_code_split_over_two_messages_is_hidden_in_both() -> None:
    assert told("482", "913") == [SECRET, SECRET]


ANNOUNCED = ["我的密码是", "密码：", "登录密码", "my password is", "pin:"]


@pytest.mark.parametrize("announced", ANNOUNCED)
def test_a_password_that_was_announced_is_hidden(announced: str) -> None:
    assert told(announced, "Qh2026xy") == [announced, SECRET]


APART = [("我有50000", "20000存定期"), ("忘记密码了", "2026年办的卡"), ("尾号0128", "12月的账单")]


@pytest.mark.parametrize("texts", APART)
def test_messages_that_make_no_number_together_stay_readable(texts: tuple[str, str]) -> None:
    assert told(*texts) == list(texts)


def test_a_code_after_a_number_is_hidden_all_the_same() -> None:
    assert told("尾号12", "482913") == ["尾号12", SECRET]


def test_a_whole_number_keeps_its_mask_after_another_text_with_digits() -> None:
    assert told("转500", CARD) == ["转500", CARD_MASK]


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "text",
    ["password" + "  is  " * 300 + "x", "密码" + "是 " * 900, "4 " * 1000, "62" * 1000, " " * 2000],
)
def test_no_text_keeps_the_shield_busy(text: str) -> None:
    assert shield(text, [(1, text)]).text


# ---- the end of an ID number


@pytest.mark.parametrize(
    "text",
    [
        "身份证后六位是{}", "身份证号后6位{}", "我的身份证号码的最后六位：{}", "证件末四位 {}", "身份证尾号{}",
        "last six of my ID are {}", "the last 6 digits of my id number is {}", "My ID ends in {}",
    ],
)
@pytest.mark.parametrize("end", ["310021", "31002X", "31 00 21", "３１００２１", "三一〇〇二一"])
def test_the_end_of_an_id_is_hidden_where_it_is_called_so(text: str, end: str) -> None:
    assert hidden(text.format(end)) == text.format(SECRET)


@pytest.mark.parametrize(
    "text",
    [
        "身份证后六位是什么意思", "身份证后六位填错了三次怎么办", "要身份证末位吗", "我身份证2027年到期",
        "what are the last six digits of my ID for", "身份证 2 张照片",
    ],
)
def test_a_question_about_it_stays_readable(text: str) -> None:
    assert hidden(text) == text


def test_it_is_hidden_in_the_message_after_its_name() -> None:
    assert shield("31002X", [(3, "身份证后六位")]).text == SECRET
