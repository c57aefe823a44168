"""The made-up customers: made up for certain, and enough of every kind to try everything with."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from bot.bank.port import CardState
from bot.bank.seed import SeedCard, SeedCustomer, load_seed
from bot.errors import ContentError
from bot.identity.shield import is_id_number
from tests.support.product import ROOT

CUSTOMERS = load_seed(ROOT / "data/sandbox/bank.yml")
CARDS = [card for one in CUSTOMERS for card in one.cards]
TODAY = date(2026, 11, 23)
#: The first two digits of the codes of provinces, municipalities and regions, and of foreigners' cards.
REGIONS = {
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66),
    71, 81, 82, 83, 91,
}


def luhn(number: str) -> bool:
    doubled = [int(d) * 2 for d in number[-2::-2]]
    plain = [int(d) for d in number[-1::-2]]
    return (sum(plain) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


@pytest.mark.parametrize("one", CUSTOMERS, ids=lambda one: one.id)
def test_an_id_number_is_well_formed_and_of_no_region(one: SeedCustomer) -> None:
    assert is_id_number(one.id_number)
    assert one.id_number[6:14] == one.born.strftime("%Y%m%d")
    assert int(one.id_number[:2]) not in REGIONS


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.last4)
def test_a_card_number_passes_luhn(card: SeedCard) -> None:
    assert luhn(card.number)
    assert len(card.number) == {"debit": 19, "credit": 16}[card.kind]


def test_ids_numbers_and_phones_are_one_persons_each() -> None:
    for values in (
        [one.id for one in CUSTOMERS], [one.id_number for one in CUSTOMERS],
        [one.phone for one in CUSTOMERS if one.phone], [card.number for card in CARDS],
    ):
        assert len(set(values)) == len(values)


def test_there_are_customers_enough() -> None:
    assert len(CUSTOMERS) >= 14


@pytest.mark.parametrize("state", CardState)
def test_every_state_of_a_card_is_there_twice(state: CardState) -> None:
    assert [card.state for card in CARDS].count(state) >= 2


def test_two_cards_of_different_people_share_their_last_four_digits_and_no_others_do() -> None:
    shared = {last4: n for last4, n in Counter(card.last4 for card in CARDS).items() if n > 1}
    assert list(shared.values()) == [2]
    (last4,) = shared
    owners = {one.id for one in CUSTOMERS for card in one.cards if card.last4 == last4}
    assert len(owners) == 2


def test_the_special_ones_are_there() -> None:
    assert [one for one in CUSTOMERS if len(one.cards) > 3]
    assert len([one for one in CUSTOMERS if one.phone is None]) == 1
    assert len([one for one in CUSTOMERS if TODAY.year - one.born.year < 13]) == 1
    assert len([one for one in CUSTOMERS if one.language == "en"]) >= 2
    assert [card for card in CARDS if card.joint_with]
    assert [one for one in CUSTOMERS if one.id_number.endswith("X")]


GOOD = """
customers:
  - id: a
    name: 王某
    honorific: {zh: 王女士, en: Ms Wang}
    language: zh
    phone: null
    id_number: "990101199003140204"
    born: 1990-03-14
    cards:
      - {number: "6299990000000385678", kind: debit, state: active}
"""


@pytest.mark.parametrize(("right", "wrong", "named"), [
    ("state: active", "state: lost", "customers.0.cards.0.state"),
    ("kind: debit", "kind: gold", "customers.0.cards.0.kind"),
    ("kind: debit", "kind: debit, joint_with: nobody", "joint_with"),
    ("language: zh", "language: fr", "customers.0.language"),
    ("phone: null", "phone: 12345", "customers.0.phone"),
    ("id: a", "id: a\n    nickname: b", "customers.0.nickname"),
])
def test_a_wrong_field_is_named(tmp_path: Path, right: str, wrong: str, named: str) -> None:
    path = tmp_path / "bank.yml"
    path.write_text(GOOD)
    assert len(load_seed(path)) == 1
    path.write_text(GOOD.replace(right, wrong))
    with pytest.raises(ContentError, match=named):
        load_seed(path)


def test_no_number_is_repeated_in_what_is_said_about_a_wrong_file(tmp_path: Path) -> None:
    path = tmp_path / "bank.yml"
    path.write_text(GOOD.replace('"6299990000000385678"', '"6299990000000385678x"'))
    with pytest.raises(ContentError) as wrong:
        load_seed(path)
    assert "6299" not in str(wrong.value)
