"""F06–F08, F10, F11, R32: what is under way is broken off at its worst moment, and ends once and in the truth."""

import re
import sqlite3
import time
from datetime import datetime

import pytest
from redis import Redis

from actions.forms import TRY_AGAIN
from bot import wiring
from tests.support.errands import CONFIRM, HOTLINE, LOST, PERSON, Errand, break_bank, titles, words
from tests.support.history import until, whole
from tests.support.refusals import rows
from tests.support.sandbox import card_state
from tests.support.words import WORDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

DONE = {"zh": "已办好", "en": "Done"}
BOTH = pytest.mark.parametrize("language", ["zh", "en"])
#: The call of the bank stands here for some seconds, before or after the bank has acted.
BEFORE = {"mode": "slow", "seconds": 4, "only": ["report_lost"], "times": 1}
AFTER = {"mode": "late", "seconds": 4, "only": ["report_lost"], "times": 1}


@pytest.fixture(autouse=True)
def whole_bank(product):
    """The bank is well again after every test."""
    yield
    break_bank(product)


async def press_confirm(errand):
    """Send the yes, and wait for nothing."""
    offered = [choice for message in errand.customer.messages for choice in message.get("choices", [])]
    (choice,) = [one for one in offered if one["title"] == CONFIRM[errand.language]]
    assert (await errand.customer.send(choice=choice["id"])).status_code == 202


async def until_case(errand, state):
    await until(lambda: [one[0] for one in errand.cases] == [state], why=lambda: errand.cases)


async def until_the_bank_has_acted(errand):
    give_up_at = time.monotonic() + 20
    while not await errand.history():
        assert time.monotonic() < give_up_at


def besides_the_wait(heard):
    """What was said; without the apology for waiting, which a slow machine gives a customer too."""
    return [message for message in heard if message["author"] != "system"]


async def is_told_the_true_result(errand):
    """Done, with the number; and the card is stopped, by one report."""
    await until_case(errand, "done")
    (_state, _attempts, reference) = errand.cases[0]
    if not done_was_said(errand):
        await errand.customer.until_says(reference)
    assert done_was_said(errand)
    assert await errand.history() == ["report_lost_temporary"]
    assert await card_state(errand.product, errand.person.cards[0].number) == "temporary_loss"


def done_was_said(errand):
    reference = errand.cases[0][2]
    said = [m["text"] for m in errand.customer.messages if m["author"] != "customer"]
    return any(DONE[errand.language] in text and reference in text for text in said)


def seconds_between(customer, first, second):
    """From one message to the other, by the record's clock."""
    times = {m["seq"]: datetime.fromisoformat(m["at"]) for m in customer.messages}
    return (times[second] - times[first]).total_seconds()


def last_of(customer, author):
    return [m["seq"] for m in customer.messages if m["author"] == author][-1]


# ---- F06, F07: the action server is killed


@BOTH
async def test_F06_killed_before_the_bank_acts_it_is_told_as_open_and_done_once_afterwards(product, arrive, language):
    errand = await Errand.begin(product, arrive, language)
    await errand.to_readback()
    break_bank(product, **BEFORE)
    await press_confirm(errand)
    await until_case(errand, "confirming")
    product.kill("actions")
    heard = besides_the_wait(await errand.customer.hear())
    assert words(heard) == WORDS.say("degraded_in_dialogue", language)
    assert titles(heard) == [WORDS.say("choice_take_down", language), WORDS.say("choice_person", language)]
    assert [one[0] for one in errand.cases] == ["confirming"]
    assert await errand.history() == []
    product.start("actions")
    await is_told_the_true_result(errand)


@BOTH
async def test_F07_killed_after_the_bank_has_acted_it_is_told_as_open_and_then_as_done(product, arrive, language):
    errand = await Errand.begin(product, arrive, language)
    await errand.to_readback()
    break_bank(product, **AFTER)
    await press_confirm(errand)
    await until_the_bank_has_acted(errand)
    product.kill("actions")
    heard = besides_the_wait(await errand.customer.hear())
    assert words(heard) == WORDS.say("degraded_in_dialogue", language)
    assert [one[0] for one in errand.cases] == ["confirming"]
    product.start("actions")
    await is_told_the_true_result(errand)


async def test_F06_the_key_at_the_bank_is_the_same_at_every_try(product, arrive):
    errand = await Errand.begin(product, arrive)
    await errand.to_readback()
    break_bank(product, **AFTER)
    await press_confirm(errand)
    await until_the_bank_has_acted(errand)
    product.kill("actions")
    product.start("actions")
    await is_told_the_true_result(errand)
    [(case_id,)] = rows(product, "select id from acts where conversation_id = ?", errand.customer.id)
    assert rows(product, "select count(*) from sandbox_executed where key = ?", case_id) == [(1,)]


async def test_F06_with_the_action_server_away_questions_are_still_answered(product, arrive):
    product.kill("actions")
    errand = await Errand.begin(product, arrive)
    for _ in range(3):
        await errand.say(LOST["zh"])
    answers = [await errand.customer.ask("信用卡年费多少钱") for _ in range(3)]
    assert [one["topic"] for heard in answers for one in heard] == ["card_annual_fee"] * 3


async def test_F06_a_service_that_was_asked_for_meanwhile_begins_when_the_action_server_is_back(product, arrive):
    product.kill("actions")
    errand = await Errand.begin(product, arrive)
    assert HOTLINE in await errand.say(LOST["zh"])
    product.start("actions")
    await errand.customer.until_says("6 位验证码")
    assert errand.verification == ("asks_code", 0)


# ---- F08: it hangs, or the bank does


@BOTH
async def test_F08_a_frozen_action_server_is_apologised_for_and_given_up_and_acts_once(product, arrive, language):
    errand = await Errand.begin(product, arrive, language)
    await errand.to_readback()
    product.freeze("actions")
    heard = await errand.confirm()
    assert [m["author"] for m in heard] == ["system", "bot"]
    assert words(heard[:1]) == WORDS.say("notice_please_wait", language)
    assert words(heard[1:]) == WORDS.say("degraded_in_dialogue", language)
    asked = last_of(errand.customer, "customer")
    assert seconds_between(errand.customer, asked, heard[0]["seq"]) < 3.5
    assert seconds_between(errand.customer, asked, heard[1]["seq"]) < 15
    product.thaw("actions")
    await is_told_the_true_result(errand)


@BOTH
async def test_F08_a_bank_that_takes_half_a_minute_is_apologised_for_and_then_called_unknown(
    product, arrive, language
):
    errand = await Errand.begin(product, arrive, language)
    await errand.to_readback()
    break_bank(product, mode="slow", seconds=30, only=["report_lost"], times=1)
    heard = await errand.confirm()
    assert words(heard[:1]) == WORDS.say("notice_please_wait", language)
    assert errand.cases[0][2] in words(heard[1:])
    assert HOTLINE in words(heard[1:])
    assert DONE[language] not in words(heard)
    assert seconds_between(errand.customer, last_of(errand.customer, "customer"), heard[-1]["seq"]) < 15
    await is_told_the_true_result(errand)


# ---- F10: nobody knows


@BOTH
@pytest.mark.parametrize("mode", ["drop_before", "drop_after", "garbage"])
async def test_F10_what_nobody_knows_is_told_as_neither_done_nor_failed_and_then_as_it_is(
    product, arrive, language, mode
):
    errand = await Errand.begin(product, arrive, language)
    await errand.to_readback()
    break_bank(product, mode=mode, only=["report_lost"], times=1)
    heard = await errand.confirm()
    told = words(heard)
    card = WORDS.say("bank_card_debit", language, last4=errand.person.cards[0].last4)
    reference = errand.cases[0][2]
    assert told == WORDS.say("act_confirming_lost", language, card=card, reference=reference)
    assert HOTLINE in told
    assert titles(heard) == [PERSON[language]]
    await is_told_the_true_result(errand)


# ---- F11: the bank says no


async def change_card(product, errand, column, value):
    """Somebody else at the bank changes the card, between the question and the yes."""
    sandbox = wiring.sandbox_bank(product.settings)
    wanted = sandbox.hashes.of(errand.person.cards[0].number, "card_number")
    await sandbox.database.close()
    with sqlite3.connect(product.var / "qiantai.db", timeout=10) as connection:
        query = f"update sandbox_cards set {column} = ? where number_hash = ?"  # noqa: S608
        assert connection.execute(query, (value, wanted)).rowcount == 1


@BOTH
async def test_F11_a_card_that_was_stopped_meanwhile_is_said_to_be_stopped_since_then(product, arrive, language):
    errand = await Errand.begin(product, arrive, language)
    await errand.to_readback()
    await change_card(product, errand, "state", "temporary_loss")
    told = words(await errand.confirm())
    assert re.search({"zh": "已经.*挂失", "en": "before"}[language], told), told
    assert await errand.history() == []


@BOTH
async def test_F11_a_card_that_was_closed_meanwhile_is_said_so(product, arrive, language):
    errand = await Errand.begin(product, arrive, language)
    await errand.to_readback()
    await change_card(product, errand, "state", "closed")
    told = words(await errand.confirm())
    assert {"zh": "销户", "en": "closed"}[language] in told
    assert await errand.history() == []


@BOTH
async def test_F11_a_card_that_is_another_holders_by_now_is_refused_without_a_word_about_them(
    product, arrive, language
):
    errand, other = [await Errand.begin(product, arrive, language) for _ in range(2)]
    await errand.to_readback()
    await change_card(product, errand, "customer_id", other.person.seed.id)
    heard = await errand.confirm()
    for theirs in (other.person.phone, other.person.id_number[-6:], other.person.cards[0].last4, "何"):
        assert theirs not in words(heard)
    assert HOTLINE in words(heard)
    assert PERSON[language] in titles(heard)
    assert await errand.history() == []


@BOTH
async def test_F11_a_card_that_is_gone_is_not_done_and_a_person_is_offered(product, arrive, language):
    errand = await Errand.begin(product, arrive, language)
    await errand.to_readback()
    await change_card(product, errand, "id", f"gone-{errand.customer.id[:8]}")
    heard = await errand.confirm()
    assert HOTLINE in words(heard)
    assert PERSON[language] in titles(heard)
    assert DONE[language] not in words(heard)


# ---- the bank is away when it is only asked


@BOTH
@pytest.mark.parametrize("verb", ["cards", "customer"])
async def test_a_bank_that_is_away_at_the_beginning_ends_in_words_and_the_service_can_be_had_afterwards(
    product, arrive, language, verb
):
    errand = await Errand.begin(product, arrive, language)
    break_bank(product, mode="down", only=[verb])
    heard = await errand.customer.ask(LOST[language])
    assert words(heard[-1:]) == WORDS.render("utter_action_failed", {}, language).text
    assert titles(heard) == [TRY_AGAIN["title"][language], PERSON[language]]
    break_bank(product)
    assert "5" in await errand.say(LOST[language])
    assert errand.verification == ("asks_code", 0)


@BOTH
async def test_a_bank_that_is_away_when_the_card_is_named_lets_it_be_named_again(product, arrive, language):
    errand = await Errand.begin(product, arrive, language, signed=False)
    await errand.say(LOST[language])
    break_bank(product, mode="down")
    heard = await errand.customer.ask(errand.person.cards[0].number)
    assert words(heard[-1:]) == WORDS.render("utter_action_failed", {}, language).text
    break_bank(product)
    await errand.say(errand.person.cards[0].number)
    assert errand.verification == ("asks_code", 0)


@BOTH
async def test_a_bank_that_goes_away_after_the_code_costs_no_second_code(product, arrive, language):
    errand = await Errand.begin(product, arrive, language)
    code = await errand.to_code()
    break_bank(product, mode="down")
    heard = await errand.customer.ask(code)
    assert words(heard[-1:]) == WORDS.render("utter_action_failed", {}, language).text
    break_bank(product)
    heard = await errand.customer.choose(TRY_AGAIN["title"][language])
    assert CONFIRM[language] in titles(heard)
    await errand.confirm()
    await is_told_the_true_result(errand)


async def test_a_bank_that_goes_away_before_the_act_is_prepared_costs_no_second_code(product, arrive):
    errand = await Errand.begin(product, arrive)
    await errand.to_readback()
    break_bank(product, mode="down")
    heard = await errand.confirm()
    assert HOTLINE in words(heard)
    assert errand.cases == []
    break_bank(product)
    heard = await errand.customer.ask(LOST["zh"])
    assert CONFIRM["zh"] in titles(heard)
    await errand.confirm()
    await is_told_the_true_result(errand)


# ---- R32: the brain goes away in the middle


@BOTH
async def test_R32_a_code_typed_while_the_brain_is_away_is_shown_nowhere_and_counts_when_it_is_back(
    product, arrive, language
):
    errand = await Errand.begin(product, arrive, language)
    code = await errand.to_code()
    product.kill("brain")
    heard = await errand.customer.ask(code)
    assert words(heard) == WORDS.say("degraded_in_dialogue", language)
    assert titles(heard) == [WORDS.say("choice_take_down", language), WORDS.say("choice_person", language)]
    assert not any(code in m["text"] for m in await whole(errand.customer))
    product.start("brain")
    product.wait_until_ready()
    await until(lambda: errand.verification[0] == "verified")
    await errand.customer.until("bot")
    await errand.confirm()
    await is_told_the_true_result(errand)


async def test_R32_a_code_that_was_kept_too_long_is_asked_for_again_and_no_try_is_used(product, arrive):
    errand = await Errand.begin(product, arrive)
    code = await errand.to_code()
    product.kill("brain")
    await errand.customer.ask(code)
    with Redis.from_url(product.redis_url) as redis:  # as after five minutes
        assert redis.delete(*redis.scan_iter(f"qiantai:secret:{errand.customer.id}:*")) == 1
    product.start("brain")
    product.wait_until_ready()
    await errand.customer.until_says(WORDS.render("utter_code_enter_again", {}, "zh").text)
    assert errand.audited("code_wrong") == 0
    assert CONFIRM["zh"] in titles(await errand.customer.ask(code))
