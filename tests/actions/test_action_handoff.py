"""What goes with a customer to a person: reason, skill, language, priority and a summary."""

import uuid

import pytest
from sqlalchemy import select

from actions.base import CALLBACK
from actions.handoff import ActionHandoff, needs, priority_of, reason_of, skill_of, summary_of
from bot.conversation.states import Owner
from bot.handoff import queue
from bot.handoff.store import handoffs
from tests.actions.conftest import user_event
from tests.support.words import WORDS

FEE = ("年费多少", "faq/card_annual_fee")
PERSON = ("转人工", "service_human")


@pytest.fixture
async def asked(served, tracker, dispatcher):
    """Run the action for a new conversation; returns its id, the words said and the rows of the line."""
    conversation = (await served.conversations.open("zh")).conversation

    async def run(said, **slots):
        slots = {"conversation_id": conversation.id, "turn_id": str(uuid.uuid4()), **slots}
        await ActionHandoff().run(dispatcher, tracker(said, **slots), {})
        async with served.database.read() as connection:
            return conversation.id, dispatcher.messages[-1], (await connection.execute(select(handoffs))).all()

    return run


async def test_a_wish_for_a_person_puts_the_conversation_into_the_line(asked, served):
    conversation_id, said, [row] = await asked([FEE, PERSON])
    conversation, _ = await served.conversations.read(conversation_id, 0)
    assert conversation.owner is Owner.QUEUE
    assert (row.conversation_id, row.reason, row.skill) == (conversation_id, "asked_for_person", "card")
    assert said["response"] == "utter_handoff_queued"


async def test_a_repeated_turn_waits_once(asked):
    await asked([PERSON], turn_id="one")
    _, said, found = await asked([PERSON], turn_id="one")
    assert (len(found), said["response"]) == (1, "utter_handoff_queued")


async def test_the_summary_names_the_needs_and_the_last_words_before_the_wish(asked):
    _, _, [row] = await asked([("你好", "social_greet"), FEE, PERSON])
    assert row.summary.endswith("年费多少")
    assert "转人工" not in row.summary


async def test_a_customer_who_writes_english_waits_for_somebody_who_reads_english(asked):
    _, said, [row] = await asked([("annual fee", FEE[1]), ("agent please", PERSON[1])], language="en")
    assert row.language == "en"
    assert said["words"].isascii() or "’" in said["words"]


async def test_a_conversation_that_has_ended_gets_an_apology_and_the_offer_of_a_person(asked, served):
    conversation = (await served.conversations.open("zh")).conversation
    await served.conversations.end(conversation.id)
    _, said, found = await asked([PERSON], conversation_id=conversation.id)
    assert (said["response"], found) == ("utter_action_failed", [])
    assert [choice["intent"] for choice in said["choices"]] == ["service_human"]


async def test_R08_with_nobody_there_a_call_back_is_offered(asked):
    _, said, _ = await asked([FEE, PERSON])
    assert said["choices"] == [CALLBACK]


async def test_with_somebody_there_nothing_but_the_wait_is_spoken_of(asked, served):
    await served.staff.add("Wang Min", roles=["agent"], skills=["card"])
    async with served.database.read() as connection:
        wang = await served.staff.by_id(connection, 1)
    await served.staff.set_status(wang, "online")
    _, said, _ = await asked([FEE, PERSON])
    assert said["choices"] == []


def test_a_dialogue_is_a_need_and_what_is_said_in_it_is_none(tracker):
    seen = tracker([FEE, ("我要投诉", "service_complaint")])
    seen.events += [
        {"event": "active_loop", "name": "complaint_form"}, user_event("退还年费", FEE[1]),
        user_event("ATM吞卡", "faq/card_swallowed"), {"event": "active_loop", "name": None},
    ]
    assert needs(seen) == ["card_annual_fee", "service_complaint"]
    assert skill_of(needs(seen)) == "complaint"
    assert priority_of(needs(seen)) == queue.PRIORITY_HIGH


def test_a_dialogue_that_a_button_opened_is_a_need_too(tracker):
    seen = tracker([FEE])
    seen.events.append({"event": "active_loop", "name": "callback_form"})
    assert needs(seen) == ["card_annual_fee", "service_callback"]


def test_what_comes_after_a_dialogue_is_a_need_again(tracker):
    seen = tracker()
    seen.events += [
        {"event": "active_loop", "name": "complaint_form"}, {"event": "active_loop", "name": None},
        user_event(*FEE),
    ]
    assert needs(seen) == ["service_complaint", "card_annual_fee"]


def test_anger_and_alarms_inside_a_dialogue_are_heard(tracker):
    seen = tracker()
    seen.events += [
        {"event": "active_loop", "name": "callback_form"}, user_event("气死我了", "social_upset"),
        alarm_event("被骗转账了", "ebank_fraud"),
    ]
    assert needs(seen) == ["service_callback", "social_upset", "ebank_fraud"]


async def test_a_button_that_is_no_topic_keeps_nobody_from_a_person(asked):
    _, said, [row] = await asked([FEE, ("改日期", "appointment_change"), ("撤回", "ticket_withdraw"), PERSON])
    assert said["response"] == "utter_handoff_queued"
    assert "年费" in row.summary


def test_needs_are_named_once_oldest_first_and_the_wish_for_a_person_is_none(tracker):
    said = [("你好", "social_greet"), FEE, ("余额", "faq/savings_balance"), FEE, PERSON]
    assert needs(tracker(said)) == ["card_annual_fee", "savings_balance"]


def test_only_the_last_needs_are_named(tracker):
    said = [(str(number), f"faq/savings_{number}") for number in range(9)]
    assert needs(tracker(said)) == [f"savings_{number}" for number in range(4, 9)]


@pytest.mark.parametrize(
    ("topics", "skill"),
    [
        ([], "general"),
        (["savings_balance"], "savings"),
        (["savings_balance", "loan_rate"], "loan"),
        (["loan_rate", "general_branch"], "loan"),
        (["service_report_lost"], "card"),
        (["service_unfreeze"], "card"),
        (["card_limit", "service_complaint"], "complaint"),
        (["service_complaint_progress"], "complaint"),
        (["social_upset", "out_of_scope"], "general"),
    ],
)
def test_the_skill_is_that_of_the_last_need_that_has_one(topics, skill):
    assert skill_of(topics) == skill


@pytest.mark.parametrize(
    ("topics", "priority"),
    [
        ([], queue.PRIORITY_NORMAL),
        (["card_limit"], queue.PRIORITY_NORMAL),
        (["service_report_lost"], queue.PRIORITY_URGENT),
        (["ebank_fraud", "card_limit"], queue.PRIORITY_URGENT),
        (["social_upset"], queue.PRIORITY_HIGH),
        (["service_report_lost", "social_upset"], queue.PRIORITY_URGENT),
        (["social_upset", "card_limit", "loan_rate"], queue.PRIORITY_NORMAL),
    ],
)
def test_a_lost_card_goes_first_then_those_we_have_upset(topics, priority):
    assert priority_of(topics) == priority


@pytest.mark.parametrize(
    ("topics", "reason"),
    [
        ([], "asked_for_person"),
        (["card_limit"], "asked_for_person"),
        (["card_limit", "social_upset"], "upset"),
        (["service_complaint"], "upset"),
        (["out_of_scope"], "not_understood"),
    ],
)
def test_the_reason_is_the_last_thing_that_happened(topics, reason):
    assert reason_of(topics) == reason


def test_a_pressed_button_is_no_words_of_the_customer(tracker):
    said = [FEE, ("service_human", "service_human")]
    assert summary_of(tracker(said), [], WORDS, "zh") == "年费多少"


def test_a_long_message_is_cut_in_the_summary(tracker):
    said = [("长" * 500, FEE[1]), PERSON]
    summary = summary_of(tracker(said), ["card_annual_fee"], WORDS, "zh")
    assert summary == "信用卡年费 · " + "长" * 200


def alarm_event(text, topic):
    """A message that an alarm has caught: its ranking names the topic."""
    event = user_event(text, topic)
    event["parse_data"]["intent"]["name"] = "alarm_fraud"
    return event


def test_R07_the_summary_says_for_which_card_and_loan(tracker):
    heard = tracker([FEE, PERSON], card_kind="credit", loan_kind="car")
    summary = summary_of(heard, ["card_annual_fee"], WORDS, "en")
    assert summary == f"Credit card annual fee · Credit card, Car loan · {FEE[0]}"
