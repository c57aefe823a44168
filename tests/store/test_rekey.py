"""Changing the data key: old values stay readable, and one command brings them over."""

import asyncio
import base64

import pytest
from pydantic import SecretStr

from bot import wiring
from bot.bank.store import cards, customers
from bot.clock import FakeClock
from bot.errors import UnavailableError
from bot.identity import store as identity_store
from bot.records import rekey as rekeying
from bot.records.audit import audit
from bot.records.cipher import KEY_BYTES
from bot.records.contact_store import contacts
from bot.records.store import tickets
from bot.wiring import Rooms
from bot.wiring_records import sealed_columns
from tests.support.bank import GOOD
from tests.support.identity import CARD, LIN, begin, join
from tests.support.people_records import complain, give, take_down, ticket_fields
from tests.support.record import count, opened, rows
from tests.support.tickets import investigated, worker

pytestmark = pytest.mark.slow  # encrypts whole records

OLD, NEW = (base64.b64encode(letter * KEY_BYTES).decode() for letter in (b"o", b"n"))


def with_keys(rooms: Rooms, key: str, *old: str) -> Rooms:
    """The same record under these keys."""
    settings = rooms.settings.model_copy(
        update={"data_key": SecretStr(key), "old_data_keys": SecretStr(" ".join(old))}
    )
    return wiring.rooms(settings, rooms.clock, rooms.catalogue)


@pytest.fixture
async def talk(rooms: Rooms) -> str:
    """One of everything that is encrypted, made with the old key."""
    before = with_keys(rooms, OLD)
    talk = await opened(before)
    await give(before, talk)
    await take_down(before, talk)
    reference = await complain(before, talk)
    await before.ticket_work.take(reference, worker())
    await before.ticket_work.note(reference, worker(), "已核实")
    await investigated(before, reference)
    await before.ticket_work.answer(reference, worker(), "已加开窗口")
    await before.consents.withdraw(talk, "complaint_contact")
    await before.bank.find(last4=GOOD)  # the sandbox is filled at its first use
    join(before)
    await begin(before, talk)
    await before.staff.add("Wang Min", roles=["agent"], skills=["card"], user="wang")
    await before.database.close()
    return talk


async def test_old_values_are_read_while_new_ones_are_written(rooms: Rooms, talk: str) -> None:
    after = with_keys(rooms, NEW, OLD)
    assert [one.masked for one in await after.contacts.card(talk)] == ["欧阳**", "139****0987"]
    await give(after, talk, "feedback", comment="谢谢")
    cipher = after.contacts.cipher
    new = {row.purpose: cipher.is_current(row.value) for row in await rows(after, contacts)}
    assert new == {"callback": False, "feedback": True}
    await after.database.close()


async def test_everything_is_brought_over_and_the_old_key_is_not_needed_any_more(
    rooms: Rooms, talk: str, clock: FakeClock
) -> None:
    after = with_keys(rooms, NEW, OLD)
    counts = await rekeying.rekey(after.database, clock, after.contacts.cipher, sealed_columns())
    seeded = {
        "sandbox_customers.fields": await count(after, customers), "sandbox_cards.number": await count(after, cards),
    }
    assert counts == {
        "tickets.fields": 2, "tickets.cause": 1, "tickets.answer": 1, "ticket_events.text": 1,
        "contacts.value": 2, "archive.data": 1, "staff.totp_seed": 1, "verifications.whose": 1, **seeded,
    }
    assert 0 not in counts.values()
    await after.database.close()
    alone = with_keys(rooms, NEW)
    assert [one.masked for one in await alone.contacts.card(talk)] == ["欧阳**", "139****0987"]
    assert (await ticket_fields(alone, "R20261123-0001"))["name"] == "欧阳测试"
    async with alone.database.read() as connection:
        read = await rekeying.sample(connection, alone.contacts.cipher, sealed_columns(), 9)
    ends = [min(rows, 9) for rows in counts.values()]  # either end of each column
    assert read == 2 * sum(ends)
    again = await rekeying.rekey(alone.database, clock, alone.contacts.cipher, sealed_columns())
    assert set(again.values()) == {0}
    await alone.database.close()


async def test_more_than_a_batch_is_brought_over(
    rooms: Rooms, talk: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rekeying, "BATCH", 2)
    before = with_keys(rooms, OLD)
    for _ in range(3):
        await give(before, await opened(before))
    after = with_keys(rooms, NEW, OLD)
    counts = await rekeying.rekey(after.database, clock, after.contacts.cipher, sealed_columns())
    assert counts["contacts.value"] == 8
    cipher = after.contacts.cipher
    assert all(cipher.is_current(row.value) for row in await rows(after, contacts))


async def test_values_written_meanwhile_are_not_lost(rooms: Rooms, talk: str, clock: FakeClock) -> None:
    after = with_keys(rooms, NEW, OLD)
    others = [await opened(after) for _ in range(8)]
    await asyncio.gather(
        rekeying.rekey(after.database, clock, after.contacts.cipher, sealed_columns()),
        *(give(after, other) for other in others),
    )
    alone = with_keys(rooms, NEW)
    for one in (talk, *others):
        assert len(await alone.contacts.card(one)) == 2


async def test_without_the_old_key_nothing_is_changed(rooms: Rooms, talk: str, clock: FakeClock) -> None:
    lost = with_keys(rooms, NEW)
    before = await rows(lost, tickets)
    with pytest.raises(UnavailableError):
        await rekeying.rekey(lost.database, clock, lost.contacts.cipher, sealed_columns())
    assert await rows(lost, tickets) == before


async def test_every_encrypted_column_is_brought_over() -> None:
    """Bytes in a table are something encrypted; nothing else is kept as bytes."""
    from sqlalchemy import LargeBinary

    from bot.conversation.store import metadata

    ours = {(one.table.name, one.column.name) for one in sealed_columns()}
    kept = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert kept == ours


async def test_the_sandbox_finds_its_cards_and_customers_under_another_key(rooms: Rooms, talk: str) -> None:
    before, after = with_keys(rooms, OLD), with_keys(rooms, NEW, OLD)
    (card,) = await before.bank.find(last4=GOOD)
    number = before.contacts.cipher.decrypt(*await number_of(before, card.id))
    assert await after.bank.find(number=number) == [card]
    assert await count(after, cards) == await count(before, cards)  # and is not filled a second time


async def number_of(rooms: Rooms, card_id: str) -> tuple[bytes, str]:
    (row,) = [row for row in await rows(rooms, cards) if row.id == card_id]
    return row.number, row.id


async def test_a_verification_that_is_open_goes_on_under_another_key(rooms: Rooms, talk: str) -> None:
    after = with_keys(rooms, NEW, OLD)
    async with after.database.read() as connection:
        (case,) = await identity_store.live(connection, talk)
        whose = await after.verification.progress.whose(connection, case)
    assert whose == {"customer": LIN, "card": CARD}


async def test_the_change_is_audited_by_key_id(rooms: Rooms, talk: str, clock: FakeClock) -> None:
    after = with_keys(rooms, NEW, OLD)
    await rekeying.rekey(after.database, clock, after.contacts.cipher, sealed_columns())
    last = (await rows(after, audit))[-1]
    assert (last.action, last.reason) == ("rekeyed", after.contacts.cipher.current.hex())
