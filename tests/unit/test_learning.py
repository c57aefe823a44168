"""What two processes learn together is what one would learn alone, only sooner."""

import json
import subprocess

import pytest

from tests.support.product import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

LABELS = ["fee", "limit", "fee", "limit"]


@pytest.fixture(scope="module")
def learning():
    command = [str(ROOT / ".venv/brain/bin/python"), "-W", "ignore", "-m", "tests.support.learning_side"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=True)
    return json.loads(ended.stdout.splitlines()[-1])


def test_an_english_word_is_not_found_inside_another_one(learning):
    assert learning["named"]["a card, supported"] == []


def test_an_english_word_is_known_with_an_ending(learning):
    assert learning["named"]["loans"] == ["loan"]


def test_whose_card_it_is_makes_no_other_message_of_it(learning):
    assert learning["nameless"]["农行信用卡丢了"] == ["信用卡丢了", True]
    assert learning["nameless"]["信用卡丢了"] == ["信用卡丢了", False]


def test_the_sign_that_stands_for_a_bank_can_not_be_written(learning):
    assert learning["nameless"]["\ue000信用卡丢了"] == ["信用卡丢了", False]


def test_a_message_of_nothing_but_a_bank_is_not_empty(learning):
    assert learning["nameless"]["工商银行"] == ["银行", True]


def test_an_english_message_keeps_the_word_bank(learning):
    assert learning["nameless"]["a Chase card"] == ["a bank card", False]


def test_words_are_cut_as_jieba_cuts_them(learning):
    assert learning["cut_otherwise"] == []


def test_features_counted_part_by_part_are_those_of_the_whole(learning):
    assert learning["counted_alike"]


def test_what_was_counted_ahead_is_learned(learning):
    assert learning["after_the_same"] == LABELS


def test_what_was_counted_ahead_of_other_examples_is_not_learned(learning):
    assert learning["after_others"] == LABELS


def test_of_two_likely_topics_the_winner_of_their_duel_gets_the_higher_score(learning):
    assert learning["settled"] == [0.1, 0.2]


def test_topics_that_nothing_tells_apart_keep_their_scores(learning):
    assert learning["not_settled"] == [0.2, 0.1]


def test_of_a_topic_with_many_examples_those_most_like_its_rival_fight(learning):
    assert learning["fought_with"] == [0, 2]
