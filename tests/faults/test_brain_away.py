"""F03, F04: the brain is killed in mid-turn or hangs; the chat says so, offers ways on, and heals by itself."""

import asyncio
from contextlib import suppress

import pytest
from httpx import AsyncClient, TimeoutException

from tests.support.history import (
    heard_by_brain,
    numbers_have_no_gaps,
    said_by,
    turns_of,
    until,
    until_turns,
    whole,
)
from tests.support.product import wait_until
from tests.support.refusals import rows
from tests.support.words import WORDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ENVIRON = {"QIANTAI_TURN_BUDGET_S": "4"}

QUESTION = "信用卡年费多少钱"
TOPIC = "card_annual_fee"
OTHER, OTHER_TOPIC = "怎么查询余额", "savings_balance"


def degraded(messages):
    """The bot's messages that say that the assistant is away."""
    words = {WORDS.say(key, "zh") for key in ("degraded", "degraded_with_topics")}
    return [m for m in messages if m["text"] in words]


def topics(messages):
    return [m["topic"] for m in messages if m["author"] == "bot" and m.get("topic")]


def breaker_is_open(product):
    return product.health(product.chat_url).get("brain") is False


async def ask_a_brain_that_dies(product, customer):
    """The brain is killed after it was asked and before it has answered."""
    product.freeze("brain")
    await customer.send(text=QUESTION)
    await until_turns(product, customer, "running")
    product.kill("brain")
    return await customer.hear()


async def test_F03_a_brain_killed_in_mid_turn_is_said_and_form_and_person_are_offered(product, arrive):
    customer = await arrive(product)
    heard = await ask_a_brain_that_dies(product, customer)
    assert degraded(heard) == heard
    titles = [choice["title"] for choice in heard[-1]["choices"]]
    assert titles[-2:] == [WORDS.say("choice_take_down", "zh"), WORDS.say("choice_person", "zh")]
    assert WORDS.title(TOPIC, "zh") in titles[:-2]


async def test_F03_the_message_is_in_the_record_though_the_brain_never_saved_it(product, arrive):
    customer = await arrive(product)
    await ask_a_brain_that_dies(product, customer)
    assert said_by("customer", await whole(customer)) == [QUESTION]
    assert heard_by_brain(product, customer) == []


async def test_F03_the_turn_is_answered_once_when_the_brain_is_back(product, arrive):
    customer = await arrive(product)
    await ask_a_brain_that_dies(product, customer)
    product.start("brain")
    await until_turns(product, customer, "done")
    messages = await whole(customer)
    assert topics(messages) == [TOPIC]
    assert len(degraded(messages)) == 1
    assert heard_by_brain(product, customer) == [QUESTION]


async def test_F03_a_turn_is_not_answered_late_when_the_customer_has_moved_on(product, arrive):
    customer = await arrive(product)
    await ask_a_brain_that_dies(product, customer)
    await customer.send(text=OTHER)
    await until(lambda: len(turns_of(product, customer)) == 2)
    product.start("brain")
    await until(lambda: all(state in ("done", "failed") for state, _ in turns_of(product, customer)))
    assert topics(await whole(customer)) == [OTHER_TOPIC]


async def test_F03_a_person_can_take_the_chat_while_the_brain_is_away(product, arrive, agent):
    customer, desk = await arrive(product), await agent(product)
    await ask_a_brain_that_dies(product, customer)
    await customer.choose(WORDS.say("choice_person", "zh"))
    await customer.until_owner("queue")
    await desk.claim(customer.id)
    assert (await customer.until("agent"))["agent"]["number"] == desk.me["number"]
    product.start("brain")
    product.wait_until_ready()
    await until(lambda: all(s not in ("running", "parked") for s, _ in turns_of(product, customer)))
    assert topics(await whole(customer)) == []  # the bot does not talk over the person


async def test_F03_a_topic_offered_without_the_brain_is_answered_without_it(product, arrive):
    customer = await arrive(product)
    await ask_a_brain_that_dies(product, customer)
    answer = await customer.choose(WORDS.title(TOPIC, "zh"))
    assert [m["text"] for m in answer] == [WORDS.render(f"utter_faq/{TOPIC}", {}, "zh").text]


async def test_F03_R07_the_button_of_a_case_is_answered_without_the_brain(product, arrive):
    customer = await arrive(product)
    await ask_a_brain_that_dies(product, customer)
    await customer.choose(WORDS.title(TOPIC, "zh"))
    [answer] = await customer.choose("储蓄卡")
    args = {"background": {"known": {"card_kind": "debit"}}}
    assert answer["text"] == WORDS.render(f"utter_faq/{TOPIC}", args, "zh").text


async def test_F03_an_english_customer_is_told_in_english(product, arrive):
    customer = await arrive(product, "en")
    product.kill("brain")
    heard = await customer.ask("what is the annual fee of a credit card")
    assert heard[-1]["text"] == WORDS.say("degraded_with_topics", "en")


async def test_F03_the_health_of_the_chat_tells_that_the_brain_is_away_and_that_it_serves_on(product):
    product.kill("brain")
    wait_until(lambda: breaker_is_open(product))
    assert product.health(product.chat_url)["ready"] is True


async def test_F04_a_hung_brain_is_given_up_and_the_breaker_opens(product, arrive):
    customer = await arrive(product)
    product.freeze("brain")
    patience, *heard = await customer.ask(QUESTION)
    assert patience["text"] == WORDS.say("notice_please_wait", "zh")
    assert degraded(heard) == heard
    wait_until(lambda: breaker_is_open(product))


async def test_F04_a_hung_brain_is_noticed_before_a_customer_asks(product, arrive):
    product.freeze("brain")
    wait_until(lambda: breaker_is_open(product))
    heard = await (await arrive(product)).ask(QUESTION)
    assert degraded(heard) == heard


async def test_F04_with_the_breaker_open_nobody_waits_for_the_hung_brain(product, arrive):
    first = await arrive(product)
    product.freeze("brain")
    await first.ask(QUESTION)
    wait_until(lambda: breaker_is_open(product))
    others = [await arrive(product) for _ in range(20)]
    await asyncio.gather(*(other.ask(QUESTION) for other in others))
    wait_until(lambda: rows(product, "select count(*) from turns where state = 'running'") == [(0,)])
    for other in others:
        assert [(outcome, state) for state, outcome in turns_of(product, other)] == [("degraded", "parked")]


async def test_F04_what_was_asked_of_a_hung_brain_is_answered_once_when_it_goes_on(product, arrive):
    customer = await arrive(product)
    product.freeze("brain")
    await customer.ask(QUESTION)
    wait_until(lambda: breaker_is_open(product))
    product.thaw("brain")
    await until_turns(product, customer, "done")
    messages = await whole(customer)
    assert topics(messages) == [TOPIC]
    assert len(degraded(messages)) == 1
    assert heard_by_brain(product, customer) == [QUESTION]


async def test_F04_who_hangs_up_at_once_leaves_no_lock_behind(product):
    asked = {"sender": "hangs-up.1", "text": QUESTION, "language": "zh", "choice": None, "metadata": {}}
    token = product.settings.inside_token.get_secret_value()
    async with AsyncClient(base_url=product.settings.brain_url, headers={"Authorization": f"Bearer {token}"}) as brain:
        product.freeze("brain")
        for number in range(5):
            with suppress(TimeoutException):
                await brain.post("/turn", json={**asked, "turn_id": f"hung-up-{number}"}, timeout=0.1)
        product.thaw("brain")
        reply = await brain.post("/turn", json={**asked, "turn_id": "patient"}, timeout=5)
    assert reply.json()["topic"] == TOPIC


async def test_F04_a_late_answer_is_not_shown_to_a_customer_who_waits_for_a_person(product, arrive):
    customer = await arrive(product)
    product.freeze("brain")
    await customer.ask(QUESTION)
    await customer.choose(WORDS.say("choice_person", "zh"))
    await customer.until_owner("queue")
    product.thaw("brain")
    product.wait_until_ready()
    await until(lambda: all(s not in ("running", "parked") for s, _ in turns_of(product, customer)))
    messages = await whole(customer)
    numbers_have_no_gaps(messages)
    assert topics(messages) == []
