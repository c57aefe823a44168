"""Danger, threats and frauds that are going on: help first, and a person before everybody else."""

import uuid

import pytest
from sqlalchemy import select

import actions.base
from actions.alarm import REASONS, ActionAlarm
from bot.conversation import store
from bot.handoff import queue
from bot.handoff.store import handoffs


@pytest.fixture
async def conversation(served):
    return (await served.conversations.open("zh")).conversation


@pytest.mark.parametrize("intent", REASONS)
async def test_help_is_said_first_and_a_person_is_called_before_everybody_else(
    served, conversation, tracker, dispatcher, intent
):
    told = tracker([("我不想活了", intent)], conversation_id=conversation.id, turn_id=str(uuid.uuid4()))
    await ActionAlarm().run(dispatcher, told, {})
    assert [m["response"] for m in dispatcher.messages] == [f"utter_{intent}", "utter_handoff_queued"]
    async with served.database.read() as connection:
        [row] = (await connection.execute(select(handoffs))).all()
    assert (row.reason, row.priority) == (REASONS[intent], queue.PRIORITY_URGENT)


async def test_help_is_said_also_when_no_person_can_be_called(served, conversation, tracker, dispatcher):
    await served.conversations.end(conversation.id)
    told = tracker([("我不想活了", "alarm_self_harm")], conversation_id=conversation.id, turn_id="one")
    await ActionAlarm().run(dispatcher, told, {})
    assert [m["response"] for m in dispatcher.messages] == ["utter_alarm_self_harm", "utter_action_failed"]


@pytest.mark.slow
async def test_help_is_said_also_when_the_line_hangs(served, conversation, tracker, dispatcher, monkeypatch):
    monkeypatch.setattr(actions.base, "BUDGET_S", 0.05)
    told = tracker([("我不想活了", "alarm_self_harm")], conversation_id=conversation.id, turn_id="one")
    async with served.database.write() as connection:
        await store.lock(connection, conversation.id)  # somebody keeps the conversation to themselves
        await ActionAlarm().run(dispatcher, told, {})
    assert [m["response"] for m in dispatcher.messages] == ["utter_alarm_self_harm", "utter_action_failed"]
