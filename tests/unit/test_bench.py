"""The benchmarks' runner: what it prints, what it keeps, and what it says where nothing could be measured."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from bot.install import _with_needs
from tests.benchmarks import __main__ as bench
from tests.benchmarks.figures import quantile, spread
from tests.benchmarks.goals import GOALS, Row, rows
from tests.benchmarks.messages import messages
from tests.benchmarks.shared import Skipped
from tests.benchmarks.table import table


def side(per_second: float, latency_ms: float, rss_mb: float) -> dict[str, Any]:
    return {"per_second": spread([per_second]), "latency_ms": spread([latency_ms]), "rss_mb": rss_mb}


@pytest.fixture
def results() -> dict[str, Any]:
    """One worker beside the stock bot's, and data that are not there."""
    return {
        "peer_folds": {"skipped": "../shared/data/unionpay_faq.tsv is not there"},
        "one_message": {"ms": spread([1.0, 2.0, 3.0, 4.0, 5.0])},
        "turns": {
            "ours": side(330.0, 5.0, 250.0), "stock": side(20.0, 48.0, 1085.0),
            "actions": {"fallback": {"latency_ms": spread([12.5])}, "form": {"latency_ms": spread([19.0])}},
        },
    }


def line(text: str, what: str) -> list[str]:
    """The cells of the table's line that begins so."""
    (found,) = [one for one in text.splitlines() if one.startswith(what)]
    return found.removeprefix(what).split()


def row(results: dict[str, Any], what: str) -> Row:
    (found,) = [one for one in rows(results) if one.what.startswith(what)]
    return found


def test_a_median_is_shown_with_the_middle_half_of_what_was_measured(results):
    assert line(table(rows(results)), "understanding one message, p50") == ["3", "ms", "(2–4)", "≤", "2", "ms", "✗"]


def test_the_stock_bots_figure_stands_beside_ours(results):
    cells = line(table(rows(results)), "one worker: 4 conversations at once")
    assert cells == ["330", "msg/s", "20.0", "msg/s", "≥", "15", "×", "stock", "✓"]


@pytest.mark.parametrize(("ours_ms", "met"), [(6.0, True), (6.1, False)])
def test_a_goal_may_be_a_part_of_the_stock_bots_figure(results, ours_ms, met):
    results["turns"]["ours"]["latency_ms"] = spread([ours_ms])  # an eighth of 48 is 6
    assert row(results, "one worker: one conversation").met is met


def test_a_stock_bot_of_an_earlier_run_has_no_training_to_show(results):
    results["training"] = {"ours": {"seconds": 29.0, "peak_mb": 700.0}, "stock": None}
    assert line(table(rows(results)), "training: time") == ["29.0", "s", "≤", "30.0", "s", "✓"]


def test_what_could_not_be_measured_is_shown_with_its_reason(results):
    text = table(rows(results))
    assert line(text, "a card scheme's FAQ, five folds: right")[:2] == ["not", "measured"]
    assert text.splitlines()[-1] == "– ../shared/data/unionpay_faq.tsv is not there"


def test_only_measures_that_were_asked_for_have_rows(results):
    assert {goal.figure.split(".")[0] for goal in GOALS} == set(bench.MEASURES)
    assert not [one for one in rows(results) if one.what.startswith("public API")]


def test_the_file_holds_every_row_that_the_table_shows(results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bench, "take", lambda name, _quick: results[name])
    done, file = bench.run(list(results), True, tmp_path)
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert [one["what"] for one in kept["rows"]] == [one.what for one in rows(done["results"])]
    assert kept["results"] == results


def test_a_run_that_is_broken_off_keeps_what_it_has_measured(
    results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def take(name: str, _quick: bool) -> dict[str, Any]:
        if name == "turns":
            raise KeyboardInterrupt
        return results[name]

    monkeypatch.setattr(bench, "take", take)
    with pytest.raises(KeyboardInterrupt):
        bench.run(list(results), True, tmp_path)
    (file,) = tmp_path.iterdir()
    assert set(json.loads(file.read_text(encoding="utf-8"))["results"]) == {"peer_folds", "one_message"}


def test_data_that_are_not_there_skip_their_measure(monkeypatch: pytest.MonkeyPatch):
    def measure(_quick: bool) -> dict[str, Any]:
        raise Skipped("it is not there")

    monkeypatch.setattr("tests.benchmarks.peer_folds.measure", measure)
    assert bench.take("peer_folds", quick=True) == {"skipped": "it is not there"}


def test_a_thousand_messages_all_differ():
    assert len(set(islice(messages(), 1000))) == 1000


def test_a_quantile_lies_between_two_values_where_it_falls_there():
    assert quantile([1.0, 2.0, 4.0], 0.75) == 3.0


@pytest.mark.parametrize("needed", [("front", "brain", "web", "model"), ("checks", "web")])
def test_the_stock_bots_environment_is_made_for_nobody_else(needed):
    assert "bench" not in set(_with_needs(needed))
