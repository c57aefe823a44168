"""Two steps of not knowing: three topics, then a person."""

import pytest

from actions.base import CALLBACK, PERSON
from actions.fallback import ActionFallback


@pytest.fixture
def choices(dispatcher, served):
    """What is offered for this tracker, and the events."""

    async def run(tracker):
        events = await ActionFallback().run(dispatcher, tracker, {})
        [said] = dispatcher.messages
        return said["response"], said["choices"], events

    return run


async def test_a_first_miss_offers_the_three_nearest_topics_and_a_person(tracker, choices, served):
    labels = [card.intent for card in served.catalogue.content.cards.values() if card.kind == "faq"][:5]
    response, offered, _ = await choices(tracker([("嗯嗯啊", "out_of_scope")], ranking=labels))
    assert response == "utter_fallback_choices"
    assert [one["intent"] for one in offered] == [*labels[:3], PERSON["intent"]]


async def test_manners_a_person_and_what_is_out_of_scope_are_no_topics_to_offer(tracker, choices):
    ranking = ["out_of_scope", "social_greet", "service_human", "service_callback"]
    _, offered, _ = await choices(tracker(ranking=ranking))
    assert [one["intent"] for one in offered] == ["service_callback", PERSON["intent"]]


async def test_a_topic_is_offered_under_its_title_in_both_languages(tracker, choices, served):
    _, offered, _ = await choices(tracker(ranking=["faq/card_annual_fee"]))
    assert offered[0]["title"] == {
        language: served.catalogue.title("card_annual_fee", language) for language in ("zh", "en")
    }


async def test_a_topic_without_a_card_is_not_offered(tracker, choices):
    _, offered, _ = await choices(tracker(ranking=["faq/withdrawn_long_ago"]))
    assert offered == [PERSON]


async def test_without_a_ranking_a_person_is_offered(tracker, choices):
    _, offered, _ = await choices(tracker())
    assert offered == [PERSON]


@pytest.mark.parametrize("text", ["？？？", "...", "!?", "。。。 。"])
async def test_I16_signs_alone_are_asked_for_words_and_offered_no_guess(tracker, choices, text):
    response, offered, [event] = await choices(
        tracker([(text, "out_of_scope")], ranking=["faq/card_annual_fee", "service_report_lost"])
    )
    assert (response, offered) == ("utter_fallback_wordless", [PERSON])
    assert event["value"] == 1


async def test_a_miss_is_counted(tracker, choices):
    _, _, [event] = await choices(tracker(ranking=[]))
    assert (event["name"], event["value"]) == ("misses", 1)


@pytest.mark.parametrize("misses", [1, 2, 7])
async def test_a_second_miss_offers_a_person_first_and_then_a_call_back(tracker, choices, misses):
    response, offered, [event] = await choices(tracker(ranking=["faq/card_annual_fee"], misses=misses))
    assert (response, offered) == ("utter_fallback_person", [PERSON, CALLBACK])
    assert event["value"] == misses + 1
