"""The table and the chart of a benchmark run, from made-up results."""

import json
from xml.etree import ElementTree

import pytest

from tests.benchmarks import chart, table
from tests.benchmarks.gauges import percentile, spread
from tests.benchmarks.understanding import read_scores

SAID = """in scope: 241 messages, 90 topics, accuracy 0.8510, macro 0.7415, top-3 0.9450, wrongly refused 0.0290
out of scope: 59 messages, rejected 0.8136
"""


@pytest.fixture
def results() -> dict:
    """What one run may have found."""
    times = {"messages_per_s": spread([100.0, 120.0]), "p50_ms": spread([8.0])}
    slow = {"messages_per_s": spread([5.0]), "p50_ms": spread([190.0])}
    return {
        "understanding": read_scores(SAID),
        "folds": {"skipped": "../shared/data/unionpay_faq.tsv is not beside the checkout"},
        "brain_turns": {
            "qiantai": {"one_after_another": times, "resident_mb": 412.0},
            "stock": {"one_after_another": slow},
        },
    }


def line(results: dict, title: str) -> str:
    return next(line for line in table.lines(results) if title in line)


def test_the_table_says_what_was_reached(results: dict) -> None:
    assert line(results, "top 1") == "| real Chinese questions, in scope, top 1 | 0.851 |  | ≥ 0.85 | ✓ |"


def test_the_table_says_what_was_missed(results: dict) -> None:
    assert line(results, "resident") == "| brain: resident memory | 412 MB |  | ≤ 300 MB | ✗ |"


def test_a_figure_stands_beside_the_stock_bots_with_its_spread(results: dict) -> None:
    assert line(results, "one after another").split(" | ")[1:3] == [
        "110.0 /s (100.0–120.0)", "5.0 /s (5.0–5.0)"
    ]


def test_a_row_without_its_data_gives_the_reason(results: dict) -> None:
    assert "not measured: ../shared/data/unionpay_faq.tsv" in line(results, "another firm's")


def test_a_benchmark_that_was_not_asked_for_has_no_row(results: dict) -> None:
    assert not any("public API" in line for line in table.lines(results))


def test_the_figures_survive_as_json(results: dict) -> None:
    assert table.lines(json.loads(json.dumps(results))) == table.lines(results)


def test_the_chart_is_an_image_with_a_bar_for_each_bot(results: dict) -> None:
    drawn = ElementTree.fromstring(chart.svg(results, "a <run>"))  # noqa: S314 - our own
    fills = [part.get("fill") for part in drawn.iter("{http://www.w3.org/2000/svg}rect")]
    assert (fills.count(chart.OURS), fills.count(chart.STOCK)) == (4, 3)  # one of each in the legend


def test_a_chart_of_nothing_is_still_an_image() -> None:
    assert ElementTree.fromstring(chart.svg({}, "empty")).get("viewBox")  # noqa: S314 - our own


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.0
