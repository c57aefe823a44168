"""A customer comes, asks, and is answered."""

import pytest

pytestmark = pytest.mark.slow


async def test_the_greeting_says_who_speaks_and_that_it_is_no_person(live, arrive):
    customer = await arrive(live)
    assert "小禾" in customer.messages[0]["text"]
    assert "不是真人" in customer.messages[0]["text"]


async def test_a_question_is_answered_in_its_language(live, arrive):
    customer = await arrive(live)
    zh = await customer.ask("信用卡年费多少钱")
    en = await customer.ask("what is the annual fee of a credit card")
    assert zh[0]["topic"] == en[0]["topic"] == "card_annual_fee"
    assert (zh[0]["language"], en[0]["language"]) == ("zh", "en")


async def test_a_person_takes_over_and_gives_back(live, arrive, agent):
    customer, desk = await arrive(live), await agent(live)
    await customer.ask("转人工")
    await customer.until_owner("queue")
    await desk.claim(customer.id)
    assert (await customer.until("agent"))["agent"]["number"] == desk.me["number"]
    assert (await desk.say(customer.id, "您好，我来帮您看。")).status_code == 202
    assert (await customer.until("agent"))["text"] == "您好，我来帮您看。"
    returned = await desk.post(f"/desk/conversations/{customer.id}/return-to-bot", wrap_up="answered")
    assert returned.status_code == 200, returned.text
    await customer.until_owner("bot")
