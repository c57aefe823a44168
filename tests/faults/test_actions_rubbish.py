"""F09: whatever the action server answers, the customer hears an apology and a way on, and nothing counts as done."""

import json

import pytest

from tests.support.errands import LOST, Errand, titles, words
from tests.support.history import until
from tests.support.people import Customer
from tests.support.product import wait_until
from tests.support.refusals import rows
from tests.support.rubbish import rubbish
from tests.support.words import WORDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def answer(**body):
    return 200, "application/json", json.dumps(body).encode()


SLOT = {"event": "slot", "name": "lost_confirmed", "value": True}
SAYS = {"response": "utter_case_told", "words": "已办好"}
RUBBISH = [
    pytest.param((500, "text/plain", b"Traceback"), id="500"),
    pytest.param((404, "application/json", b'{"error": "no such action"}'), id="404"),
    pytest.param((400, "application/json", b"{}"), id="400_without_a_rejection"),
    pytest.param((200, "text/html", b"<html><h1>It works!</h1></html>"), id="html"),
    pytest.param((200, "application/json", b""), id="empty"),
    pytest.param((200, "application/json", b"null"), id="null"),
    pytest.param((200, "application/json", b"[]"), id="a_list"),
    pytest.param(answer(), id="an_empty_object"),
    pytest.param(answer(events="none", responses=[SAYS]), id="events_no_list"),
    pytest.param(answer(events=[SLOT, "slot"], responses=[SAYS]), id="an_event_no_object"),
    pytest.param(answer(events=[{"name": "lost_confirmed"}], responses=[SAYS]), id="an_event_without_its_kind"),
    pytest.param(answer(events=[SLOT], responses={"text": "已办好"}), id="responses_no_list"),
    pytest.param(answer(events=[SLOT], responses=[{"text": "已办好"}]), id="a_text_of_its_own"),
    pytest.param(answer(events=[], responses=[]), id="nothing_said"),
    pytest.param(answer(events=[], responses=[SAYS], more="x" * 10_000_000), id="10_MB"),
]


@pytest.fixture(scope="module")
async def prepared(product):
    """People who have only to say yes, and one who has only to type the code; then the action server is gone."""
    here = []

    async def come(url, language, **more):
        here.append(await Customer.arrive(url.chat_url, language, **more))
        return here[-1]

    ready = [await Errand.begin(product, come) for _ in range(len(RUBBISH) + 3)]
    for errand in ready:
        await errand.to_readback()
    waiting = await Errand.begin(product, come)
    await waiting.to_code()
    product.kill("actions")
    yield ready, waiting
    for customer in here:
        await customer.leave()


@pytest.fixture
def confirmed(prepared):
    return prepared[0].pop()


@pytest.fixture(autouse=True)
def healed():
    """The action server stays away for the whole module."""


@pytest.mark.parametrize("served", RUBBISH)
async def test_F09_a_yes_is_answered_with_an_apology_and_a_person_and_nothing_is_done(product, confirmed, served):
    with rubbish(product.settings.actions_port, *served) as server:
        heard = await confirmed.confirm()
        assert words(heard) == WORDS.say("degraded_in_dialogue", "zh")
        assert titles(heard) == [WORDS.say("choice_take_down", "zh"), WORDS.say("choice_person", "zh")]
        assert calls(server, confirmed) > 0
    assert confirmed.cases == []
    assert await confirmed.history() == []
    assert confirmed.verification[0] == "verified"


async def test_F09_a_code_is_not_taken_for_right_because_rubbish_comes_back(product, prepared):
    errand = prepared[1]
    with rubbish(product.settings.actions_port, *answer(events=[SLOT], responses=[])):
        assert await errand.say(errand.code) == WORDS.say("degraded_in_dialogue", "zh")
    assert errand.verification[0] == "asks_code"
    assert errand.audited("verified") == 0


async def test_F09_an_english_customer_is_told_in_english(product, arrive):
    with rubbish(product.settings.actions_port, 500, "text/plain", b""):
        customer = await arrive(product, "en")
        heard = await customer.ask(LOST["en"])
    assert words(heard) == WORDS.say("degraded_with_topics", "en")
    assert WORDS.say("choice_person", "en") in titles(heard)


async def test_F09_a_turn_that_only_meets_rubbish_is_tried_three_times_and_told_once(product, confirmed):
    query = "select state from turns where conversation_id = ? order by first_seq desc limit 1"
    with rubbish(product.settings.actions_port, 500, "text/plain", b"") as server:
        await confirmed.confirm()
        await until(lambda: rows(product, query, confirmed.customer.id) == [("failed",)])
        assert calls(server, confirmed) == 3
    await confirmed.customer.read()
    told = [m for m in confirmed.customer.messages if m["text"] == WORDS.say("degraded_in_dialogue", "zh")]
    assert len(told) == 1


async def test_F09_the_log_of_the_brain_holds_nothing_of_what_the_server_said(product, confirmed):
    with rubbish(product.settings.actions_port, 500, "text/plain", "张三 6222020000001234".encode()):
        await confirmed.confirm()
    wait_until(lambda: "action failed: status 500" in product.log("brain"))
    assert "张三" not in product.log("brain")


async def test_an_action_is_sent_what_it_reads_and_not_the_whole_domain(product, confirmed):
    with rubbish(product.settings.actions_port, *answer(events=[], responses=[])) as server:
        await confirmed.confirm()
    assert {str(one["domain"]) for one in server.asked} == {"{}"}


def calls(server, errand):
    """How often this conversation's actions were asked for."""
    return len([one for one in server.asked if one["sender_id"].startswith(errand.customer.id)])
