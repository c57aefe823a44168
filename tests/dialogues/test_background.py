"""Which card, which loan, whose account: asked once, with buttons; remembered; never in the way (R07)."""

import pytest

from tests.support.words import WORDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

CARDS = WORDS.content.cards
KINDS = WORDS.content.backgrounds.kinds
LANGUAGES = ["zh", "en"]

#: Asks for a topic without saying which case.
PIN = {"zh": "卡密码忘了怎么办", "en": "i forgot my card pin"}
REPLACE = {"zh": "卡坏了怎么换", "en": "how do i replace a damaged card"}
BALANCE = {"zh": "怎么查询余额", "en": "how do I check my balance"}


def told(topic, language, choice=None):
    """The first line that a topic's answer has for this case."""
    known = {CARDS[topic].background: choice} if choice else {}
    args = {"background": {"known": known, "ask": False}}
    return WORDS.render(f"utter_faq/{topic}", args, language).text.splitlines()[0]


def titles(said):
    return [choice["title"] for choice in said.get("choices", [])]


def title(kind, choice, language):
    return KINDS[kind].choices[choice].title.of(language)


def question(kind, language):
    return KINDS[kind].question.of(language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_topic_with_two_cases_is_answered_in_short_and_the_case_asked_for(live, arrive, language):
    customer = await arrive(live, language)
    [said] = await customer.ask(PIN[language])
    assert said["text"].startswith(told("card_pin", language))
    assert said["text"].endswith(question("card_kind", language))
    assert titles(said) == [title("card_kind", choice, language) for choice in ("debit", "credit")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("choice", ["debit", "credit"])
async def test_the_button_brings_the_answer_of_its_case(live, arrive, language, choice):
    customer = await arrive(live, language)
    await customer.ask(PIN[language])
    [said] = await customer.choose(title("card_kind", choice, language))
    assert (said["topic"], said["language"]) == ("card_pin", language)
    assert said["text"].startswith(told("card_pin", language, choice))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_was_answered_is_not_asked_again_for_the_next_topic(live, arrive, language):
    customer = await arrive(live, language)
    await customer.ask(PIN[language])
    await customer.choose(title("card_kind", "credit", language))
    [said] = await customer.ask(REPLACE[language])
    assert said["text"].startswith(told("card_replace", language, "credit"))
    assert question("card_kind", language) not in said["text"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_answer_by_memory_has_a_button_for_the_other_case(live, arrive, language):
    customer = await arrive(live, language)
    await customer.ask(PIN[language])
    await customer.choose(title("card_kind", "credit", language))
    [said] = await customer.ask(REPLACE[language])
    other = WORDS.say("choice_other_case", language, case=title("card_kind", "debit", language))
    assert titles(said)[-1] == other
    [said] = await customer.choose(other)
    assert said["text"].startswith(told("card_replace", language, "debit"))


@pytest.mark.parametrize(
    ("language", "text", "topic", "choice"),
    [
        ("zh", "信用卡怎么注销", "card_cancel", "credit"),
        ("zh", "储蓄卡密码忘了", "card_pin", "debit"),
        ("zh", "房贷可以提前还款吗", "loan_early_repayment", "mortgage"),
        ("zh", "消费贷利率是多少", "loan_rate", "consumer"),
        ("zh", "柜台转账限额是多少", "ebank_transfer_limit", "counter"),
        ("en", "i forgot my credit card pin", "card_pin", "credit"),
        ("en", "can i repay my mortgage early", "loan_early_repayment", "mortgage"),
        ("en", "how do i replace my debit card", "card_replace", "debit"),
    ],
)
async def test_what_the_message_says_is_taken_from_it(live, arrive, language, text, topic, choice):
    customer = await arrive(live, language)
    [said] = await customer.ask(text)
    assert said["topic"] == topic
    assert said["text"].startswith(told(topic, language, choice))
    assert question(CARDS[topic].background, language) not in said["text"]


async def test_what_an_earlier_message_said_is_remembered(live, arrive):
    customer = await arrive(live)
    await customer.ask("信用卡额度怎么提高")
    [said] = await customer.ask(PIN["zh"])
    assert said["text"].startswith(told("card_pin", "zh", "credit"))


async def test_a_company_that_was_named_before_is_remembered(live, arrive):
    customer = await arrive(live)
    await customer.ask("对公账户转账限额怎么调")
    [said] = await customer.ask("怎么销户")
    assert said["text"].startswith(told("savings_close_account", "zh", "business"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_question_may_be_ignored_and_is_not_put_again(live, arrive, language):
    customer = await arrive(live, language)
    await customer.ask(PIN[language])
    [said] = await customer.ask(BALANCE[language])
    assert said["topic"] == "savings_balance"
    [said] = await customer.ask(REPLACE[language])
    assert said["text"].startswith(told("card_replace", language))
    assert question("card_kind", language) not in said["text"]
    assert title("card_kind", "debit", language) in titles(said)


@pytest.mark.parametrize(
    ("language", "text", "choice"),
    [
        ("zh", "信用卡", "credit"), ("zh", "是储蓄卡", "debit"), ("zh", "我的是信用卡。", "credit"),
        ("zh", "借记", "debit"), ("zh", "信用卡吧", "credit"), ("zh", "不是信用卡", "debit"),
        ("en", "credit", "credit"), ("en", "it's a debit card", "debit"), ("en", "Debit card please", "debit"),
    ],
)
async def test_an_answer_may_be_typed(live, arrive, language, text, choice):
    customer = await arrive(live, language)
    await customer.ask(PIN[language])
    [said] = await customer.ask(text)
    assert said["topic"] == "card_pin"
    assert said["text"].startswith(told("card_pin", language, choice))


async def test_an_answer_may_be_typed_after_thanks(live, arrive):
    customer = await arrive(live)
    await customer.ask(PIN["zh"])
    await customer.ask("谢谢")
    [said] = await customer.ask("储蓄卡")
    assert said["text"].startswith(told("card_pin", "zh", "debit"))


async def test_the_name_of_a_card_without_a_question_is_no_answer_to_one(live, arrive):
    customer = await arrive(live)
    await customer.ask(PIN["zh"])
    await customer.ask(BALANCE["zh"])
    [said] = await customer.ask("信用卡")
    assert said.get("topic") != "card_pin"


@pytest.mark.parametrize(
    ("language", "first", "then"),
    [("zh", "信用卡密码忘了", "那储蓄卡呢？"), ("en", "i forgot my credit card pin", "and what about a debit card?")],
)
async def test_another_case_is_answered_for_the_same_topic_and_remembered(live, arrive, language, first, then):
    customer = await arrive(live, language)
    await customer.ask(first)
    [said] = await customer.ask(then)
    assert said["text"].startswith(told("card_pin", language, "debit"))
    [said] = await customer.ask(REPLACE[language])
    assert said["text"].startswith(told("card_replace", language, "debit"))


async def test_who_names_both_cards_is_asked(live, arrive):
    customer = await arrive(live)
    [said] = await customer.ask("信用卡和储蓄卡密码忘了怎么办")
    assert question("card_kind", "zh") in said["text"]


async def test_each_kind_of_background_is_asked_for_on_its_own(live, arrive):
    customer = await arrive(live)
    await customer.ask("信用卡密码忘了")
    [said] = await customer.ask("贷款利率是多少")
    assert question("loan_kind", "zh") in said["text"]
    assert len(titles(said)) == 4


async def test_a_place_named_in_another_matter_is_not_where_a_transfer_is_made(live, arrive):
    customer = await arrive(live)
    await customer.ask("ATM把我的卡吞了怎么办")
    [said] = await customer.ask("转账限额是多少")
    assert question("place", "zh") in said["text"]


async def test_in_the_middle_of_a_service_the_topic_is_answered_and_nothing_else_asked(live, arrive):
    customer = await arrive(live)
    await customer.ask("我要预约开户")
    heard = await customer.ask("卡密码忘了怎么办")
    assert heard[0]["text"].startswith(told("card_pin", "zh"))
    assert all(question("card_kind", "zh") not in said["text"] for said in heard)


async def test_what_was_answered_is_still_known_after_a_long_conversation(live, arrive):
    customer = await arrive(live, "zh")
    await customer.ask(PIN["zh"])
    await customer.choose(title("card_kind", "credit", "zh"))
    for _ in range(18):
        await customer.ask(BALANCE["zh"])
    [said] = await customer.ask(REPLACE["zh"])
    assert said["text"].startswith(told("card_replace", "zh", "credit"))
