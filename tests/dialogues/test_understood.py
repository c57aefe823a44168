"""What customers write is understood: in two languages, short, mistyped, in pieces, or by a button."""

import asyncio

import pytest

from tests.support.history import heard_by_brain, said_by, turns_of, until, whole
from tests.support.words import WORDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def test_a_customer_who_changes_the_language_is_followed_at_once_and_back(live, arrive):
    customer = await arrive(live, "zh")
    languages = []
    for text in ("信用卡年费多少钱", "how do I check my balance", "怎么查询余额", "what are the loan rates"):
        languages += [said["language"] for said in await customer.ask(text)]
    assert languages == ["zh", "en", "zh", "en"]


@pytest.mark.parametrize(("language", "text"), [("en", "1"), ("zh", "1"), ("en", "?"), ("zh", "？")])
async def test_what_tells_no_language_is_answered_in_the_one_before(live, arrive, language, text):
    customer = await arrive(live, language)
    assert {said["language"] for said in await customer.ask(text)} == {language}


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("年费", "card_annual_fee"),
        ("定期利律", "savings_interest_rate"),
        ("余额", "savings_balance"),
        ("信用卡年废", "card_annual_fee"),
        ("信用卡年費多少錢", "card_annual_fee"),
        ("ＡＮＮＵＡＬ ＦＥＥ", "card_annual_fee"),
        ("anual fee", "card_annual_fee"),
        ("check my balence", "savings_balance"),
        ("dormancy of accounts", "savings_dormant"),
        ("repayng mortgage earlier penalties", "loan_early_repayment"),
    ],
)
async def test_short_and_mistyped_words_are_understood(live, arrive, text, topic):
    customer = await arrive(live)
    assert [said["topic"] for said in await customer.ask(text)] == [topic]


@pytest.mark.parametrize(
    ("language", "text", "asked"),
    [
        ("zh", "挂失", "lost_card"), ("zh", "卡丟了", "lost_card"), ("zh", "投訴", "complaint_matter"),
        ("zh", "农行信用卡丢了怎么办？", "lost_card"), ("zh", "你们银行工资卡掉了怎么处理", "lost_card"),
        ("en", "lost my card", "lost_card"), ("en", "i lsot my card", "lost_card"),
    ],
)
async def test_a_short_or_mistyped_wish_begins_its_service(live, arrive, language, text, asked):
    customer = await arrive(live, language)
    said = (await customer.ask(text))[-1]["text"]
    assert WORDS.render(f"utter_ask_{asked}", {}, language).text in said


@pytest.mark.parametrize(
    "text",
    [
        "A20260101-0001", "Ａ２０２６０１０１－０００１", "c 20260101 0001 到哪一步了", "cancel D20260101-0001",
        "/C20260101-0001",
    ],
)
async def test_a_reference_is_understood_whatever_is_said_around_it(live, arrive, text):
    customer = await arrive(live)
    heard = await customer.ask(text)
    assert {said["topic"] for said in heard if "topic" in said} == set()
    assert any("后四位" in said["text"] or "last four" in said["text"] for said in heard)


async def test_a_button_is_answered_with_its_topic(live, arrive):
    customer = await arrive(live)
    [said] = await customer.ask("信用卡年费多少钱")
    title = said["choices"][0]["title"]
    [answer] = await customer.choose(title)
    assert WORDS.title(answer["topic"], "zh") == title


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_button_is_answered_in_the_language_of_the_chat(live, arrive, language):
    customer = await arrive(live, language)
    [said] = await customer.ask({"zh": "信用卡年费多少钱", "en": "annual fee of a credit card"}[language])
    [answer] = await customer.choose(said["choices"][0]["title"])
    assert answer["language"] == language


async def test_fragments_sent_quickly_are_one_turn_with_one_answer(patient, live, arrive):
    customer = await arrive(patient)
    fragments = ["你好", "我想问一下", "信用卡", "年费多少钱"]
    for text in fragments:
        await customer.send(text=text)
    await customer.hear()
    await until(lambda: turns_of(live, customer) == [("done", "answered")])
    messages = await whole(customer)
    assert said_by("customer", messages) == fragments
    assert [m.get("topic") for m in messages if m["author"] == "bot"] == [None, "card_annual_fee"]
    assert heard_by_brain(live, customer) == ["\n".join(fragments)]


async def test_a_button_does_not_wait_for_more_words(patient, live, arrive):
    customer = await arrive(patient)
    [said] = await customer.ask("信用卡年费多少钱")
    await customer.choose(said["choices"][0]["title"])
    assert len(turns_of(live, customer)) == 2


async def test_many_customers_at_once_each_get_their_own_answer(live, arrive):
    asked = {"信用卡年费多少钱": "card_annual_fee", "怎么查询余额": "savings_balance"}
    customers = [(await arrive(live), text) for text in asked for _ in range(10)]
    answers = await asyncio.gather(*(customer.ask(text) for customer, text in customers))
    assert [said[0]["topic"] for said in answers] == [asked[text] for _, text in customers]
