"""What a finished dialogue files: once a turn, with a yes, and nothing when something is missing."""

import uuid

import pytest

from actions.callback import ActionCallback
from actions.complaint import ActionComplaint, ValidateComplaintForm
from actions.feedback import ActionFeedback
from actions.tickets import ActionTicketWithdraw
from bot.errors import UnavailableError
from bot.records.store import feedback, tickets
from tests.support.people_records import give, ticket_fields
from tests.support.record import count, opened, rows
from tests.support.tickets import answered, file

COMPLAINT = {
    "complaint_matter": "昨天柜员骂人", "complaint_demand": "让他道歉", "contact": "none", "complaint_confirmed": True,
}
CALL = {
    "callback_matter": "信用卡额度", "callback_window": "2026-11-24-morning", "contact": "given",
    "callback_confirmed": True,
}
FEEDBACK = {"feedback_score": 1, "feedback_text": "等了太久"}


@pytest.fixture
async def talk(served):
    return await opened(served)


@pytest.fixture
def run(talk, tracker, dispatcher):
    """`await run(ActionComplaint(), COMPLAINT)`: (what was said, by key; Rasa's events)."""

    async def act(action, slots, turn_id="turn-1", intent=("确认", "pick")):
        dispatcher.messages.clear()
        seen = tracker([intent], conversation_id=talk, turn_id=turn_id, **slots)
        seen.latest_message["intent"]["confidence"] = 1.0
        events = await action.run(dispatcher, seen, {})
        return {said["response"]: said for said in dispatcher.messages}, events

    return act


def emptied(events):
    return {event["name"] for event in events if event["event"] == "slot" and event["value"] is None}


async def test_R27_a_complaint_is_filed_with_its_own_words(run, served):
    said, _ = await run(ActionComplaint(), COMPLAINT)
    (ticket,) = await rows(served, tickets)
    assert said["utter_complaint_done"]["reference"] == ticket.reference
    assert said["utter_complaint_done"]["due"] == "12 月 8 日"
    assert await ticket_fields(served, ticket.reference) == {"matter": "昨天柜员骂人", "demand": "让他道歉"}
    assert ticket.transcript_sha256


@pytest.mark.parametrize(
    ("action", "slots", "table"),
    [(ActionComplaint(), COMPLAINT, tickets), (ActionFeedback(), FEEDBACK, feedback)],
)
async def test_D02_a_repeated_turn_files_once_and_says_the_same(run, served, action, slots, table):
    first, _ = await run(action, slots)
    again, _ = await run(action, slots)
    assert first == again
    assert await count(served, table) == 1


async def test_D02_a_repeated_turn_books_one_call(run, served, talk):
    await give(served, talk, "callback")
    first, _ = await run(ActionCallback(), CALL)
    again, _ = await run(ActionCallback(), CALL)
    assert first == again
    assert await count(served, tickets) == 1


@pytest.mark.parametrize(
    ("action", "slots", "confirmed"),
    [(ActionComplaint(), COMPLAINT, "complaint_confirmed"), (ActionCallback(), CALL, "callback_confirmed")],
)
@pytest.mark.parametrize("value", [None, False, "yes"])
async def test_R11_without_a_confirmed_read_back_nothing_is_filed(run, served, action, slots, confirmed, value):
    said, _ = await run(action, {**slots, confirmed: value})
    assert (said, await count(served, tickets)) == ({}, 0)


async def test_what_was_said_does_not_stay_in_the_dialogue(run, served, talk):
    await give(served, talk, "callback")
    for action, slots in ((ActionComplaint(), COMPLAINT), (ActionCallback(), CALL), (ActionFeedback(), FEEDBACK)):
        _, events = await run(action, slots, turn_id=str(uuid.uuid4()))
        assert set(slots) <= emptied(events)


async def test_L01_a_call_without_a_consent_is_not_booked(run, served):
    said, _ = await run(ActionCallback(), CALL)
    assert (list(said), await count(served, tickets)) == (["utter_action_failed"], 0)


async def test_L04_a_call_whose_consent_was_withdrawn_is_not_booked(run, served, talk):
    await give(served, talk, "callback")
    await served.consents.withdraw(talk, "callback")
    said, _ = await run(ActionCallback(), CALL)
    assert (list(said), await count(served, tickets)) == (["utter_action_failed"], 0)


async def test_a_call_at_a_time_that_is_over_is_not_booked_and_another_is_offered(run, served, talk, clock):
    await give(served, talk, "callback")
    clock.advance(24 * 3600)
    said, _ = await run(ActionCallback(), CALL)
    assert await count(served, tickets) == 0
    titles = [choice["title"]["zh"] for choice in said["utter_callback_too_late"]["choices"]]
    assert titles == ["重新选时间", "转人工客服"]


@pytest.mark.parametrize(
    ("score", "text", "kind"),
    [(5, "很好", "praise"), (4, "-", "praise"), (5, "建议字体大一点", "suggestion"), (3, "一般", "suggestion"),
     (2, "建议多开窗口", "complaint_hint"), (1, "-", "complaint_hint")],
)
async def test_R14_what_comes_with_a_score_is_sorted(run, served, score, text, kind):
    await run(ActionFeedback(), {"feedback_score": score, "feedback_text": text})
    (kept,) = await rows(served, feedback)
    assert (kept.score, kept.kind, kept.text) == (score, kind, None if text == "-" else text)


async def test_withdrawing_by_words_alone_asks_which_one_it_is(run, served):
    said, _ = await run(ActionTicketWithdraw(), {"ticket_reference": None})
    assert list(said) == ["utter_ticket_which"]


async def test_L18_somebody_elses_complaint_is_not_withdrawn(run, served):
    ticket = await file(served, await opened(served))
    said, _ = await run(ActionTicketWithdraw(), {"ticket_reference": ticket.reference})
    assert list(said) == ["utter_ticket_moved_on"]
    assert [row.state for row in await rows(served, tickets)] == ["open"]


async def test_a_pass_that_is_over_lets_nobody_in(run, served):
    ticket = await file(served, await opened(served), customer_id="c-1")
    over = {"customer_id": "c-1", "until": "2026-11-23T03:59:59+00:00"}
    await run(ActionTicketWithdraw(), {"ticket_reference": ticket.reference, "ticket_pass": over})
    assert [row.state for row in await rows(served, tickets)] == ["open"]


async def test_a_withdrawal_that_is_repeated_is_said_again(run, served, talk):
    ticket = await answered(served, talk, "follow_up")
    first, _ = await run(ActionTicketWithdraw(), {"ticket_reference": ticket.reference})
    again, _ = await run(ActionTicketWithdraw(), {"ticket_reference": ticket.reference})
    assert list(first) == ["utter_ticket_withdrawn"]
    assert first == again


async def test_after_a_failure_the_contact_form_stays_open(served, talk, tracker, dispatcher, monkeypatch):
    async def away(*_):
        raise UnavailableError("vault", retry_after_s=5)

    monkeypatch.setattr(served.vault, "redeem", away)
    secret = {"secret_kind": "contact", "secret_token": "t", "requested_slot": "contact"}
    seen = tracker([("", "secret")], conversation_id=talk, **secret)
    seen.active_loop = {"name": "complaint_form"}
    events = await ValidateComplaintForm().run(dispatcher, seen, {})
    [said] = dispatcher.messages
    assert (said["response"], said["awaits"], said["form"]) == (
        "utter_action_failed", "contact", "contact_complaint_contact",
    )
    assert [event["value"] for event in events] == [None, "contact"]
