"""The line to a person: one winner, no orphan, nothing said by who no longer has the word."""

import asyncio
import uuid
from datetime import timedelta

import pytest

from bot.clock import FakeClock
from bot.conversation import store
from bot.conversation.service import Receipt, Said
from bot.conversation.store import Draft
from bot.errors import BadRequest, Conflict, NotFound
from bot.handoff import store as handoff_store
from bot.handoff.queue import PRIORITY_HIGH, PRIORITY_URGENT
from bot.records.audit import audit
from bot.staff.service import PRESENT
from bot.wiring import Rooms
from tests.support.record import (
    agent,
    ask_for_person,
    conversation,
    count,
    opened,
    queued,
    rows,
    said,
    say,
    texts,
)

WANG = agent(1)
LI = agent(2)


async def reason(work: object) -> str:
    """Why this was refused."""
    with pytest.raises(Conflict) as refused:
        await work  # type: ignore[misc]
    return refused.value.reason


async def wait_of(rooms: Rooms, talk: str) -> object:
    found = [row for row in await rows(rooms, handoff_store.handoffs) if row.conversation_id == talk]
    return found[-1]


async def speaks(rooms: Rooms, who: object, talk: str, text: str, client_id: str = "") -> int:
    client_id = client_id or str(uuid.uuid4())
    return await rooms.handoffs.say_as_agent(who, talk, client_id, text)  # type: ignore[arg-type]


# ---- asking


async def test_asking_for_a_person_puts_the_conversation_in_the_line(rooms: Rooms) -> None:
    talk = await queued(rooms)
    assert (await conversation(rooms, talk)).owner == "queue"
    place = await rooms.handoffs.place(talk)
    assert place
    assert place.position == 1


async def test_a_turn_that_asks_again_waits_once(rooms: Rooms) -> None:
    talk = await opened(rooms)
    turn_id = await ask_for_person(rooms, talk)
    await ask_for_person(rooms, talk, turn_id=turn_id)
    assert await count(rooms, handoff_store.handoffs) == 1
    assert (await conversation(rooms, talk)).epoch == 2


async def test_who_waits_already_is_not_put_in_line_twice(rooms: Rooms) -> None:
    talk = await queued(rooms)
    assert await reason(ask_for_person(rooms, talk)) == "wrong_state"


async def test_the_urgent_one_goes_first_then_who_waits_longest(
    rooms: Rooms, clock: FakeClock
) -> None:
    first = await queued(rooms)
    clock.advance(1)
    urgent = await queued(rooms, priority=PRIORITY_URGENT)
    clock.advance(1)
    high = await queued(rooms, priority=PRIORITY_HIGH)
    places = [await rooms.handoffs.place(talk) for talk in (urgent, high, first)]
    assert [place.position for place in places if place] == [1, 2, 3]


async def test_with_nobody_there_no_time_is_promised(rooms: Rooms) -> None:
    place = await rooms.handoffs.place(await queued(rooms))
    assert place
    assert (place.wait_low_s, place.wait_high_s, place.agents_online) == (None, None, 0)


async def test_the_hours_are_those_of_the_bank(rooms: Rooms, clock: FakeClock) -> None:
    talk = await queued(rooms)
    noon = await rooms.handoffs.place(talk)
    clock.advance(9.5 * 3600)
    night = await rooms.handoffs.place(talk)
    assert noon
    assert night
    assert (noon.open_now, night.open_now) == (True, False)


# ---- claiming


async def test_of_many_agents_at_once_one_gets_the_conversation(rooms: Rooms) -> None:
    talk = await queued(rooms)
    tries = (rooms.handoffs.claim(agent(n), talk) for n in range(1, 31))
    results = await asyncio.gather(*tries, return_exceptions=True)
    lost = [result for result in results if isinstance(result, BaseException)]
    assert len(lost) == 29
    assert {type(one) for one in lost} <= {Conflict, NotFound}
    assert len(await texts(rooms, talk, "agent")) == 1
    assert (await conversation(rooms, talk)).epoch == 3


async def test_agents_who_pull_at_once_get_different_conversations(rooms: Rooms) -> None:
    waiting = [await queued(rooms) for _ in range(8)]
    got = await asyncio.gather(*(rooms.handoffs.claim_next(agent(n)) for n in range(1, 9)))
    assert sorted(got) == sorted(waiting)


async def test_the_next_one_is_the_first_the_agent_may_serve(
    rooms: Rooms, clock: FakeClock
) -> None:
    await queued(rooms, skill="loan")
    clock.advance(1)
    mine = await queued(rooms)
    assert await rooms.handoffs.claim_next(WANG) == mine
    assert await reason(rooms.handoffs.claim_next(WANG)) == "queue_empty"


async def test_a_conversation_in_another_language_is_not_seen(rooms: Rooms) -> None:
    talk = await queued(rooms, "en")
    with pytest.raises(NotFound):
        await rooms.handoffs.claim(agent(1, languages=["zh"]), talk)


async def test_the_agent_is_introduced_by_honorific_and_number(rooms: Rooms) -> None:
    talk = await queued(rooms, "en")
    await rooms.handoffs.claim(WANG, talk)
    joined, hello = (await said(rooms, talk))[-2:]
    assert (joined.author, hello.author) == ("system", "agent")
    assert "Ms Wang 8001" in joined.text
    assert "王敏" not in joined.text + hello.text
    assert hello.payload["agent"] == {"name": "Ms Wang", "number": "8001"}


async def test_a_claim_that_lost_leaves_nothing(rooms: Rooms) -> None:
    talk = await queued(rooms)
    await rooms.handoffs.claim(WANG, talk)
    before = await said(rooms, talk), await count(rooms, audit)
    assert await reason(rooms.handoffs.claim(LI, talk)) == "already_taken"
    assert (await said(rooms, talk), await count(rooms, audit)) == before


async def test_someone_who_ended_the_chat_does_not_block_the_line(
    rooms: Rooms, clock: FakeClock
) -> None:
    gone = await queued(rooms)
    clock.advance(1)
    waiting = await queued(rooms)
    await rooms.conversations.end(gone)
    assert await rooms.handoffs.claim_next(WANG) == waiting


# ---- leaving the line


async def test_who_leaves_the_line_is_with_the_bot_again(rooms: Rooms) -> None:
    talk = await queued(rooms)
    await rooms.handoffs.leave(talk)
    assert (await conversation(rooms, talk)).owner == "bot"
    assert (await say(rooms, talk, "年费")).turn_due_at
    assert await rooms.handoffs.place(talk) is None


async def press(rooms: Rooms, talk: str, intent: str) -> Receipt:
    """The customer presses a button of this intent that they were shown."""
    async with rooms.database.write() as connection:
        locked = await store.lock(connection, talk)
        choices = [{"id": intent, "title": "预约回电", "intent": intent}]
        draft = Draft("bot", "?", "choices", payload={"choices": choices})
        await store.append(connection, locked, draft, now=rooms.clock.now())
    return await rooms.conversations.receive(talk, Said(str(uuid.uuid4()), choice=intent))


async def test_R08_who_would_rather_be_called_leaves_the_line_and_is_answered_by_the_bot(rooms: Rooms) -> None:
    talk = await queued(rooms)
    receipt = await press(rooms, talk, "service_callback")
    assert receipt.turn_due_at
    assert (await conversation(rooms, talk)).owner == "bot"
    assert await rooms.handoffs.place(talk) is None
    assert [(m.author, m.text) for m in (await said(rooms, talk))[-2:]] == [
        ("customer", "预约回电"), ("system", rooms.catalogue.say("queue_left", "zh")),
    ]


async def test_any_other_button_keeps_the_place_in_the_line(rooms: Rooms) -> None:
    talk = await queued(rooms)
    receipt = await press(rooms, talk, "faq/card_annual_fee")
    assert receipt.turn_due_at is None
    assert (await conversation(rooms, talk)).owner == "queue"


async def test_who_is_with_a_person_stays_there_whatever_they_press(rooms: Rooms) -> None:
    talk = await queued(rooms)
    await rooms.handoffs.claim(WANG, talk)
    assert (await press(rooms, talk, "service_callback")).turn_due_at is None
    assert (await conversation(rooms, talk)).owner == "agent"


async def test_only_who_waits_can_leave_the_line(rooms: Rooms) -> None:
    talk = await queued(rooms)
    await rooms.handoffs.claim(WANG, talk)
    assert await reason(rooms.handoffs.leave(talk)) == "not_in_queue"
    assert await reason(rooms.handoffs.leave(await opened(rooms))) == "not_in_queue"


async def test_leaving_and_being_claimed_at_once_has_one_outcome(rooms: Rooms) -> None:
    talk = await queued(rooms)
    await asyncio.gather(
        rooms.handoffs.leave(talk), rooms.handoffs.claim(WANG, talk), return_exceptions=True
    )
    owner = (await conversation(rooms, talk)).owner
    state = (await wait_of(rooms, talk)).state  # type: ignore[attr-defined]
    assert (owner, state) in {("bot", "left"), ("agent", "assigned")}


async def test_who_left_the_line_may_join_it_again(rooms: Rooms, clock: FakeClock) -> None:
    talk = await queued(rooms)
    await rooms.handoffs.leave(talk)
    clock.advance(1)
    await ask_for_person(rooms, talk)
    assert await rooms.handoffs.claim_next(WANG) == talk


# ---- talking


@pytest.fixture
async def held(rooms: Rooms) -> str:
    """A conversation that Wang has."""
    talk = await queued(rooms)
    await rooms.handoffs.claim(WANG, talk)
    return talk


async def test_what_the_agent_says_reaches_the_customer_with_their_badge(
    rooms: Rooms, held: str
) -> None:
    seq = await speaks(rooms, WANG, held, "您好")
    last = (await said(rooms, held))[-1]
    assert (last.seq, last.text) == (seq, "您好")
    assert last.payload["agent"]["number"] == "8001"


async def test_an_agents_repeat_returns_the_first_number(rooms: Rooms, held: str) -> None:
    client_id = str(uuid.uuid4())
    numbers = [await speaks(rooms, WANG, held, "您好", client_id) for _ in range(2)]
    assert numbers[0] == numbers[1]
    assert (await texts(rooms, held, "agent")).count("您好") == 1


async def test_an_agents_id_with_other_text_is_refused(rooms: Rooms, held: str) -> None:
    client_id = str(uuid.uuid4())
    await speaks(rooms, WANG, held, "您好", client_id)
    assert await reason(speaks(rooms, WANG, held, "再见", client_id)) == "client_id_reused"


async def test_a_repeat_sent_many_times_at_once_is_said_once(rooms: Rooms, held: str) -> None:
    client_id = str(uuid.uuid4())
    numbers = await asyncio.gather(
        *(speaks(rooms, WANG, held, "您好", client_id) for _ in range(10))
    )
    assert len(set(numbers)) == 1
    assert (await texts(rooms, held, "agent")).count("您好") == 1


async def test_a_colleagues_conversation_looks_like_none(rooms: Rooms, held: str) -> None:
    with pytest.raises(NotFound):
        await speaks(rooms, LI, held, "您好")
    with pytest.raises(NotFound):
        await rooms.handoffs.close(LI, held, "done", resolved=True)


async def test_customer_and_agent_at_once_leave_no_gap(rooms: Rooms, held: str) -> None:
    await asyncio.gather(
        *(say(rooms, held, f"客户 {n}") for n in range(8)),
        *(speaks(rooms, WANG, held, f"客服 {n}") for n in range(8)),
    )
    numbers = [message.seq for message in await said(rooms, held)]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_a_note_is_not_part_of_the_conversation(rooms: Rooms, held: str) -> None:
    before = await said(rooms, held)
    await rooms.handoffs.add_note(WANG, held, "客户很着急")
    assert await said(rooms, held) == before
    (note,) = await rows(rooms, handoff_store.notes)
    assert note.text == "客户很着急"


# ---- passing on


async def test_a_transfer_keeps_the_place_and_changes_the_skill(
    rooms: Rooms, clock: FakeClock
) -> None:
    old = await queued(rooms)
    clock.advance(60)
    await queued(rooms, skill="loan")
    await rooms.handoffs.claim(WANG, old)
    await rooms.handoffs.transfer(WANG, old, "loan", "问房贷")
    lender = agent(3, skills=["loan"])
    assert await rooms.handoffs.claim_next(lender) == old


async def test_after_a_transfer_the_old_agent_has_no_word(rooms: Rooms, held: str) -> None:
    await rooms.handoffs.transfer(WANG, held, "card", "换班")
    assert await reason(speaks(rooms, WANG, held, "还有")) == "not_yours"
    await rooms.handoffs.claim(LI, held)
    with pytest.raises(NotFound):
        await speaks(rooms, WANG, held, "还有")


async def test_a_transfer_to_a_skill_that_is_none_changes_nothing(rooms: Rooms, held: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await rooms.handoffs.transfer(WANG, held, "magic", "")
    assert refused.value.field == "skill"
    assert (await conversation(rooms, held)).owner == "agent"


async def test_a_return_gives_the_bot_a_fresh_start(rooms: Rooms, held: str) -> None:
    before = await conversation(rooms, held)
    await rooms.handoffs.return_to_bot(WANG, held, "answered")
    after = await conversation(rooms, held)
    assert (after.owner, after.session_no, after.agent_id) == ("bot", before.session_no + 1, None)
    assert after.sender != before.sender
    assert (await say(rooms, held, "年费")).turn_due_at


async def test_a_close_ends_the_conversation_with_its_code(
    rooms: Rooms, clock: FakeClock, held: str
) -> None:
    clock.advance(90)
    await rooms.handoffs.close(WANG, held, "done", resolved=True)
    row = await wait_of(rooms, held)
    assert (row.wrap_up, row.resolved, row.state) == ("done", True, "done")  # type: ignore[attr-defined]
    assert (await conversation(rooms, held)).closed_at == clock.now()
    assert await reason(say(rooms, held, "还有")) == "conversation_closed"
    assert await reason(speaks(rooms, WANG, held, "还有")) == "conversation_closed"


@pytest.mark.parametrize("code", ["", "finished", "DONE"])
async def test_a_code_that_is_none_is_refused(rooms: Rooms, held: str, code: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await rooms.handoffs.close(WANG, held, code, resolved=True)
    assert refused.value.field == "wrap_up"
    assert (await conversation(rooms, held)).owner == "agent"


async def test_a_close_and_a_last_word_at_once_never_put_words_after_the_end(
    rooms: Rooms, held: str
) -> None:
    await asyncio.gather(
        rooms.handoffs.close(WANG, held, "done", resolved=True), speaks(rooms, WANG, held, "再见"),
        return_exceptions=True,
    )
    assert (await said(rooms, held))[-1].author == "system"


# ---- agents who vanish


async def test_a_vanished_agents_chats_go_to_the_head_of_the_line(
    rooms: Rooms, clock: FakeClock
) -> None:
    await rooms.staff.add("Wang Min", roles=["agent"], skills=["card"])
    held = await queued(rooms)
    await rooms.handoffs.claim(WANG, held)
    clock.advance(1)
    other = await queued(rooms, priority=PRIORITY_HIGH)
    assert await rooms.handoffs.requeue_vanished(PRESENT) == 1
    places = [await rooms.handoffs.place(talk) for talk in (held, other)]
    assert [place.position for place in places if place] == [1, 2]
    assert "另一位同事" in (await texts(rooms, held, "system"))[-1]


async def test_an_agent_who_is_there_keeps_their_chats(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.staff.add("Wang Min", roles=["agent"], skills=["card"])
    held = await queued(rooms)
    await rooms.handoffs.claim(WANG, held)
    await rooms.staff.seen(WANG)
    clock.advance(PRESENT.total_seconds())
    assert await rooms.handoffs.requeue_vanished(PRESENT) == 0
    clock.advance(1)
    assert await rooms.handoffs.requeue_vanished(PRESENT) == 1


async def test_two_workers_requeue_a_chat_once(rooms: Rooms) -> None:
    await rooms.staff.add("Wang Min", roles=["agent"], skills=["card"])
    held = await queued(rooms)
    await rooms.handoffs.claim(WANG, held)
    moved = await asyncio.gather(
        *(rooms.handoffs.requeue_vanished(timedelta(seconds=1)) for _ in range(4))
    )
    assert sum(moved) == 1
    assert (await conversation(rooms, held)).epoch == 4


# ---- the audit


async def test_every_step_of_a_handoff_is_audited(rooms: Rooms, held: str) -> None:
    await rooms.handoffs.transfer(WANG, held, "card", "")
    await rooms.handoffs.claim(LI, held)
    await rooms.handoffs.close(LI, held, "done", resolved=False)
    found = [(row.action, row.actor) for row in await rows(rooms, audit) if row.subject == held]
    assert found == [
        ("handoff_requested", f"conversation:{held}"),
        ("claimed", "staff:8001"),
        ("transferred", "staff:8001"),
        ("claimed", "staff:8002"),
        ("closed", "staff:8002"),
    ]


async def test_no_message_is_lost_on_the_way_through_everybody(
    rooms: Rooms, clock: FakeClock
) -> None:
    talk = await opened(rooms)
    await say(rooms, talk, "一")
    await ask_for_person(rooms, talk)
    await say(rooms, talk, "二")
    await rooms.handoffs.claim(WANG, talk)
    await say(rooms, talk, "三")
    await rooms.handoffs.return_to_bot(WANG, talk, "answered")
    await say(rooms, talk, "四")
    clock.advance(1)
    assert await texts(rooms, talk) == ["一", "二", "三", "四"]
    assert await count(rooms, store.messages) == (await conversation(rooms, talk)).last_seq
