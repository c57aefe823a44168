"""Secrets that are awaited are taken out of what is said before it is stored, and nothing else is."""

import uuid
from typing import Any

import orjson
import pytest

from bot.clock import FakeClock
from bot.conversation import store, turns
from bot.conversation.service import Receipt, Said
from bot.conversation.turns import Turn
from bot.errors import BadRequest, Conflict, UnavailableError
from bot.wiring import Rooms
from tests.support.identity import (
    ACT,
    LAST_SIX,
    FakeGateway,
    begin,
    begin_for_nobody,
    join,
    resend,
    type_code,
)
from tests.support.record import (
    ask_for_person,
    claimed,
    count,
    finish,
    offer,
    opened,
    rows,
    said,
    say,
    texts,
)

CARD = "6222021234567890128"
CARD_MASK = "622202*********0128"
ID_NUMBER = "110105194912310021"


@pytest.fixture
def gateway(rooms: Rooms) -> FakeGateway:
    return join(rooms)[1]


async def asked_for_code(rooms: Rooms) -> str:
    talk = await opened(rooms)
    await begin(rooms, talk)
    return talk


async def asked_for_id(rooms: Rooms) -> str:
    talk = await opened(rooms)
    await begin(rooms, talk, full=True)
    return talk


async def asked_for_card(rooms: Rooms) -> str:
    talk = await opened(rooms)
    async with rooms.database.write() as connection:
        await store.set_context(connection, await store.lock(connection, talk), awaits="card")
    return talk


async def fill_in(rooms: Rooms, talk: str, client_id: str = "", **fields: Any) -> Receipt:
    what = Said(client_id or str(uuid.uuid4()), fields=fields)
    return await rooms.conversations.receive(talk, what)


async def slots_of(rooms: Rooms, talk: str) -> dict[str, str]:
    turn = await claimed(rooms, talk)
    assert turn.choice is not None
    assert turn.choice["intent"] == "secret"
    return dict(turn.choice["slots"])


async def redeemed(rooms: Rooms, talk: str) -> tuple[str, str | None]:
    """(kind, what was typed) behind the turn that is due."""
    slots = await slots_of(rooms, talk)
    kind = slots["secret_kind"]
    return kind, await rooms.verification.vault.redeem(talk, slots["secret_token"], kind)


# ---- codes


async def test_a_code_is_stored_as_a_secret_and_its_turn_is_due_at_once(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await asked_for_code(rooms)
    receipt = await say(rooms, talk, "482913")
    assert receipt.turn_due_at == clock.now()
    assert await texts(rooms, talk) == ["[secret]"]
    assert await texts(rooms, talk, "system") == []
    assert await redeemed(rooms, talk) == ("code", "482913")


async def test_the_token_leads_to_verified(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await asked_for_code(rooms)
    await say(rooms, talk, f"验证码是{gateway.code}")
    slots = await slots_of(rooms, talk)
    outcome = await rooms.verification.take_code(
        talk, ACT, slots["secret_token"], str(uuid.uuid4())
    )
    assert outcome.result == "verified"


@pytest.mark.parametrize("text", ["48291", "4829130", "４８２９１３", "四八二九一三", "code 482 913"])
async def test_what_looks_like_a_code_is_one(rooms: Rooms, gateway: FakeGateway, text: str) -> None:
    talk = await asked_for_code(rooms)
    await say(rooms, talk, text)
    assert await texts(rooms, talk) == ["[secret]"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("刚才收到的是 482913 对吗", "刚才收到的是 [secret] 对吗"),
        ("i got 482913 is it ok", "i got [secret] is it ok"),
        ("为什么 482 913 不对", "为什么 [secret] 不对"),
    ],
)
async def test_a_code_inside_a_sentence_is_tried_and_the_rest_is_kept(
    rooms: Rooms, gateway: FakeGateway, text: str, kept: str
) -> None:
    talk = await asked_for_code(rooms)
    await say(rooms, talk, text)
    assert await texts(rooms, talk) == [kept]
    assert await redeemed(rooms, talk) == ("code", "482913")


async def test_a_code_in_two_messages_is_stored_in_neither_and_costs_no_try(
    rooms: Rooms, gateway: FakeGateway
) -> None:
    talk = await asked_for_code(rooms)
    await say(rooms, talk, "482")
    slots = await slots_of(rooms, talk)
    outcome = await rooms.verification.take_code(talk, ACT, slots["secret_token"], str(uuid.uuid4()))
    await say(rooms, talk, "913")
    assert outcome.result == "malformed"
    assert await texts(rooms, talk) == ["[secret]", "[secret]"]


async def test_an_amount_in_the_place_of_a_code_costs_no_try(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await asked_for_code(rooms)
    await say(rooms, talk, "转账500000元要多久")
    slots = await slots_of(rooms, talk)
    outcome = await rooms.verification.take_code(talk, ACT, slots["secret_token"], str(uuid.uuid4()))
    assert outcome.result == "malformed"


@pytest.mark.parametrize("text", ["刚才转了 482913 对吗", "2026-11 的账单"])
async def test_six_digits_in_a_sentence_stay_readable_where_no_code_is_awaited(rooms: Rooms, text: str) -> None:
    talk = await opened(rooms)
    await say(rooms, talk, text)
    assert await texts(rooms, talk) == [text]


@pytest.mark.parametrize("text", ["没收到", "取消", "转人工", "年费是多少", "why do you need it?"])
async def test_talk_goes_on_as_usual(rooms: Rooms, gateway: FakeGateway, text: str) -> None:
    talk = await asked_for_code(rooms)
    await say(rooms, talk, text)
    assert await texts(rooms, talk) == [text]
    assert [row.choice for row in await rows(rooms, store.turns)] == [None]


async def test_a_code_when_none_is_awaited_is_shielded_with_a_warning(rooms: Rooms) -> None:
    talk = await opened(rooms)
    receipt = await say(rooms, talk, "482913")
    assert receipt.turn_due_at is None
    assert await texts(rooms, talk) == ["[secret]"]
    assert len(await texts(rooms, talk, "system")) == 1


async def test_a_code_after_the_lock_is_shielded_with_a_warning(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await asked_for_code(rooms)
    for step in range(1, 6):
        await type_code(rooms, talk, f"{(int(gateway.code) + step) % 10**6:06d}")
    await say(rooms, talk, gateway.code)
    assert len(await texts(rooms, talk, "system")) == 1


async def test_a_code_after_ten_minutes_of_silence_is_shielded_with_a_warning(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await asked_for_code(rooms)
    clock.advance(600)
    await say(rooms, talk, "482913")
    assert len(await texts(rooms, talk, "system")) == 1
    assert (await resend(rooms, talk)).state == "not_open"


async def test_a_question_keeps_the_verification_awake(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await asked_for_code(rooms)
    clock.advance(400)
    await say(rooms, talk, "年费是多少")
    clock.advance(400)
    await say(rooms, talk, "482913")
    assert (await texts(rooms, talk, "system"), (await texts(rooms, talk))[-1]) == ([], "[secret]")


async def test_a_choice_after_ten_minutes_of_silence_finds_nothing_open(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await asked_for_code(rooms)
    await offer(rooms, talk, again="重发")
    clock.advance(600)
    await rooms.conversations.receive(talk, Said(str(uuid.uuid4()), choice="again"))
    assert (await resend(rooms, talk)).state == "not_open"


async def test_a_code_typed_to_a_person_is_shielded_with_a_warning(
    rooms: Rooms, gateway: FakeGateway
) -> None:
    talk = await asked_for_code(rooms)
    await ask_for_person(rooms, talk)
    await say(rooms, talk, "482913")
    assert await texts(rooms, talk) == ["[secret]"]
    assert len(await texts(rooms, talk, "system")) == 1
    assert await rooms.redis.keys(f"qiantai:secret:{talk}:*") == []


async def test_a_repeat_of_a_secret_returns_the_first_number_and_keeps_no_second(
    rooms: Rooms, gateway: FakeGateway
) -> None:
    talk, client_id = await asked_for_code(rooms), str(uuid.uuid4())
    first = await say(rooms, talk, "482913", client_id)
    again = await say(rooms, talk, "482913", client_id)
    assert (again.seq, again.repeated) == (first.seq, True)
    assert len(await rooms.redis.keys(f"qiantai:secret:{talk}:*")) == 1
    assert await count(rooms, store.turns) == 1


async def test_a_secret_after_a_text_that_still_waits_is_a_turn_of_its_own(
    rooms: Rooms, gateway: FakeGateway
) -> None:
    talk = await asked_for_code(rooms)
    await say(rooms, talk, "收到了")
    await say(rooms, talk, "482913")
    first, second = await rows(rooms, store.turns)
    assert (first.choice, second.choice["intent"]) == (None, "secret")
    async with rooms.database.read() as connection:
        waiting = await turns.open_turns(connection, talk)
    assert [turn.id for turn in waiting if turn.due_at <= rooms.clock.now()] == [first.id, second.id]


async def test_the_turn_of_a_secret_says_nothing_of_it(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await asked_for_code(rooms)
    await say(rooms, talk, "482913")
    turn: Turn = await claimed(rooms, talk)
    assert turn.text == "[secret]"
    await finish(rooms, turn, "好")
    shown = [message.public() for message in await said(rooms, talk)]
    assert "secret_token" not in str(shown)


async def test_without_redis_nothing_is_stored(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await asked_for_code(rooms)

    async def hang_up(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    rooms.verification.vault._redis.set = hang_up
    with pytest.raises(UnavailableError) as refused:
        await say(rooms, talk, "482913")
    assert refused.value.reason == "vault"
    assert await texts(rooms, talk) == []
    del rooms.verification.vault._redis.set
    await say(rooms, talk, "482913")
    assert await texts(rooms, talk) == ["[secret]"]


async def test_a_secret_is_in_no_table_and_not_in_redis(rooms: Rooms, gateway: FakeGateway) -> None:
    for start, text in ((asked_for_code, "482913"), (asked_for_id, LAST_SIX), (asked_for_id, ID_NUMBER),
                        (asked_for_card, CARD)):
        await say(rooms, await start(rooms), text)
    kept = "\n".join([str(await rows(rooms, table)) for table in store.metadata.sorted_tables])
    for key in await rooms.redis.keys("qiantai:*"):
        kept += f"\n{key!r} {await rooms.redis.get(key)!r}"
    assert [one for one in ("482913", LAST_SIX, ID_NUMBER, CARD) if one in kept] == []


async def test_a_token_is_redeemed_once_by_its_own_conversation_for_its_own_kind(
    rooms: Rooms, gateway: FakeGateway
) -> None:
    talk, other = await asked_for_code(rooms), await opened(rooms)
    vault = rooms.verification.vault
    token = await vault.put(talk, "code", "482913")
    assert await vault.redeem(other, token, "code") is None
    assert await vault.redeem(talk, token, "code") == "482913"
    assert await vault.redeem(talk, token, "code") is None
    token = await vault.put(talk, "code", "482913")
    assert await vault.redeem(talk, token, "id_characters") is None


async def test_a_secret_waits_five_minutes_at_most(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await asked_for_code(rooms)
    await say(rooms, talk, "482913")
    (key,) = await rooms.redis.keys(f"qiantai:secret:{talk}:*")
    assert 0 < await rooms.redis.ttl(key) <= 300


# ---- ID characters


@pytest.mark.parametrize("text", ["31002X", "31002x", "３１００２Ｘ", "身份证后六位 31002X", "310 02X"])
async def test_the_end_of_an_id_is_taken(rooms: Rooms, gateway: FakeGateway, text: str) -> None:
    talk = await asked_for_id(rooms)
    await say(rooms, talk, text)
    assert await texts(rooms, talk) == ["[secret]"]
    assert await redeemed(rooms, talk) == ("id_characters", "31002X")


async def test_a_whole_id_with_a_wrong_check_digit_is_taken(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await asked_for_id(rooms)
    await say(rooms, talk, f"身份证号{ID_NUMBER}")
    assert await texts(rooms, talk) == ["[secret]"]
    assert await redeemed(rooms, talk) == ("id_characters", ID_NUMBER)


async def test_an_unknown_customer_is_captured_alike(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await opened(rooms)
    await begin_for_nobody(rooms, talk)
    await say(rooms, talk, "482913")
    assert await redeemed(rooms, talk) == ("code", "482913")


# ---- cards


async def test_a_card_that_is_awaited_is_taken_and_shown_by_its_mask(rooms: Rooms) -> None:
    talk = await asked_for_card(rooms)
    await say(rooms, talk, f"卡号是{CARD[:4]} {CARD[4:]}")
    assert await texts(rooms, talk) == [f"卡号是{CARD_MASK}"]
    assert await texts(rooms, talk, "system") == []
    assert await redeemed(rooms, talk) == ("card", CARD)


async def test_a_card_that_is_not_awaited_is_only_shielded(rooms: Rooms) -> None:
    talk = await opened(rooms)
    await say(rooms, talk, CARD)
    assert await texts(rooms, talk) == [CARD_MASK]
    assert len(await texts(rooms, talk, "system")) == 1
    assert [row.choice for row in await rows(rooms, store.turns)] == [None]


@pytest.mark.parametrize("text", ["尾号0128", "6222021234567890127", f"{CARD} 和 4111111111111111"])
async def test_what_is_no_single_card_number_goes_on_as_usual(rooms: Rooms, text: str) -> None:
    talk = await asked_for_card(rooms)
    await say(rooms, talk, text)
    assert [row.choice for row in await rows(rooms, store.turns)] == [None]


# ---- the secure field


async def test_the_secure_field_is_a_turn_at_once(
    rooms: Rooms, gateway: FakeGateway, clock: FakeClock
) -> None:
    talk = await asked_for_code(rooms)
    receipt = await fill_in(rooms, talk, code="４８２ ９１３")
    assert receipt.turn_due_at == clock.now()
    message = (await said(rooms, talk))[-1]
    assert (message.kind, message.text) == ("form", "[secret]")
    assert await redeemed(rooms, talk) == ("code", "482913")


async def test_the_secure_field_takes_id_characters(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await asked_for_id(rooms)
    await fill_in(rooms, talk, id_characters="31002x")
    assert await redeemed(rooms, talk) == ("id_characters", "31002X")


async def test_a_repeat_of_the_secure_field_returns_the_first_number(
    rooms: Rooms, gateway: FakeGateway
) -> None:
    talk, client_id = await asked_for_code(rooms), str(uuid.uuid4())
    first = await fill_in(rooms, talk, client_id, code="482913")
    assert (await fill_in(rooms, talk, client_id, code="482913")).seq == first.seq
    assert await count(rooms, store.turns) == 1


@pytest.mark.parametrize("value", ["", "  ", "。", 482913, None, ["482913"], "4" * 41])
async def test_a_secure_field_that_holds_nothing_usable_is_named(
    rooms: Rooms, gateway: FakeGateway, value: object
) -> None:
    talk = await asked_for_code(rooms)
    with pytest.raises(BadRequest) as refused:
        await fill_in(rooms, talk, code=value)
    assert (refused.value.reason, refused.value.field) == ("form_field", "code")
    assert await texts(rooms, talk) == []


async def test_a_secure_field_that_is_not_awaited_is_closed(rooms: Rooms, gateway: FakeGateway) -> None:
    for talk, fields in (
        (await opened(rooms), {"code": "482913"}),
        (await asked_for_code(rooms), {"id_characters": LAST_SIX}),
        (await asked_for_id(rooms), {"code": "482913"}),
        (await asked_for_code(rooms), {"code": "482913", "name": "x"}),
    ):
        with pytest.raises(Conflict) as refused:
            await fill_in(rooms, talk, **fields)
        assert refused.value.reason == "form_closed"


async def test_another_form_may_be_sent_while_a_code_is_awaited(rooms: Rooms, gateway: FakeGateway) -> None:
    talk = await asked_for_code(rooms)
    async with rooms.database.write() as connection:
        locked = await store.lock(connection, talk)
        await store.set_context(connection, locked, open_form="manual_request")
    form = {"name": "林晓", "phone": "13812345678", "matter": "回电", "consent": True}
    await fill_in(rooms, talk, **form)
    assert await rooms.verification.open_of(talk) is not None


# ---- name and phone


async def asked_for_contact(rooms: Rooms) -> str:
    talk = await opened(rooms)
    async with rooms.database.write() as connection:
        await store.set_context(connection, await store.lock(connection, talk), awaits="contact")
    return talk


async def contact(rooms: Rooms, talk: str) -> dict[str, Any]:
    kind, kept = await redeemed(rooms, talk)
    assert kind == "contact"
    assert kept is not None
    return dict(orjson.loads(kept))


async def test_a_filled_in_contact_form_has_a_turn_that_leads_to_its_values(rooms: Rooms) -> None:
    talk = await asked_for_contact(rooms)
    await fill_in(rooms, talk, name="何小满", phone="139 1234 5678", consent=True)
    assert await contact(rooms, talk) == {"name": "何小满", "phone": "13912345678", "consent": True}
    assert "何小满" not in str(await rows(rooms, store.messages))


@pytest.mark.parametrize("wrong", [{"phone": "12345"}, {"name": "12345"}, {"consent": False}, {"name": ""}])
async def test_a_contact_form_with_something_wrong_is_refused_and_names_it(
    rooms: Rooms, wrong: dict[str, Any]
) -> None:
    talk = await asked_for_contact(rooms)
    with pytest.raises(BadRequest) as refused:
        await fill_in(rooms, talk, **{"name": "何小满", "phone": "13912345678", "consent": True, **wrong})
    assert refused.value.field in wrong
    assert await texts(rooms, talk) == []


async def test_a_number_typed_into_the_chat_comes_without_a_yes_and_is_hidden(rooms: Rooms) -> None:
    talk = await asked_for_contact(rooms)
    await say(rooms, talk, "打13912345678，我叫何小满")
    assert "13912345678" not in str(await texts(rooms, talk))
    assert await contact(rooms, talk) == {"name": "何小满", "phone": "13912345678", "consent": False}


async def test_words_without_a_number_are_no_contact(rooms: Rooms) -> None:
    talk = await asked_for_contact(rooms)
    await say(rooms, talk, "我不想留电话")
    assert [row.choice for row in await rows(rooms, store.turns)] == [None]
