"""I21–I32: whatever is typed where a card, ID characters or a code are awaited, the answer is the promised one."""

import asyncio
import re

import pytest

from tests.support.errands import CONFIRM, HOTLINE, LOST, PERSON, UNFREEZE, Errand, fall_silent, later, titles, words
from tests.support.history import all_answered, turns_of, until, whole
from tests.support.refusals import refused
from tests.support.stories import WIDE, wrong
from tests.support.words import WORDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

BOTH = pytest.mark.parametrize("language", ["zh", "en"])
RESEND = {"zh": "重发验证码", "en": "please resend the code"}
NEW_CODE = {"zh": "重新发送", "en": "Send a new code"}
CANCEL = {"zh": "取消", "en": "cancel"}


def said(utter, language, **args):
    """An utterance of the domain in words."""
    return WORDS.render(utter, args, language).text


async def hidden(errand, *secrets):
    """Assert that none of these can be read anywhere in the conversation."""
    shown = "\n".join(message["text"] for message in await whole(errand.customer))
    assert not [one for one in secrets if one in shown], shown


# ---- I21: the form of a code


def spaced(code):
    return " ".join(code)


@pytest.mark.parametrize(
    ("language", "typed"),
    [
        ("zh", spaced), ("en", spaced),
        ("zh", lambda code: code.translate(WIDE)), ("en", lambda code: code.translate(WIDE)),
        ("zh", lambda code: f"验证码是{code}"), ("zh", lambda code: f"验证码：{code[:3]} {code[3:]}，谢谢"),
        ("en", lambda code: f"the code is {code}"), ("en", lambda code: f"here it is: {code[:3]}-{code[3:]}"),
        ("zh", lambda code: "".join("〇一二三四五六七八九"[int(digit)] for digit in code)),
    ],
)
async def test_I21_a_code_is_read_however_it_is_typed(live, arrive, language, typed):
    errand = await Errand.begin(live, arrive, language)
    code = await errand.to_code()
    heard = await errand.customer.ask(typed(code))
    assert CONFIRM[language] in titles(heard)
    await hidden(errand, code, typed(code))


@BOTH
@pytest.mark.parametrize("length", [5, 7])
async def test_I21_a_digit_too_few_or_too_many_is_said_and_burns_no_try(live, arrive, language, length):
    errand = await Errand.begin(live, arrive, language)
    code = await errand.to_code()
    slip = (code + code)[:length]
    for _ in range(6):  # more than there are tries
        assert await errand.say(slip) == said("utter_code_malformed", language)
    await hidden(errand, slip)
    assert CONFIRM[language] in titles(await errand.customer.ask(code))


# ---- I22: guessing


@BOTH
async def test_I22_five_wrong_codes_lock_and_a_person_is_offered(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    code = await errand.to_code()
    for left in (4, 3, 2, 1):
        assert await errand.say(wrong(code)) == said("utter_code_wrong", language, tries=left)
    heard = await errand.customer.ask(wrong(code))
    assert PERSON[language] in titles(heard)
    assert HOTLINE in words(heard)
    assert errand.verification[0] == "locked"
    await errand.customer.ask(LOST[language])
    assert errand.verification[0] == "locked"


async def test_I22_of_fifty_guesses_at_once_five_are_judged(live, arrive):
    errand = await Errand.begin(live, arrive)
    code = await errand.to_code()
    guesses = [f"{(int(code) + step) % 1_000_000:06d}" for step in range(1, 51)]
    replies = await asyncio.gather(*(errand.customer.send(text=guess) for guess in guesses))
    assert {reply.status_code for reply in replies} == {202}
    await until(lambda: all_answered(live, errand.customer), why=lambda: turns_of(live, errand.customer))
    assert errand.audited("code_wrong") + errand.audited("code_locked") == 5
    assert errand.verification[0] == "locked"
    assert live.health(live.chat_url)["brain"] is True  # nobody else has noticed
    await hidden(errand, *guesses)


# ---- I23: a right code at the wrong time or place


@BOTH
async def test_I23_after_five_minutes_a_code_is_expired_and_a_new_one_is_offered(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    code = await errand.to_code()
    later(live, errand, 300)
    heard = await errand.customer.ask(code)
    assert words(heard) == said("utter_code_expired", language)
    assert titles(heard) == [NEW_CODE[language]]
    await errand.customer.choose(NEW_CODE[language])
    assert CONFIRM[language] in titles(await errand.customer.ask(errand.code))


@BOTH
async def test_I23_a_code_that_a_newer_one_has_replaced_is_expired(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    old = await errand.to_code()
    later(live, errand, 61)
    await errand.say(RESEND[language])
    assert await errand.say(old) == said("utter_code_expired", language)
    assert CONFIRM[language] in titles(await errand.customer.ask(errand.code))


@BOTH
async def test_I23_a_used_code_opens_nothing_and_is_hidden(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    code = await errand.to_code()
    await errand.say(code)
    await errand.customer.send(text=code)
    await errand.customer.until_says(WORDS.say("notice_secret_hidden", language))
    await errand.confirm()
    await errand.customer.send(text=code)
    await hidden(errand, code)
    assert await errand.history() == ["report_lost_temporary"]


@BOTH
async def test_I23_a_code_of_another_conversation_is_wrong_here(live, arrive, language):
    errand, other = [await Errand.begin(live, arrive, language) for _ in range(2)]
    await errand.to_code()
    foreign = await other.to_code()
    if foreign == errand.code:  # one in a million
        pytest.skip("both codes are the same")
    assert await errand.say(foreign) == said("utter_code_wrong", language, tries=4)


@BOTH
async def test_I23_the_code_for_one_act_does_not_serve_another(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    code = await errand.to_code()
    await errand.say(CANCEL[language])
    await errand.say(UNFREEZE[language])
    await errand.say(errand.person.id_number[-6:])
    if code != errand.code:
        assert await errand.say(code) == said("utter_code_wrong", language, tries=4)


# ---- I24: sending again


@BOTH
async def test_I24_whoever_asks_every_second_hears_how_long_to_wait(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    code = await errand.to_code()
    for _ in range(3):
        waits = await errand.say(RESEND[language])
        (seconds,) = re.findall(r"\d+", waits)
        assert 0 < int(seconds) <= 60
        assert waits == said("utter_code_too_soon", language, seconds=seconds)
    assert errand.verification == ("asks_code", 0)
    assert CONFIRM[language] in titles(await errand.customer.ask(code))


@BOTH
async def test_I24_after_three_more_codes_a_person_is_offered(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    await errand.to_code()
    for sent in (1, 2, 3):
        later(live, errand, 61)
        await errand.say(RESEND[language])
        assert errand.verification == ("asks_code", sent)
    later(live, errand, 61)
    heard = await errand.customer.ask(RESEND[language])
    assert words(heard) == said("utter_code_no_more", language)
    assert titles(heard) == [PERSON[language]]


# ---- I25: no code is awaited


@BOTH
async def test_I25_a_code_that_nobody_asked_for_is_hidden_and_a_notice_warns(live, arrive, language):
    customer = await arrive(live, language)
    await customer.send(text="438201")
    await customer.until_says(WORDS.say("notice_secret_hidden", language))
    assert not [m for m in await whole(customer) if "438201" in m["text"]]
    assert turns_of(live, customer) == []


# ---- I26: the form of ID characters


async def to_id(live, arrive, language, **more):
    errand = await Errand.begin(live, arrive, language, **more)
    await errand.say(UNFREEZE[language])
    return errand


@BOTH
@pytest.mark.parametrize("typed", ["X", "x", "Ｘ", "ｘ"])
async def test_I26_an_x_at_the_end_counts_in_every_form(live, arrive, language, typed):
    errand = await to_id(
        live, arrive, language, cards=["debit temporary_loss"], born="1990-05-17", id_number="99000019900517004X"
    )
    await errand.say(f"17004{typed}".translate(WIDE if typed in "Ｘｘ" else {}))
    assert errand.verification[0] == "asks_code"
    await hidden(errand, "17004")


@BOTH
async def test_I26_letters_are_explained_and_burn_no_try(live, arrive, language):
    errand = await to_id(live, arrive, language)
    for _ in range(6):
        assert await errand.say("1234ab") == said("utter_id_malformed", language)
    assert await errand.say("qwrtpz") == said("utter_again_verify_id", language)
    await errand.say(errand.person.id_number[-6:])
    assert errand.verification[0] == "asks_code"


@BOTH
async def test_I26_a_whole_number_is_taken_and_hidden(live, arrive, language):
    errand = await to_id(live, arrive, language)
    await errand.say(errand.person.id_number)
    assert errand.verification[0] == "asks_code"
    await hidden(errand, errand.person.id_number, errand.person.id_number[-6:])


@BOTH
async def test_I26_a_whole_number_with_a_wrong_check_digit_does_not_match_and_is_hidden(live, arrive, language):
    errand = await to_id(live, arrive, language)
    bad = wrong(errand.person.id_number)
    assert await errand.say(bad) == said("utter_id_no_match", language, tries=4)
    await hidden(errand, bad, bad[-6:])


# ---- I27: nobody is told from somebody


async def way(live, arrive, language, last4, first, *rest):
    """All that an unknown person hears who claims this card, without its number."""
    customer = await arrive(live, language)
    heard = [words(await customer.ask(first[language]))]
    for text in (last4, *rest):
        heard.append(words(await customer.ask(text)).replace(last4, "…"))
    return heard


@BOTH
@pytest.mark.parametrize(
    ("first", "rest"),
    [(LOST, ["000001", "000002", "12345"]), (UNFREEZE, ["17004X", "000001", "000002"])],
    ids=["with a code", "with ID characters"],
)
async def test_I27_an_unknown_a_closed_and_a_known_card_hear_the_same(live, arrive, language, first, rest):
    known = await Errand.begin(live, arrive, language, signed=False)
    closed = await Errand.begin(live, arrive, language, signed=False, cards=["debit closed"])
    no_phone = await Errand.begin(live, arrive, language, signed=False, phone=None)
    heard = [
        await way(live, arrive, language, last4, first, *rest)
        for last4 in (
            known.person.cards[0].last4, closed.person.cards[0].last4, no_phone.person.cards[0].last4,
            known.person.nobody,
        )
    ]
    assert heard[1:] == [heard[0]] * 3


# ---- I28: another card or phone in the middle


@BOTH
async def test_I28_another_card_begins_anew_and_the_first_ones_code_does_not_serve_it(live, arrive, language):
    errand = await Errand.begin(live, arrive, language, cards=["debit active", "credit active"])
    first, second = errand.person.cards
    await errand.say(LOST[language])
    await errand.customer.choose(first.last4)
    old = errand.code
    await errand.say({"zh": f"不对，是尾号{second.last4}那张", "en": f"no, the one ending in {second.last4}"}[language])
    new = errand.code
    if old != new:
        assert await errand.say(old) == said("utter_code_wrong", language, tries=4)
    heard = await errand.customer.ask(new)
    assert second.last4 in words(heard)
    assert first.last4 not in words(heard)


@BOTH
async def test_I28_another_card_after_the_code_is_verified_anew(live, arrive, language):
    errand = await Errand.begin(live, arrive, language, cards=["debit active", "credit active"])
    first, second = errand.person.cards
    await errand.say(LOST[language])
    await errand.customer.choose(first.last4)
    await errand.say(errand.code)
    await errand.say({"zh": "选错卡了", "en": "wrong card"}[language])
    await errand.customer.choose(second.last4)
    heard = await errand.customer.ask(errand.code)
    assert second.last4 in words(heard)
    await errand.confirm()
    assert await errand.history() == []  # the first card's


@BOTH
async def test_I28_a_wrong_card_of_somebody_unknown_is_named_again(live, arrive, language):
    errand = await Errand.begin(live, arrive, language, signed=False)
    await errand.say(LOST[language])
    await errand.say(errand.person.nobody)
    asks = await errand.say({"zh": "卡号填错了", "en": "wrong card"}[language])
    assert asks == said("utter_ask_lost_card", language)
    await errand.say(errand.person.cards[0].last4)
    assert CONFIRM[language] in titles(await errand.customer.ask(errand.code))


@BOTH
async def test_I28_the_same_card_named_again_changes_nothing(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    code = await errand.to_code()
    last4 = errand.person.cards[0].last4
    await errand.say({"zh": f"就是尾号{last4}的卡", "en": f"it's the card ending in {last4}"}[language])
    assert CONFIRM[language] in titles(await errand.customer.ask(code))


@BOTH
async def test_I28_a_new_phone_is_refused_and_the_ways_are_named(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    await errand.to_code()
    heard = await errand.customer.ask({"zh": "发到我的新号码吧", "en": "use my new number"}[language])
    assert words(heard) == said("utter_phone_changed", language)
    assert PERSON[language] in titles(heard)


# ---- I29: something else in the middle


@BOTH
async def test_I29_a_cancel_at_the_code_forgets_what_was_begun(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    code = await errand.to_code()
    assert await errand.say(CANCEL[language]) == said("utter_cancelled", language)
    assert errand.verification[0] == "forgotten"
    await errand.customer.send(text=code)
    await errand.customer.until_says(WORDS.say("notice_secret_hidden", language))


@BOTH
async def test_I29_a_question_at_the_code_is_answered_and_the_code_still_serves(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    code = await errand.to_code()
    heard = await errand.say({"zh": "信用卡年费多少钱", "en": "how much is the annual fee of a credit card"}[language])
    assert said("utter_back_to_it", language) in heard
    assert said("utter_again_verify_code", language) in heard
    assert CONFIRM[language] in titles(await errand.customer.ask(code))


@BOTH
async def test_I29_a_complaint_at_the_code_comes_first(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    await errand.to_code()
    heard = await errand.say({"zh": "我要投诉", "en": "i want to make a complaint"}[language])
    assert said("utter_other_first", language) in heard
    assert errand.verification[0] == "forgotten"


@BOTH
async def test_I29_after_ten_silent_minutes_what_was_shown_is_forgotten_and_all_begins_anew(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    await errand.to_readback()
    fall_silent(live, errand, 601)
    await errand.customer.until_says(WORDS.say("notice_dialogue_ended", language), 45)
    assert errand.verification[0] in ("forgotten", "expired")
    await errand.say({"zh": "确认", "en": "confirm"}[language])
    assert errand.cases == []
    await errand.say(LOST[language])
    assert errand.verification[0] == "asks_code"


# ---- I30: two yeses


@BOTH
async def test_I30_a_double_click_is_one_act(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    await errand.to_readback()
    offered = [choice for message in errand.customer.messages for choice in message.get("choices", [])]
    (yes,) = [choice["id"] for choice in offered if choice["title"] == CONFIRM[language]]
    first, second = [await errand.customer.send(choice=yes) for _ in range(2)]
    assert first.status_code == 202
    refused(second, 409, "choice_expired", language, field="choice", choices=[])
    await errand.customer.hear()
    assert await errand.history() == ["report_lost_temporary"]
    assert len(errand.cases) == 1


@BOTH
async def test_I30_a_yes_typed_twice_is_one_act(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    await errand.to_readback()
    yes = {"zh": "是的", "en": "yes"}[language]
    await errand.say(yes)
    await errand.say(yes)
    assert await errand.history() == ["report_lost_temporary"]
    assert len(errand.cases) == 1


@BOTH
async def test_I30_a_changed_wish_is_read_back_anew_before_a_yes_counts(live, arrive, language):
    errand = await Errand.begin(live, arrive, language)
    await errand.to_readback()
    await errand.customer.choose({"zh": "正式挂失", "en": "formally"}[language])
    await errand.say({"zh": "是的", "en": "yes"}[language])
    assert await errand.history() == []
    await errand.say(errand.person.id_number[-6:])
    heard = await errand.customer.ask(errand.code)
    card = WORDS.say("bank_card_debit", language, last4=errand.person.cards[0].last4)
    assert words(heard) == said("utter_lost_readback_formal", language, card=card)
    await errand.say({"zh": "是的", "en": "yes"}[language])
    assert await errand.history() == ["report_lost_formal"]


# ---- I31: not willing to show who they are


@BOTH
@pytest.mark.parametrize("step", ["card", "id", "code"])
async def test_I31_who_refuses_hears_what_remains_and_nothing_is_kept(live, arrive, language, step):
    errand = await Errand.begin(live, arrive, language, signed=step != "card")
    await errand.say({"card": LOST, "id": UNFREEZE, "code": LOST}[step][language])
    heard = await errand.customer.ask({"zh": "我不想提供", "en": "i'd rather not say"}[language])
    assert words(heard) == said("utter_verify_refused", language)
    assert HOTLINE in words(heard)
    assert titles(heard) == [PERSON[language]]
    if step != "card":
        assert errand.verification[0] == "forgotten"
    answer = await errand.customer.ask({"zh": "信用卡年费多少钱", "en": "annual fee of a credit card"}[language])
    assert [one.get("topic") for one in answer] == ["card_annual_fee"]


# ---- I32: not the holder


@pytest.mark.parametrize(
    ("language", "text", "utter"),
    [
        ("zh", "我妈的银行卡丢了帮她挂失", "utter_lost_someone_else"),
        ("en", "my father lost his bank card", "utter_lost_someone_else"),
        ("zh", "我是小学生，我的卡丢了", "utter_lost_minor"),
        ("en", "i am 12 and i lost my card", "utter_lost_minor"),
    ],
)
async def test_I32_whoever_is_not_the_holder_is_asked_nothing_and_shown_the_way(live, arrive, language, text, utter):
    customer = await arrive(live, language)
    heard = await customer.ask(text)
    assert words(heard) == said(utter, language)
    assert HOTLINE in words(heard)
    assert titles(heard) == [PERSON[language]]
    await customer.send(text="438201")  # nothing is awaited
    await customer.until_says(WORDS.say("notice_secret_hidden", language))
