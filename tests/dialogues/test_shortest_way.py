"""L05: a lost card is stopped first; no long way stands before it."""

import pytest

from tests.support.errands import CONFIRM, Errand, words
from tests.support.sandbox import card_state

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

#: Turns of the customer besides the code, from the first word to the stopped card.
MOST_TURNS = 3
DONE = {"zh": "已办好", "en": "Done"}


def turns(errand):
    """How often the customer has spoken, the code aside."""
    said = [m for m in errand.customer.messages if m["author"] == "customer"]
    return len([m for m in said if m["text"] != "[secret]"])


async def is_stopped(errand):
    heard = await errand.confirm()
    assert DONE[errand.language] in words(heard)
    assert await card_state(errand.product, errand.person.cards[0].number) == "temporary_loss"


@pytest.mark.parametrize(("language", "first"), [("zh", "我的卡丢了"), ("en", "i lost my card")])
async def test_a_customer_of_the_app_with_one_card_says_it_and_says_yes(live, arrive, language, first):
    errand = await Errand.begin(live, arrive, language)
    await errand.say(first)
    await errand.say(errand.code)
    await is_stopped(errand)
    assert turns(errand) == 2


@pytest.mark.parametrize(("language", "first"), [("zh", "我的卡丢了"), ("en", "i lost my card")])
async def test_a_customer_of_the_app_with_several_cards_picks_one(live, arrive, language, first):
    errand = await Errand.begin(live, arrive, language, cards=["debit active", "credit active", "debit active"])
    await errand.say(first)
    await errand.customer.choose(errand.person.cards[0].last4)
    await errand.say(errand.code)
    await is_stopped(errand)
    assert turns(errand) == MOST_TURNS


@pytest.mark.parametrize(("language", "first"), [("zh", "我的卡丢了"), ("en", "i lost my card")])
async def test_somebody_unknown_names_the_card(live, arrive, language, first):
    errand = await Errand.begin(live, arrive, language, signed=False)
    await errand.say(first)
    await errand.say(errand.person.cards[0].last4)
    await errand.say(errand.code)
    await is_stopped(errand)
    assert turns(errand) == MOST_TURNS


@pytest.mark.parametrize(
    ("language", "first"), [("zh", "我尾号{last4}的卡丢了"), ("en", "i lost my card ending in {last4}")]
)
async def test_somebody_unknown_who_names_the_card_at_once_has_no_further_question(live, arrive, language, first):
    errand = await Errand.begin(live, arrive, language, signed=False)
    await errand.say(first.format(last4=errand.person.cards[0].last4))
    await errand.say(errand.code)
    await is_stopped(errand)
    assert turns(errand) == 2


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_nothing_is_asked_for_before_the_card_but_the_card(live, arrive, language):
    errand = await Errand.begin(live, arrive, language, signed=False)
    heard = await errand.customer.ask({"zh": "挂失", "en": "report my card lost"}[language])
    assert not [m for m in heard if m["kind"] == "form"]
    assert CONFIRM[language] not in words(heard)
