"""A promised answer arrives in the chat, and the customer says whether it has solved the matter (R08, R29, L17)."""

import re

import pytest

from tests.support.people import Customer
from tests.support.refusals import rows
from tests.support.sandbox import seed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

MATTER = {"zh": "昨天上午城东网点只开一个窗口，排了两小时", "en": "only one counter was open and i waited two hours"}
WISH = {"zh": "我要投诉", "en": "i want to complain"}
SUBMIT = {"zh": "提交投诉", "en": "Submit it"}
NO_DEMAND = {"zh": "只想反映情况", "en": "Just to let you know"}
NO_CONTACT = {"zh": "不留联系方式", "en": "Leave no contact"}
ANSWER = {"zh": "已经加开窗口，向您道歉", "en": "we have opened more counters, and we are sorry"}
SOLVED = {"zh": "解决了", "en": "Yes, it's solved"}
NOT_SOLVED = {"zh": "还没有解决", "en": "No, not yet"}


async def complain(customer: Customer, language: str = "zh") -> str:
    """File a complaint; its reference."""
    await customer.ask(WISH[language])
    await customer.ask(MATTER[language])
    await customer.choose(NO_DEMAND[language])
    if any(NO_CONTACT[language] in text for text in offered(customer)):
        await customer.choose(NO_CONTACT[language])
    told = await customer.choose(SUBMIT[language])
    return re.search(r"C20\d{6}-\d{4}", "".join(m["text"] for m in told))[0]


def offered(customer: Customer) -> list[str]:
    """The titles of the newest message that has any."""
    choices = next((m["choices"] for m in reversed(customer.messages) if m.get("choices")), [])
    return [choice["title"] for choice in choices]


async def answer(desk, reference: str, text: str) -> None:
    """What staff do from taking it to the answer."""
    base = f"/desk/tickets/{reference}"
    found = {"root_cause": "只开了一个窗口", "responsible": "branch", "measure": "午间加开窗口"}
    cause = [("cause", found)] if reference.startswith("C") else []
    for verb, body in [("take", {}), ("note", {"text": "看了当天的录像"}), *cause, ("answer", {"text": text})]:
        reply = await desk.post(f"{base}/{verb}", **body)
        assert reply.status_code == 200, f"{verb}: {reply.text}"


def state(live, reference: str) -> str:
    [(found,)] = rows(live, "select state from tickets where reference = ?", reference)
    return found


@pytest.fixture
async def answered(live, arrive, agent):
    """`await answered("en")`: (customer, reference, the message of the answer) of a complaint."""

    async def make(language: str = "zh"):
        customer, desk = await arrive(live, language), await agent(live)
        reference = await complain(customer, language)
        await answer(desk, reference, ANSWER[language])
        return customer, reference, await customer.until_says(ANSWER[language])

    return make


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_R08_the_answer_arrives_with_its_reference_and_the_question_whether_it_helps(answered, language):
    _customer, reference, told = await answered(language)
    assert reference in told["text"]
    assert told["language"] == language
    assert [choice["title"] for choice in told["choices"]] == [SOLVED[language], NOT_SOLVED[language]]


@pytest.mark.parametrize(("language", "words"), [("zh", ["30 天内", "申请核查"]), ("en", ["within 30 days", "review"])])
async def test_L17_the_answer_to_a_complaint_names_the_way_to_a_review(answered, language, words):
    _customer, _reference, told = await answered(language)
    assert all(word in told["text"] for word in words)


@pytest.mark.parametrize(("language", "words"), [("zh", ["谢谢您", "已经办结"]), ("en", ["Thank you", "is closed"])])
async def test_R14_a_customer_who_is_content_closes_it(live, answered, language, words):
    customer, reference, _ = await answered(language)
    [said] = await customer.choose(SOLVED[language])
    assert all(word in said["text"] for word in words)
    assert state(live, reference) == "closed"


@pytest.mark.parametrize(
    ("language", "words", "person"),
    [
        ("zh", ["抱歉", "重新打开", "答复您"], "转人工客服"),
        ("en", ["sorry", "open again", "answer by"], "Talk to a person"),
    ],
)
async def test_R29_a_customer_who_is_not_opens_it_again_with_a_new_date(live, answered, language, words, person):
    customer, reference, _ = await answered(language)
    [said] = await customer.choose(NOT_SOLVED[language])
    assert all(word in said["text"] for word in words)
    assert [choice["title"] for choice in said["choices"]] == [person]
    assert state(live, reference) == "investigating"


async def test_the_answer_to_a_matter_that_is_closed_can_be_taken_up_again(live, answered):
    customer, reference, _ = await answered()
    await customer.choose("解决了")
    [shown] = await customer.ask("投诉进度")
    assert "已办结" in shown["text"]
    [said] = await customer.choose("还没有解决")
    assert "重新打开" in said["text"]
    assert state(live, reference) == "investigating"


async def test_an_answer_that_waits_is_shown_again_with_its_buttons(live, answered):
    customer, reference, _ = await answered()
    [shown] = await customer.ask("投诉进度")
    assert "已答复" in shown["text"]
    assert [choice["title"] for choice in shown["choices"]] == ["解决了", "还没有解决", "转人工客服"]
    await customer.choose("解决了")
    assert state(live, reference) == "closed"


async def test_a_question_before_the_button_takes_nothing_away(live, answered):
    customer, reference, _ = await answered()
    await customer.ask("投诉进度")
    await customer.ask("信用卡年费多少钱")
    await customer.ask("投诉进度")
    await customer.choose("解决了")
    assert state(live, reference) == "closed"


async def test_an_answer_in_the_middle_of_another_dialogue_leaves_that_one_open(live, arrive, agent):
    customer, desk = await arrive(live), await agent(live)
    reference = await complain(customer)
    await customer.ask("给我回个电话")
    await answer(desk, reference, ANSWER["zh"])
    await customer.until_says(ANSWER["zh"])
    [said] = await customer.ask("信用卡额度")
    assert "什么时间方便" in said["text"]


async def test_a_bad_rating_is_answered_in_the_chat_and_closed_there(live, arrive, agent):
    customer, desk = await arrive(live), await agent(live)
    await customer.ask("提意见")
    await customer.choose("1 很不满意")
    told = await customer.ask("等了一个小时")
    reference = re.search(r"F20\d{6}-\d{4}", "".join(m["text"] for m in told))[0]
    shown = (await desk.get(f"/desk/tickets/{reference}")).json()
    assert shown["ticket"]["private"] == {"matter": "等了一个小时"}
    await answer(desk, reference, "让您久等了，已经加了人手")
    await customer.until_says("已经加了人手")
    await customer.choose("解决了")
    assert state(live, reference) == "closed"


# ---- a customer whom the bank's app names


@pytest.fixture
async def known(live):
    """`await known()`: another conversation of one and the same customer of the app."""
    person, here = await seed(live), []

    async def come(language: str = "zh") -> Customer:
        here.append(await Customer.arrive(live.chat_url, language, customer_token=person.token(live)))
        return here[-1]

    yield come
    for customer in here:
        await customer.leave()


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_R08_a_known_customer_hears_the_answer_in_their_next_conversation_too(live, known, agent, language):
    before, desk = await known(language), await agent(live)
    reference = await complain(before, language)
    await answer(desk, reference, ANSWER[language])
    after = await known(language)
    told = [m for m in after.messages if ANSWER[language] in m["text"]]
    assert [reference in m["text"] for m in told] == [True]
    await after.choose(SOLVED[language])
    assert state(live, reference) == "closed"


async def test_what_was_said_in_one_conversation_is_not_done_again_in_the_other(live, known, agent):
    before, desk = await known(), await agent(live)
    reference = await complain(before)
    await answer(desk, reference, ANSWER["zh"])
    after = await known()
    await after.choose("解决了")
    await before.until_says(ANSWER["zh"])
    [said] = await before.choose("解决了")
    assert f"{reference} 的状态已经变化" in said["text"]
    assert state(live, reference) == "closed"


async def test_a_confirmed_answer_is_not_delivered_again(live, known, agent):
    before, desk = await known(), await agent(live)
    reference = await complain(before)
    await answer(desk, reference, ANSWER["zh"])
    await before.until_says(ANSWER["zh"])
    await before.choose("解决了")
    assert not [m for m in (await known()).messages if reference in m["text"]]


async def test_nobody_else_hears_it(live, known, arrive, agent):
    before, desk = await known(), await agent(live)
    reference = await complain(before)
    await answer(desk, reference, ANSWER["zh"])
    assert not [m for m in (await arrive(live)).messages if reference in m["text"]]
    stranger = await Customer.arrive(live.chat_url, customer_token=(await seed(live)).token(live))
    assert not [m for m in stranger.messages if reference in m["text"]]
    await stranger.leave()
