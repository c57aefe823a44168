"""Words of verification: one for every answer, and none that tells an unsigned customer who is known."""

import re
from datetime import UTC, datetime

import pytest

from bot.content.catalogue import Catalogue
from bot.identity import answers
from bot.identity.answers import Outcome, Step
from bot.identity.forms import secret_form
from bot.identity.words import outcome_words, step_words

UNTIL = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)


def named(doc: str | None) -> list[str]:
    """The answers that a docstring lists."""
    return re.findall(r"^      (\w+)  ", doc or "", re.M)


STATES = named(answers.Step.__doc__)
RESULTS = named(answers.Outcome.__doc__)


def test_the_answers_are_found_in_the_documents() -> None:
    assert {"asks_id", "sms_away", "not_open"} <= set(STATES)
    assert {"verified", "wrong", "enter_again"} <= set(RESULTS)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("state", STATES)
def test_every_step_has_words(catalogue: Catalogue, state: str, language: str) -> None:
    step = Step(state, wait_s=42, tries_left=3, locked_until=UNTIL)
    text = step_words(catalogue.say, step, language)
    assert bool(text) is (state != "verified")
    assert "{" not in text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("problem", ["malformed", "no_match", "enter_again"])
def test_every_problem_has_words(catalogue: Catalogue, problem: str, language: str) -> None:
    text = step_words(catalogue.say, Step("asks_id", problem=problem, tries_left=3), language)
    assert text != step_words(catalogue.say, Step("asks_id", tries_left=3), language)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("result", RESULTS)
def test_every_outcome_has_words(catalogue: Catalogue, result: str, language: str) -> None:
    text = outcome_words(catalogue.say, Outcome(result, tries_left=3, locked_until=UNTIL), language)
    assert bool(text) is (result != "verified")
    assert "{" not in text


def test_only_a_signed_customer_hears_where_the_code_went(catalogue: Catalogue) -> None:
    signed = step_words(catalogue.say, Step("asks_code", phone="138****5678"), "zh")
    unsigned = step_words(catalogue.say, Step("asks_code"), "zh")
    assert "138****5678" in signed
    assert "如果" in unsigned
    assert not re.search(r"\d{3}|\*", unsigned)


def test_a_lock_says_until_when_in_the_banks_time(catalogue: Catalogue) -> None:
    assert "12:30" in step_words(catalogue.say, Step("locked", locked_until=UNTIL), "en")


@pytest.mark.parametrize(
    ("wait_s", "words"), [(42, "42 seconds"), (600, "10 minutes"), (601, "11 minutes"), (50_000, "14 hours")]
)
def test_a_wait_is_said_in_a_fitting_measure(catalogue: Catalogue, wait_s: int, words: str) -> None:
    assert words in step_words(catalogue.say, Step("too_many_codes", wait_s=wait_s), "en")


@pytest.mark.parametrize(
    ("kind", "name", "form"), [("code", "code", "secret_code"), ("id_characters", "id_characters", "secret_id")]
)
def test_the_secure_field_is_a_form_of_one_secret(
    catalogue: Catalogue, kind: str, name: str, form: str
) -> None:
    shown = secret_form(kind, "en", catalogue.say)
    assert shown["id"] == form
    (field,) = shown["fields"]
    assert (field["name"], field["type"], field["required"]) == (name, "secret", True)
