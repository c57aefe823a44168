"""Somebody is disabled while they serve: the desk shuts, the customer hears it, a colleague goes on (R23)."""

from tests.support.lines import wait_for_a_person
from tests.support.refusals import refused


async def test_a_leavers_customer_is_told_and_taken_over_by_a_colleague(front, arrive, agent, staff_rooms):
    desk = await agent(front)
    customer = await arrive(front)
    await wait_for_a_person(customer)
    await desk.claim(customer.id)
    await customer.until_owner("agent")
    left = await staff_rooms[front.var].staff.disable(desk.user)
    assert left.given_back == 1
    refused(await desk.get("/desk/tickets"), 401, "not_signed_in")
    await customer.until_says("您现在排在第 1 位")
    colleague = await agent(front, "Li Jun")
    await colleague.claim(customer.id)
    reply = await colleague.say(customer.id, "我接着为您办")
    assert reply.status_code == 202, reply.text
    await customer.until_hears("我接着为您办")
