"""The customer's data at the desk: masked, and in full only for who holds the chat and says what for."""


import pytest

from bot import wiring
from bot.records.reveal import PURPOSES
from tests.support.lines import wait_for_a_person
from tests.support.people_records import NAME, PHONE, give, take_down
from tests.support.refusals import refused, rows


@pytest.fixture
async def records(front):
    """The product's rooms, to put data there as a dialogue does."""
    rooms = wiring.rooms(front.settings.model_copy(update={"redis_url": front.redis_url}))
    yield rooms
    await rooms.database.close()
    await rooms.redis.aclose()


@pytest.fixture
async def held(front, arrive, agent, records):
    """A customer with a contact card and a request, whose chat an agent holds: (customer, desk)."""
    customer, desk = await arrive(front), await agent(front)
    await give(records, customer.id, "callback", name=NAME, phone=PHONE, contact_time="下午")
    await take_down(records, customer.id)
    await wait_for_a_person(customer)
    await desk.claim(customer.id)
    return customer, desk


async def fields(desk, customer) -> dict:
    shown = (await desk.get(f"/desk/conversations/{customer.id}")).json()["customer"]["fields"]
    return {one["name"]: one for one in shown}


async def reveal(desk, customer, field="phone", **body):
    return await desk.post(f"/desk/conversations/{customer.id}/reveal", field=field, **body)


def noted(front, customer, action: str) -> list[tuple]:
    query = "select actor, reason, details from audit where action = ? and subject = ? order by id"
    return rows(front, query, action, customer.id)


async def test_the_card_and_the_requests_are_shown_masked(held):
    customer, desk = held
    shown = await fields(desk, customer)
    reference = next(name for name in shown if "." in name).rpartition(".")[0]
    assert {name: one["masked"] for name, one in shown.items()} == {
        "name": "欧阳**", "phone": "139****0987", "contact_time": "下午",
        f"{reference}.name": "欧阳**", f"{reference}.phone": "139****0987", f"{reference}.matter": "****",
    }
    assert shown["phone"]["label"] == {"zh": "电话", "en": "Phone"}
    assert shown[f"{reference}.phone"]["label"]["en"] == f"Phone · {reference}"
    assert [name for name, one in shown.items() if not one["revealable"]] == ["contact_time"]


async def test_the_purposes_are_offered_in_both_languages(held):
    customer, desk = held
    offered = (await desk.get(f"/desk/conversations/{customer.id}")).json()["customer"]["purposes"]
    assert [one["code"] for one in offered] == list(PURPOSES)
    assert all(set(one["title"]) == {"zh", "en"} for one in offered)


@pytest.mark.parametrize("purpose", PURPOSES)
async def test_the_holder_sees_a_field_for_a_purpose_and_it_is_written_down(held, front, purpose):
    customer, desk = held
    reply = await reveal(desk, customer, purpose=purpose)
    assert (reply.status_code, reply.json()) == (200, {"field": "phone", "value": PHONE})
    ((actor, reason, details),) = noted(front, customer, "revealed")
    assert (actor, reason, details) == (f"staff:{desk.me['number']}", purpose, '{"field": "phone"}')


async def test_a_request_is_revealed_field_by_field(held):
    customer, desk = held
    name = next(name for name in await fields(desk, customer) if name.endswith(".matter"))
    reply = await reveal(desk, customer, name, purpose="call_back")
    assert reply.json()["value"] == "想改寄送地址"


@pytest.mark.parametrize("body", [{}, {"purpose": None}, {"purpose": ""}, {"purpose": "curious"}])
async def test_without_a_purpose_nothing_is_shown_and_the_try_is_written_down(held, front, body):
    customer, desk = held
    refused(await reveal(desk, customer, **body), 400, "reveal_purpose", field="purpose")
    assert [reason for _, reason, _ in noted(front, customer, "reveal_denied")] == ["reveal_purpose"]
    assert noted(front, customer, "revealed") == []


async def test_a_colleague_finds_nothing_and_the_try_is_written_down(held, front, agent):
    customer, _desk = held
    colleague = await agent(front, "Li Lei")
    refused(await reveal(colleague, customer, purpose="call_back"), 404, "not_found")
    refused(await reveal(colleague, customer), 404, "not_found")
    found = noted(front, customer, "reveal_denied")
    assert [(actor, reason) for actor, reason, _ in found] == [(f"staff:{colleague.me['number']}", "not_found")] * 2


async def test_in_the_line_it_is_masked_and_nobody_may_see_more(front, arrive, agent, records):
    customer, desk = await arrive(front), await agent(front)
    await give(records, customer.id)
    await wait_for_a_person(customer)
    assert [one["revealable"] for one in (await fields(desk, customer)).values()] == [False, False]
    refused(await reveal(desk, customer, purpose="call_back"), 404, "not_found")


async def test_after_the_chat_nothing_is_shown_any_more(held):
    customer, desk = held
    await desk.post(f"/desk/conversations/{customer.id}/close", wrap_up="done", resolved=True)
    refused(await reveal(desk, customer, purpose="call_back"), 404, "not_found")


@pytest.mark.parametrize(
    "field", ["", "shoe_size", "token_hash", "R20261123-9999.phone", ".phone", "phone.", "x" * 9000]
)
async def test_a_field_that_is_not_there_is_not_found_and_what_was_typed_is_not_kept(held, front, field):
    customer, desk = held
    refused(await reveal(desk, customer, field, purpose="legal"), 404, "not_found")
    assert field == "" or field not in str(noted(front, customer, "reveal_denied"))


@pytest.mark.parametrize("conversation", ["0b0b0b0b-0000-4000-8000-00000000abcd", "none", "'; drop table audit"])
async def test_a_conversation_that_is_not_there_is_not_found(held, conversation):
    _customer, desk = held
    reply = await desk.post(f"/desk/conversations/{conversation}/reveal", field="phone", purpose="legal")
    refused(reply, 404, "not_found")


async def test_what_is_withdrawn_is_gone_from_the_desk_at_once(held, records):
    customer, desk = held
    await records.consents.withdraw(customer.id, "callback")
    assert all("." in name for name in await fields(desk, customer))
    refused(await reveal(desk, customer, purpose="call_back"), 404, "not_found")


async def test_only_who_is_signed_in_with_their_page_may_ask(held):
    customer, desk = held
    path = f"/desk/conversations/{customer.id}/reveal"
    body = {"field": "phone", "purpose": "legal"}
    csrf = desk.http.headers.pop("x-csrf-token")
    refused(await desk.http.post(path, json=body), 403, "wrong_csrf")
    desk.http.headers["x-csrf-token"] = csrf
    refused(await desk.http.post(path, json={**body, "owner": "me"}), 400, "bad_request", field="owner")
