"""Complaints of many people about the same matter (L18)."""

import pytest

from bot.errors import Conflict, Forbidden, NotFound
from tests.support.record import opened
from tests.support.tickets import asker, file, supervisor, turn, worker


async def complaints(rooms, count: int) -> list[str]:
    """References of complaints by so many people, each in a chat of their own."""
    return [(await file(rooms, await opened(rooms))).reference for _ in range(count)]


async def group_of(rooms, references: list[str], boss: int = 9) -> str:
    """The name of the group in which this supervisor has put all of these."""
    group = None
    for reference in references:
        group = (await rooms.complaint_groups.join(reference, supervisor(boss), group)).reference
    return group


async def events(rooms, reference: str) -> list[str]:
    return [one.event for one in (await rooms.ticket_work.read(reference, supervisor())).history]


async def test_complaints_about_the_same_matter_lie_in_one_group(rooms):
    references = await complaints(rooms, 2)
    group = await group_of(rooms, references)
    shown = await rooms.complaint_groups.show(group, supervisor())
    assert ([one.reference for one in shown.members], shown.people) == (references, 2)
    assert group == "G20261123-0001"


async def test_a_complaint_that_is_joined_twice_is_there_once(rooms):
    references = await complaints(rooms, 2)
    group = await group_of(rooms, references)
    await rooms.complaint_groups.join(references[0], supervisor(), group)
    assert (await events(rooms, references[0])).count("grouped") == 1


async def test_a_complaint_lies_in_one_group_only(rooms):
    one, other, third = await complaints(rooms, 3)
    await group_of(rooms, [one, other])
    away = await group_of(rooms, [third])
    with pytest.raises(Conflict, match="other_group"):
        await rooms.complaint_groups.join(one, supervisor(), away)


@pytest.mark.parametrize("verb", ["join", "represent", "show"])
async def test_only_a_supervisor_joins_complaints(rooms, verb):
    [reference] = await complaints(rooms, 1)
    calls = {
        "join": lambda: rooms.complaint_groups.join(reference, worker()),
        "represent": lambda: rooms.complaint_groups.represent(reference, worker(), True),
        "show": lambda: rooms.complaint_groups.show("G20261123-0001", worker()),
    }
    with pytest.raises(Forbidden):
        await calls[verb]()


async def test_what_is_no_complaint_is_not_joined(rooms):
    other = await file(rooms, await opened(rooms), "follow_up", private={})
    with pytest.raises(Conflict, match="not_a_complaint"):
        await rooms.complaint_groups.join(other.reference, supervisor())


async def test_a_refused_complaint_leaves_no_empty_group(rooms):
    with pytest.raises(NotFound):
        await rooms.complaint_groups.join("C20200101-0001", supervisor())
    [reference] = await complaints(rooms, 1)
    assert await group_of(rooms, [reference]) == "G20261123-0001"


async def test_five_people_speak_for_all_and_the_sixth_is_refused(rooms):
    references = await complaints(rooms, 6)
    await group_of(rooms, references)
    for reference in references[:5]:
        await rooms.complaint_groups.represent(reference, supervisor(), True)
    with pytest.raises(Conflict, match="enough_representatives"):
        await rooms.complaint_groups.represent(references[5], supervisor(), True)


async def test_who_speaks_no_more_makes_room_for_another(rooms):
    references = await complaints(rooms, 6)
    await group_of(rooms, references)
    for reference in references[:5]:
        await rooms.complaint_groups.represent(reference, supervisor(), True)
    await rooms.complaint_groups.represent(references[0], supervisor(), False)
    shown = await rooms.complaint_groups.represent(references[5], supervisor(), True)
    assert [one.reference for one in shown.representatives] == references[1:]


async def test_nobody_speaks_for_a_complaint_that_stands_alone(rooms):
    [reference] = await complaints(rooms, 1)
    with pytest.raises(Conflict, match="no_group"):
        await rooms.complaint_groups.represent(reference, supervisor(), True)


@pytest.mark.slow
async def test_twenty_people_make_a_matter_a_major_one_and_it_is_said_once(rooms):
    references = await complaints(rooms, 21)
    group = await group_of(rooms, references[:19])
    assert (await rooms.complaint_groups.show(group, supervisor())).major_at is None
    for reference in references[19:]:
        shown = await rooms.complaint_groups.join(reference, supervisor(), group)
    assert shown.major_at == rooms.clock.now()
    assert {one.priority for one in shown.members} == {9}
    assert [(await events(rooms, one)).count("major") for one in references] == [1] * 21


@pytest.mark.slow
async def test_twenty_complaints_of_one_person_are_no_major_matter(rooms):
    here = await opened(rooms)
    references = [(await file(rooms, here)).reference for _ in range(20)]
    group = await group_of(rooms, references)
    shown = await rooms.complaint_groups.show(group, supervisor())
    assert (shown.people, shown.major_at) == (1, None)


async def test_one_who_withdraws_ends_nobody_elses_complaint(rooms):
    first, second = await complaints(rooms, 2)
    group = await group_of(rooms, [first, second])
    ticket = await rooms.tickets.find(first)
    await rooms.tickets.withdraw(first, turn(), asker(ticket.conversation_id))
    shown = await rooms.complaint_groups.show(group, supervisor())
    assert ([one.state.value for one in shown.members], shown.people) == (["withdrawn", "open"], 1)


async def test_a_supervisor_sees_no_complaint_about_themselves_in_a_group(rooms):
    about = (await file(rooms, await opened(rooms), about_agent="8009")).reference
    [other] = await complaints(rooms, 1)
    group = await group_of(rooms, [about, other], boss=8)
    shown = await rooms.complaint_groups.show(group, supervisor(9))
    assert [one.reference for one in shown.members] == [other]


@pytest.mark.parametrize("verb", ["join", "represent"])
async def test_a_supervisor_who_changes_a_group_is_shown_no_complaint_about_themselves(rooms, verb):
    about = (await file(rooms, await opened(rooms), about_agent="8009")).reference
    first, other = await complaints(rooms, 2)
    group = await group_of(rooms, [about, first], boss=8)
    shown = await rooms.complaint_groups.join(other, supervisor(9), group)
    if verb == "represent":
        shown = await rooms.complaint_groups.represent(other, supervisor(9), True)
    assert about not in [one.reference for one in shown.members]


async def test_whom_a_complaint_is_about_does_not_learn_that_it_is_there(rooms):
    about = (await file(rooms, await opened(rooms), about_agent="8009")).reference
    with pytest.raises(NotFound, match="ticket_not_found"):
        await rooms.complaint_groups.represent(about, supervisor(9), True)
