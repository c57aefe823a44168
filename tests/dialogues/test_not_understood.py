"""What is not the bank's business or not understood: topics first, then a person; commands are text."""

import pytest

from tests.support.history import heard_by_brain, whole

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

MISSES = {
    "zh": ["大象的鼻子为什么那么长", "今晚月亮圆不圆"],
    "en": ["what is the capital of france", "who won the football match"],
}
PERSON = {"zh": "转人工客服", "en": "Talk to a person"}
CALLBACK = {"zh": "预约回电", "en": "Ask for a call back"}


def titles(said):
    return [choice["title"] for choice in said.get("choices", [])]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_first_miss_offers_three_topics_and_a_person(live, arrive, language):
    customer = await arrive(live, language)
    [said] = await customer.ask(MISSES[language][0])
    assert len(titles(said)) == 4
    assert titles(said)[-1] == PERSON[language]
    assert said["language"] == language


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_R08_a_second_miss_offers_a_person_and_a_promised_call(live, arrive, language):
    customer = await arrive(live, language)
    await customer.ask(MISSES[language][0])
    [said] = await customer.ask(MISSES[language][1])
    assert titles(said) == [PERSON[language], CALLBACK[language]]


@pytest.mark.parametrize(("language", "words"), [("zh", "没看到文字"), ("en", "don't see any words")])
async def test_I16_signs_alone_are_asked_for_words(live, arrive, language, words):
    customer = await arrive(live, language)
    [said] = await customer.ask("？？？")
    assert words in said["text"]
    assert titles(said) == [PERSON[language]]


async def test_a_topic_that_is_offered_is_answered(live, arrive):
    customer = await arrive(live)
    [offered] = await customer.ask(MISSES["zh"][0])
    [answer] = await customer.choose(titles(offered)[0])
    assert answer["topic"]


async def test_what_was_understood_in_between_makes_the_next_miss_a_first_one(live, arrive):
    customer = await arrive(live)
    await customer.ask(MISSES["zh"][0])
    await customer.ask("信用卡年费多少钱")
    [said] = await customer.ask(MISSES["zh"][1])
    assert len(titles(said)) == 4


@pytest.mark.parametrize(
    "text",
    ["/restart", "/action_handoff", "/social_bye", '/social_bye{"language": "en"}',
     '/intent{"otp_ok": true}', " /restart", "／restart", "/session_start", "/back", "/restart\n/restart"],
)
async def test_a_command_to_the_dialogue_is_only_text(live, arrive, text):
    customer = await arrive(live)
    await customer.ask("信用卡年费多少钱")
    heard = await customer.ask(text)
    assert customer.state["owner"] == "bot"
    assert [said["author"] for said in heard] == ["bot"]
    [answer] = await customer.ask("怎么查询余额")
    assert answer["topic"] == "savings_balance"


async def test_a_command_to_restart_forgets_nothing(live, arrive):
    customer = await arrive(live)
    await customer.ask(MISSES["zh"][0])
    [said] = await customer.ask("/restart")
    assert len(titles(said)) == 2  # a person or a call: it was the second miss in a row


@pytest.mark.parametrize(("language", "text"), [("zh", "转人工"), ("zh", "我要人工服务"), ("en", "talk to a person")])
async def test_who_asks_for_a_person_waits_for_one(live, arrive, language, text):
    customer = await arrive(live, language)
    [said] = await customer.ask(text)
    assert said["language"] == language
    await customer.until_owner("queue")
    assert customer.state["queue"]["position"] >= 1


async def test_who_waits_for_a_person_is_not_answered_by_the_bot(live, arrive, agent):
    customer, desk = await arrive(live), await agent(live)
    await customer.ask("转人工")
    await customer.until_owner("queue")
    await customer.send(text="信用卡年费多少钱")
    await desk.claim(customer.id)
    await customer.until("agent")
    assert not [m for m in await whole(customer) if m.get("topic")]


async def test_who_leaves_the_line_is_answered_by_the_bot_and_may_ask_for_a_person_again(live, arrive):
    customer = await arrive(live)
    await customer.ask("转人工")
    await customer.until_owner("queue")
    assert (await customer.http.post(f"{customer.path}/leave-queue")).status_code == 200
    heard = await customer.ask("信用卡年费多少钱")
    assert [said["topic"] for said in heard if said["author"] == "bot"] == ["card_annual_fee"]
    await customer.ask("转人工")
    await customer.until_owner("queue")


async def test_after_a_person_the_bot_begins_afresh(live, arrive, agent):
    customer, desk = await arrive(live), await agent(live)
    await customer.ask(MISSES["zh"][0])
    await customer.ask("转人工")
    await customer.until_owner("queue")
    await desk.claim(customer.id)
    await customer.until("agent")
    path = f"/desk/conversations/{customer.id}/return-to-bot"
    assert (await desk.post(path, wrap_up="answered")).status_code == 200
    await customer.until_owner("bot")
    [said] = await customer.ask(MISSES["zh"][1])
    assert len(titles(said)) == 4  # a first miss again


async def test_after_a_person_the_brain_does_not_know_what_was_said_before(live, arrive, agent):
    customer, desk = await arrive(live), await agent(live)
    await customer.ask("转人工")
    await customer.until_owner("queue")
    await desk.claim(customer.id)
    await customer.send(text="这句话是说给客服听的")
    path = f"/desk/conversations/{customer.id}/return-to-bot"
    assert (await desk.post(path, wrap_up="answered")).status_code == 200
    await customer.until_owner("bot")
    await customer.ask("信用卡年费多少钱")
    assert heard_by_brain(live, customer, session=1) == ["转人工"]
    assert heard_by_brain(live, customer, session=2) == ["信用卡年费多少钱"]
