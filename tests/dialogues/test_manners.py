"""Greeting, thanks, goodbye, anger: the bot keeps its manners in both languages (R01, R02, R05)."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def answer(arrive, live, language, text):
    """The bot's one answer to a customer's first words."""
    customer = await arrive(live, language)
    [said] = await customer.ask(text)
    return said


@pytest.mark.parametrize(
    ("language", "text", "who", "what"),
    [("zh", "你好", "青禾银行的智能客服小禾", "储蓄、贷款、银行卡和电子银行"),
     ("en", "hello", "Xiaohe, the virtual assistant of Qinghe Bank", "savings, loans, cards or e-banking")],
)
async def test_a_greeting_is_returned_with_who_speaks_and_what_for(live, arrive, language, text, who, what):
    said = await answer(arrive, live, language, text)
    assert who in said["text"]
    assert what in said["text"]


@pytest.mark.parametrize(
    ("language", "text", "topic"),
    [
        ("zh", "谢谢", "social_thanks"), ("en", "thank you", "social_thanks"),
        ("zh", "谢谢你的帮助", "social_thanks"), ("en", "thanks a lot", "social_thanks"),
        ("zh", "再见", "social_bye"), ("en", "goodbye", "social_bye"),
        ("zh", "拜拜", "social_bye"), ("en", "see you later", "social_bye"),
        ("zh", "好的", "social_affirm"), ("en", "sure", "social_affirm"),
        ("zh", "不用了", "social_deny"), ("en", "no thanks", "social_deny"),
    ],
)
async def test_small_talk_is_answered_in_kind_and_in_its_language(live, arrive, language, text, topic):
    said = await answer(arrive, live, language, text)
    assert (said["topic"], said["language"]) == (topic, language)


async def test_thanks_are_followed_by_the_question_for_more(live, arrive):
    assert "还有其他可以帮您的吗" in (await answer(arrive, live, "zh", "谢谢"))["text"]
    assert "anything else" in (await answer(arrive, live, "en", "thanks"))["text"]


@pytest.mark.parametrize(
    ("language", "text", "sorry", "person"),
    [
        ("zh", "气死我了", "抱歉", "转人工"),
        ("zh", "什么破银行", "抱歉", "转人工"),
        ("zh", "你是猪吗", "抱歉", "转人工"),
        ("en", "this is ridiculous, i'm furious", "sorry", "Talk to a person"),
        ("en", "you're useless", "sorry", "Talk to a person"),
    ],
)
async def test_an_upset_customer_hears_an_apology_and_is_offered_a_person(
    live, arrive, language, text, sorry, person
):
    said = await answer(arrive, live, language, text)
    assert sorry in said["text"]
    assert person in [choice["title"] for choice in said["choices"]]


async def test_the_person_offered_to_an_upset_customer_comes(live, arrive):
    customer = await arrive(live)
    await customer.ask("气死我了")
    await customer.choose("转人工")
    await customer.until_owner("queue")


async def test_an_upset_customer_waits_before_others(live, arrive, agent):
    calm, upset, desk = await arrive(live), await arrive(live), await agent(live)
    await calm.ask("转人工")
    await calm.until_owner("queue")
    await upset.ask("气死我了")
    await upset.ask("转人工")
    await upset.until_owner("queue")
    line = [one["conversation_id"] for one in (await desk.get("/desk/queue")).json()["waiting"]]
    assert line.index(upset.id) < line.index(calm.id)
