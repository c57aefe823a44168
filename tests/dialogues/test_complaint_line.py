"""Who complains and wants a person: served first among those who wait for the same skill (R05, R27)."""

import pytest

from bot.handoff.queue import PRIORITY_HIGH
from tests.support.refusals import rows

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def waiting(live, customer) -> dict:
    """How the conversation waits."""
    await customer.until_owner("queue")
    query = "select skill, priority, reason, summary from handoffs where conversation_id = ? order by queued_at desc"
    skill, priority, reason, summary = rows(live, query, customer.id)[0]
    return {"skill": skill, "priority": priority, "reason": reason, "summary": summary}


@pytest.mark.parametrize(
    ("language", "said", "person"),
    [
        ("zh", ["我要投诉", "ATM吞了我的卡还没人管", "退还年费"], "转人工"),
        ("en", ["i want to complain", "the machine kept my card, nobody cared", "refund the annual fee"], "a person"),
    ],
)
async def test_a_complaint_waits_as_one_whatever_it_is_about(live, arrive, language, said, person):
    customer = await arrive(live, language)
    for text in said:
        await customer.ask(text)
    await customer.ask(person)
    found = await waiting(live, customer)
    assert (found["skill"], found["priority"]) == ("complaint", PRIORITY_HIGH)
    assert said[-1] in found["summary"]


async def test_a_complaint_that_was_filed_still_goes_first(live, arrive):
    customer = await arrive(live)
    for text in ("我要投诉", "昨天柜员态度恶劣还骂人了", "没有要求", "不留", "提交"):
        await customer.ask(text)
    await customer.choose("转人工")
    found = await waiting(live, customer)
    assert (found["skill"], found["priority"], found["reason"]) == ("complaint", PRIORITY_HIGH, "upset")


async def test_who_complains_is_ahead_of_who_asked_before_about_a_complaint(live, arrive, agent):
    calm, upset, desk = await arrive(live), await arrive(live), await agent(live)
    await calm.ask("投诉进度")
    await calm.ask("转人工")
    await calm.until_owner("queue")
    await upset.ask("我要投诉")
    await upset.ask("转人工")
    await upset.until_owner("queue")
    line = [one["conversation_id"] for one in (await desk.get("/desk/queue")).json()["waiting"]]
    assert line.index(upset.id) < line.index(calm.id)


async def test_L18_the_colleague_a_complaint_is_about_never_sees_it(live, arrive, agent):
    accused, other, customer = await agent(live), await agent(live), await arrive(live)
    for text in ("我要投诉", f"工号{accused.me['number']}的客服昨天挂我的电话", "没有要求", "不留", "提交"):
        told = await customer.ask(text)
    reference = next(m["text"] for m in told if "编号" in m["text"]).partition("编号 ")[2][:14]
    assert (await accused.get(f"/desk/tickets/{reference}")).status_code == 404
    assert (await other.get(f"/desk/tickets/{reference}")).status_code == 200
