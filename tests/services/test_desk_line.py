"""What the desk's page is told beyond the chats themselves: titles, the clock, who wrote a note."""

import pytest

pytestmark = pytest.mark.slow


async def test_skills_and_wrap_ups_come_with_titles_in_both_languages(live, agent):
    line = (await (await agent(live)).get("/desk/queue")).json()
    titles = [one["title"] for one in line["skills"] + line["wrap_ups"]]
    assert len(titles) == 13
    assert all(title["zh"] and title["en"] for title in titles)


async def test_clocks_can_run_by_the_services_time(live, agent):
    line = (await (await agent(live)).get("/desk/queue")).json()
    assert line["now"].endswith("Z")


async def test_a_held_chat_says_who_spoke_last(live, arrive, agent):
    customer, desk = await arrive(live), await agent(live)
    await customer.ask("转人工")
    await customer.until_owner("queue")
    await desk.claim(customer.id)
    await customer.send(text="在吗")
    mine = (await desk.get("/desk/queue")).json()["mine"]
    assert [(one["last_author"], one["last_text"]) for one in mine] == [("customer", "在吗")]


async def test_a_note_is_signed_with_name_and_number(live, arrive, agent):
    customer, desk = await arrive(live), await agent(live)
    await customer.ask("转人工")
    await customer.until_owner("queue")
    await desk.claim(customer.id)
    await desk.post(f"/desk/conversations/{customer.id}/notes", text="客户想改预留手机号")
    notes = (await desk.get(f"/desk/conversations/{customer.id}")).json()["notes"]
    assert [(one["author"], one["text"]) for one in notes] == [
        (f"{desk.me['name']} {desk.me['number']}", "客户想改预留手机号")
    ]
