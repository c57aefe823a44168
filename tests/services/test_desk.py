"""An agent's day at the desk: signing in, the line, chats, passing on, ending."""

import asyncio
import time
import uuid

import pyotp
import pytest

from tests.support.lines import wait_for_a_person, waiting_ids
from tests.support.people import Customer
from tests.support.refusals import everything, refused, rows
from tests.support.sockets import desk_line_of, line_of
from tests.support.words import WORDS


@pytest.fixture
async def held(front, arrive, agent):
    """A customer whose chat an agent holds: (customer, desk)."""
    customer, desk = await arrive(front), await agent(front)
    await wait_for_a_person(customer)
    await desk.claim(customer.id)
    await customer.until_owner("agent")
    return customer, desk


def handoff(front, customer: Customer) -> tuple:
    """State and ending of the customer's handoff."""
    query = "select state, wrap_up, resolved, closed_at is not null from handoffs where conversation_id = ?"
    return rows(front, query, customer.id)[-1]


def held_ids(line: dict) -> list[str]:
    return [one["conversation_id"] for one in line["mine"]]


def later_code(desk) -> str:
    """A code that was not used yet."""
    return pyotp.TOTP(desk.seed).at(int(time.time()) + 30)


async def test_signing_in_says_who_one_is_and_shows_no_secret(front, agent):
    desk = await agent(front, "Wang Min")
    me = (await desk.get("/desk/me")).json()
    assert me["user"]["name"] == "Wang Min"
    assert me["user"]["roles"] == ["agent"]
    assert set(me) == {"user", "csrf"}
    assert set(me["user"]) == {
        "user", "number", "name", "roles", "skills", "languages", "status",
    }


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(front, agent):
    desk = await agent(front)
    cookie = (await desk.sign_in()).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "wrong",
    [{"code": "000000"}, {"code": ""}, {"password": "wrong"}, {"user": "nobody"},
     {"password": "x" * 10_000}, {"code": "１２３４５６"}],
    ids=["code", "no_code", "password", "user", "long_password", "full_width_code"],
)
async def test_whatever_is_wrong_at_signing_in_sounds_the_same(front, agent, wrong, language):
    desk = await agent(front)
    desk.http.headers["accept-language"] = language
    refused(await desk.sign_in(**wrong), 401, "wrong_login", language)


async def test_a_code_counts_once(front, agent):
    desk = await agent(front)
    code = later_code(desk)
    assert (await desk.sign_in(code=code)).status_code == 200
    refused(await desk.sign_in(code=code), 401, "wrong_login")


async def test_a_code_counts_once_for_two_at_the_same_time(front, agent):
    desk = await agent(front)
    code = later_code(desk)
    replies = await asyncio.gather(*(desk.sign_in(code=code) for _ in range(3)))
    assert sorted(reply.status_code for reply in replies) == [200, 401, 401]


async def test_after_five_wrong_tries_the_right_ones_do_not_count_either(front, agent):
    desk = await agent(front)
    for _ in range(5):
        refused(await desk.sign_in(password="wrong"), 401, "wrong_login")
    refused(await desk.sign_in(code=later_code(desk)), 401, "wrong_login")
    audited = rows(front, "select count(*) from audit where action = 'login_locked' and actor = ?",
                   f"staff:{desk.me['number']}")
    assert audited == [(1,)]


async def test_a_second_sign_in_ends_the_first(front, agent):
    desk = await agent(front)
    first = dict(desk.http.cookies)
    assert (await desk.sign_in()).status_code == 200
    now = dict(desk.http.cookies)
    desk.http.cookies.clear()
    reply = await desk.http.get("/desk/me", headers={"cookie": f"desk={first['desk']}"})
    refused(reply, 401, "not_signed_in")
    desk.http.cookies.update(now)
    assert (await desk.get("/desk/me")).status_code == 200


async def test_signing_out_ends_the_session(front, agent):
    desk = await agent(front)
    cookie = desk.http.cookies["desk"]
    assert (await desk.post("/desk/logout")).status_code == 200
    reply = await desk.http.get("/desk/me", headers={"cookie": f"desk={cookie}"})
    refused(reply, 401, "not_signed_in")


@pytest.mark.parametrize("path", ["/desk/queue", "/desk/me"])
async def test_another_page_may_not_call_with_our_cookie(front, agent, path):
    desk = await agent(front)
    for origin in ("https://evil.example", "null", front.chat_url):
        refused(await desk.http.get(path, headers={"origin": origin}), 403, "wrong_origin")
        reply = await desk.http.post("/desk/queue/next", headers={"origin": origin}, json={})
        refused(reply, 403, "wrong_origin")


async def test_the_line_shows_who_waits_why_and_how_long(front, arrive, agent):
    customer, desk = await arrive(front), await agent(front)
    await wait_for_a_person(customer)
    line = (await desk.get("/desk/queue")).json()
    ours = next(one for one in line["waiting"] if one["conversation_id"] == customer.id)
    assert (ours["reason"], ours["skill"], ours["language"]) == ("asked_for_person", "general", "zh")
    assert ours["waited_s"] >= 0
    assert line["oldest_wait_s"] >= ours["waited_s"]
    assert line["agents_online"] >= 1
    assert {wrap_up["code"] for wrap_up in line["wrap_ups"]} >= {"answered", "complaint", "spam"}


async def test_the_line_comes_over_the_socket_when_it_changes(front, arrive, agent):
    customer, desk = await arrive(front), await agent(front)
    async with desk_line_of(desk) as board:
        await board.until("queue")
        await wait_for_a_person(customer)
        await board.until("queue", lambda frame: customer.id in waiting_ids(frame["queue"]))
        await desk.claim(customer.id)
        await board.until("queue", lambda frame: customer.id in held_ids(frame["queue"]))


async def test_an_agent_takes_the_first_in_line_they_may_serve(front, arrive, agent):
    early, late = await arrive(front), await arrive(front, "en")
    await wait_for_a_person(early)
    await wait_for_a_person(late, "en")
    desk = await agent(front, languages=["en"])
    order = waiting_ids((await desk.get("/desk/queue")).json())
    assert early.id not in order
    taken = (await desk.post("/desk/queue/next")).json()["conversation_id"]
    assert taken == order[0]
    assert taken in held_ids((await desk.get("/desk/queue")).json())


async def test_when_nobody_waits_the_agent_is_told_so(front, agent):
    desk = await agent(front, languages=["xx"])
    refused(await desk.post("/desk/queue/next"), 409, "queue_empty")


async def test_of_two_agents_who_claim_at_once_one_wins(front, arrive, agent):
    customer, one, other = await arrive(front), await agent(front), await agent(front)
    await wait_for_a_person(customer)
    path = f"/desk/conversations/{customer.id}/claim"
    won, lost = sorted(
        await asyncio.gather(one.post(path), other.post(path)), key=lambda r: r.status_code
    )
    assert won.status_code == 200
    refused(lost, 409, "already_taken", state="assigned")
    await customer.until_owner("agent")
    greetings = [m for m in (await everything(customer))["messages"] if m["author"] == "agent"]
    assert len(greetings) == 1


async def test_a_join_says_who_serves_before_the_first_word(held):
    customer, desk = held
    joined, hello = (await everything(customer))["messages"][-2:]
    badge = {"name": "W老师", "number": desk.me["number"]}
    assert (joined["author"], joined["kind"], joined["agent"]) == ("system", "notice", badge)
    assert (hello["author"], hello["agent"]) == ("agent", badge)
    assert "Wang Min" not in joined["text"] + hello["text"]


async def test_words_go_both_ways_while_a_person_serves_and_the_assistant_is_silent(held, front):
    customer, desk = held
    turns = "select count(*) from turns where conversation_id = ?"
    before = rows(front, turns, customer.id)
    await customer.send(text="我的卡丢了")
    assert (await desk.say(customer.id, "我来帮您")).status_code == 202
    await customer.send(text="谢谢")
    seen = (await desk.get(f"/desk/conversations/{customer.id}")).json()
    assert seen["messages"] == (await everything(customer))["messages"]
    assert [m["text"] for m in seen["messages"][-3:]] == ["我的卡丢了", "我来帮您", "谢谢"]
    assert rows(front, turns, customer.id) == before


async def test_a_look_at_a_conversation_is_written_down(held, front):
    customer, desk = held
    await desk.get(f"/desk/conversations/{customer.id}")
    query = "select actor from audit where action = 'conversation_read' and subject = ?"
    assert rows(front, query, customer.id) == [(f"staff:{desk.me['number']}",)]


async def test_a_note_is_for_staff_only(held):
    customer, desk = held
    before = await everything(customer)
    path = f"/desk/conversations/{customer.id}"
    async with line_of(customer) as line:
        reply = await desk.post(f"{path}/notes", text="客户很着急")
        assert reply.status_code == 201
        assert (await desk.say(customer.id, "好的")).status_code == 202
        await line.until_seq(before["last_seq"] + 1)
        assert "着急" not in str(line.frames)
    assert [note["text"] for note in (await desk.get(path)).json()["notes"]] == ["客户很着急"]
    after = await everything(customer)
    assert after["last_seq"] == before["last_seq"] + 1
    assert "着急" not in str(after)


async def test_a_transfer_goes_back_into_the_line_with_history_and_note(held, front, agent):
    customer, desk = held
    path = f"/desk/conversations/{customer.id}"
    reply = await desk.post(f"{path}/transfer", skill="loan", note="问提前还款")
    assert reply.status_code == 200
    await customer.until_owner("queue")
    assert customer.messages[-1]["text"] == WORDS.say("queue_agent_gone", "zh")
    colleague = await agent(front, skills=["loan"])
    await colleague.claim(customer.id)
    seen = (await colleague.get(path)).json()
    assert [note["text"] for note in seen["notes"]] == ["问提前还款"]
    assert seen["messages"] == (await everything(customer))["messages"]
    refused(await desk.get(path), 404, "not_found")


async def test_returning_gives_the_customer_back_to_the_assistant(held, front):
    customer, desk = held
    reply = await desk.post(
        f"/desk/conversations/{customer.id}/return-to-bot", wrap_up="answered"
    )
    assert (reply.status_code, reply.json()) == (200, {"owner": "bot"})
    await customer.until_owner("bot")
    assert customer.messages[-1]["text"] == WORDS.say("queue_returned", "zh")
    assert handoff(front, customer) == ("done", "answered", None, 1)
    assert (await customer.ask("还有个问题"))[0]["author"] == "bot"


async def test_closing_keeps_the_wrap_up_and_asks_for_a_rating(held, front):
    customer, desk = held
    path = f"/desk/conversations/{customer.id}/close"
    reply = await desk.post(path, wrap_up="done", resolved=True)
    assert (reply.status_code, reply.json()) == (200, {"owner": "closed"})
    await customer.until_owner("closed")
    assert customer.messages[-1]["text"] == WORDS.say("queue_closed_by_agent", "zh")
    assert handoff(front, customer) == ("done", "done", 1, 1)
    assert customer.id not in held_ids((await desk.get("/desk/queue")).json())
    rating = await customer.http.post(
        f"{customer.path}/rating", json={"score": 5, "comment": "很耐心"}
    )
    assert (rating.status_code, rating.json()) == (200, {"score": 5})
    kept = "select context from conversations where id = ?"
    assert '"score": 5' in rows(front, kept, customer.id)[0][0]


@pytest.mark.parametrize("score", [0, 6, -1, 10**9])
async def test_a_rating_is_one_to_five(front, arrive, score):
    customer = await arrive(front, "en")
    reply = await customer.http.post(f"{customer.path}/rating", json={"score": score})
    refused(reply, 400, "bad_score", "en", field="score")


async def test_a_customer_leaves_the_line_and_goes_on_with_the_assistant(front, arrive, agent):
    customer, desk = await arrive(front), await agent(front)
    await wait_for_a_person(customer)
    reply = await customer.http.post(f"{customer.path}/leave-queue")
    assert (reply.status_code, reply.json()) == (200, {"owner": "bot"})
    assert customer.id not in waiting_ids((await desk.get("/desk/queue")).json())
    assert handoff(front, customer) == ("left", None, None, 1)
    assert (await customer.until("system"))["text"] == WORDS.say("queue_left", "zh")
    assert (await customer.ask("信用卡年费"))[0]["author"] == "bot"


async def test_who_does_not_wait_can_not_leave_the_line(front, arrive):
    customer = await arrive(front)
    reply = await customer.http.post(f"{customer.path}/leave-queue")
    refused(reply, 409, "not_in_queue", state="bot")


async def test_ending_in_the_line_ends_the_wait(front, arrive, agent):
    customer, desk = await arrive(front), await agent(front)
    await wait_for_a_person(customer)
    async with desk_line_of(desk) as board:
        await board.until("queue", lambda frame: customer.id in waiting_ids(frame["queue"]))
        await customer.http.post(f"{customer.path}/end")
        await board.until("queue", lambda frame: customer.id not in waiting_ids(frame["queue"]))
    assert handoff(front, customer) == ("left", None, None, 1)
    reply = await desk.post(f"/desk/conversations/{customer.id}/claim")
    refused(reply, 409, "wrong_state", state="closed")


async def test_ending_with_a_person_ends_their_work(held, front):
    customer, desk = held
    async with desk_line_of(desk) as board:
        await board.until("queue", lambda frame: customer.id in held_ids(frame["queue"]))
        await customer.http.post(f"{customer.path}/end")
        await board.until("queue", lambda frame: customer.id not in held_ids(frame["queue"]))
    assert handoff(front, customer) == ("done", None, None, 1)
    refused(await desk.say(customer.id, "在吗"), 409, "conversation_closed", state="closed")


async def test_ending_twice_changes_nothing(front, arrive):
    customer = await arrive(front)
    for _ in range(2):
        assert (await customer.http.post(f"{customer.path}/end")).json() == {"owner": "closed"}
    stored = await everything(customer)
    assert [m["text"] for m in stored["messages"][1:]] == [
        WORDS.say("notice_ended_by_customer", "zh")
    ]


async def test_an_agents_message_is_stored_once_however_often_it_comes(held):
    customer, desk = held
    body = {"client_id": str(uuid.uuid4()), "text": "您好"}
    before = (await everything(customer))["last_seq"]
    for _ in range(3):
        reply = await desk.post(f"/desk/conversations/{customer.id}/messages", **body)
        assert (reply.status_code, reply.json()) == (202, {"seq": before + 1})
    assert (await everything(customer))["last_seq"] == before + 1
