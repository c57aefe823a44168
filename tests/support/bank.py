"""Short words for the tests of acts: a card by its last digits, a faulty bank, a case on its way."""

import uuid
from typing import Any

from bot.bank.cases import Case
from bot.bank.port import Act, Card
from bot.conversation import store
from bot.wiring import Rooms
from tests.support.faulty_bank import FaultyBank

REPORT, FORMAL, LIFT = Act.REPORT_LOST_TEMPORARY, Act.REPORT_LOST_FORMAL, Act.LIFT_LOSS
#: Cards of the sandbox: one in order, one reported for a time, one reported for good.
GOOD, REPORTED, FORMALLY = "5678", "8830", "5590"


def faulty(rooms: Rooms) -> FaultyBank:
    """Put faults before the rooms' bank."""
    bank = FaultyBank(rooms.bank)
    rooms.bank = rooms.acts.bank = bank  # type: ignore[assignment]
    return bank


async def card(rooms: Rooms, last4: str) -> Card:
    (found,) = await rooms.bank.find(last4=last4)
    return found


async def prepared(rooms: Rooms, talk: str, act: Act, of: Card, turn_id: str = "") -> Case:
    async with rooms.database.write() as connection:
        conversation = await store.lock(connection, talk)
        return await rooms.acts.prepare(
            connection, conversation, act=act, card=of, turn_id=turn_id or str(uuid.uuid4())
        )


async def performed(rooms: Rooms, talk: str, act: Act, last4: str, **more: Any) -> Case:
    turn_id = more.pop("turn_id", "") or str(uuid.uuid4())
    of = await card(rooms, last4)
    return await rooms.acts.perform(talk, act=act, card=of, turn_id=turn_id, **more)
