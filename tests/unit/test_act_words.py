"""What is told of an act: every state has words in both languages, and they say what is so."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from bot.bank.cases import Case
from bot.bank.errors import REASONS
from bot.bank.port import Act, CardState, Receipt
from bot.bank.states import State
from bot.bank.words import KEYS, card_label, told
from bot.content.catalogue import Catalogue
from bot.content.yaml import load
from tests.support.product import ROOT

AT = datetime(2026, 11, 23, 13, 14, tzinfo=UTC)  # 21:14 in the bank's zone
UNTIL = datetime(2026, 11, 28, 13, 14, tzinfo=UTC)


def case(act: Act, state: State, reason: str | None = None, **more: Any) -> Case:
    receipt = None
    if state is State.DONE:
        until = UNTIL if act is Act.REPORT_LOST_TEMPORARY else None
        receipt = Receipt(
            "id", act, "card", "QH1", CardState.TEMPORARY_LOSS, AT, until, Decimal("0.00")
        )
    values: dict[str, Any] = {
        "id": "id", "reference": "L20261123-0042", "conversation_id": "c", "turn_id": "t", "act": act,
        "card_id": "card", "customer_id": "p", "last4": "5678", "kind": "debit", "state": state,
        "reason": reason, "details": {}, "attempts": 1, "receipt": receipt, "created_at": AT,
        "attempted_at": AT, "settled_at": None, "due_at": None, "alarmed": False, **more,
    }
    return Case(**values)


EVERY = [
    *((act, state, None, {}) for act in Act for state in State if state is not State.REFUSED),
    *(
        (act, State.REFUSED, reason, details)
        for act in Act
        for reason in (*REASONS, "bank_away", "withdrawn", None)
        for details in ({}, {"since": AT.isoformat(), "state": "formal_loss"})
    ),
]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("act", "state", "reason", "details"), EVERY)
def test_every_case_has_words_without_a_hole(
    catalogue: Catalogue, act: Act, state: State, reason: str | None, details: dict[str, Any], language: str
) -> None:
    text = told(catalogue.say, case(act, state, reason, details=details), language)
    assert text
    assert "{" not in text


def test_every_text_is_used() -> None:
    written = {key for key in load(ROOT / "data/words/bank.yml") if key.startswith("act_")}
    assert written == set(KEYS)


def test_a_report_that_is_done_says_number_time_end_and_that_the_money_is_there(catalogue: Catalogue) -> None:
    done = case(Act.REPORT_LOST_TEMPORARY, State.DONE)
    zh, en = (told(catalogue.say, done, language) for language in ("zh", "en"))
    for part in ("储蓄卡 ··5678", "L20261123-0042", "11 月 23 日 21:14", "11 月 28 日 21:14", "钱仍在您的账户里"):
        assert part in zh
    for part in ("debit card ··5678", "L20261123-0042", "23 November, 21:14", "28 November, 21:14", "money"):
        assert part in en


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("state", [State.OPEN, State.CONFIRMING, State.HANDED_OVER])
def test_what_is_not_done_is_not_said_to_be(catalogue: Catalogue, act: Act, state: State) -> None:
    zh = told(catalogue.say, case(act, state), "zh")
    assert [word for word in ("已挂失", "已临时挂失", "已正式挂失", "已解除") if word in zh] == []


@pytest.mark.parametrize("state", [State.OPEN, State.CONFIRMING, State.HANDED_OVER])
def test_a_card_that_may_not_be_stopped_comes_with_the_hotline(catalogue: Catalogue, state: State) -> None:
    for language in ("zh", "en"):
        assert "400-000-9000" in told(catalogue.say, case(Act.REPORT_LOST_FORMAL, state), language)


def test_no_such_card_and_somebody_elses_are_told_in_the_same_words(catalogue: Catalogue) -> None:
    for act in Act:
        for language in ("zh", "en"):
            ours = {
                told(catalogue.say, case(act, State.REFUSED, reason), language)
                for reason in ("no_such_card", "other_holder")
            }
            assert len(ours) == 1


def test_an_earlier_report_is_told_with_its_time(catalogue: Catalogue) -> None:
    known = case(
        Act.REPORT_LOST_TEMPORARY, State.REFUSED, "already_lost", details={"since": AT.isoformat()}
    )
    assert "11 月 23 日 21:14" in told(catalogue.say, known, "zh")


@pytest.mark.parametrize("key", KEYS)
def test_bad_news_has_no_exclamation_mark(catalogue: Catalogue, key: str) -> None:
    texts = catalogue.content.words[key]
    assert [text for text in texts.values() if set("!！") & set(text)] == []


def test_a_card_is_named_by_kind_and_last_digits(catalogue: Catalogue) -> None:
    credit = case(Act.LIFT_LOSS, State.OPEN, kind="credit")
    assert [card_label(catalogue.say, credit, language) for language in ("zh", "en")] == [
        "信用卡 ··5678", "credit card ··5678",
    ]
