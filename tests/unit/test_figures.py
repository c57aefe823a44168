"""Figures: each unit as a reader of each language writes it."""

from pathlib import Path
from typing import Any, get_args

import pytest

from bot.content.figures import Figure, Unit, load_figures
from bot.errors import ContentError


def figure(value: Any, unit: str) -> Figure:
    return Figure.model_validate({"value": value, "unit": unit, "note": "made up"})


WRITTEN = [
    (7, "working_days", "7 个工作日", "7 working days"),
    (1, "working_days", "1 个工作日", "1 working day"),
    (1, "days", "1 天", "1 day"),
    (24, "hours", "24 小时", "24 hours"),
    (5, "minutes", "5 分钟", "5 minutes"),
    (30, "seconds", "30 秒", "30 seconds"),
    (6, "months", "6 个月", "6 months"),
    (5, "years", "5 年", "5 years"),
    (3, "times", "3 次", "3 times"),
    (2, "people", "2 人", "2 people"),
    (6, "digits", "6 位", "6 digits"),
    (0.05, "percent", "0.05%", "0.05%"),
    (10, "percent", "10%", "10%"),
    (10, "yuan", "10 元", "CNY 10"),
    (9999, "yuan", "9999 元", "CNY 9,999"),
    (50000, "yuan", "5 万元", "CNY 50,000"),
    (1000000, "yuan", "100 万元", "CNY 1,000,000"),
    (15000, "yuan", "1.5 万元", "CNY 15,000"),
    (12345, "yuan", "12345 元", "CNY 12,345"),
    (0.5, "yuan", "0.5 元", "CNY 0.5"),
    (50000, "usd", "50,000 美元", "USD 50,000"),
    ("400-000-9000", "phone", "400-000-9000", "400-000-9000"),
    ("08:30–21:00", "time_range", "08:30–21:00", "08:30–21:00"),
    ("2026-12-31", "date", "2026-12-31", "2026-12-31"),
    (12, "number", "12", "12"),
    ({"zh": "四分之三", "en": "three quarters"}, "text", "四分之三", "three quarters"),
]


@pytest.mark.parametrize(("value", "unit", "zh", "en"), WRITTEN)
def test_a_figure_is_written_for_its_reader(value: Any, unit: str, zh: str, en: str) -> None:
    assert (figure(value, unit).of("zh"), figure(value, unit).of("en")) == (zh, en)


def test_every_unit_is_shown_above() -> None:
    assert {unit for _value, unit, _zh, _en in WRITTEN} == set(get_args(Unit))


@pytest.mark.parametrize(
    "line",
    [
        "{value: 1, unit: weeks, note: n}",
        "{value: 1, unit: days}",
        "{unit: days, note: n}",
        "{value: {zh: 一}, unit: text, note: n}",
        "{value: 1, unit: days, note: n, more: x}",
        "7",
    ],
)
def test_a_wrong_figure_is_refused_by_name(tmp_path: Path, line: str) -> None:
    path = tmp_path / "figures.yml"
    path.write_text(f"good: {{value: 1, unit: days, note: n}}\nbad: {line}\n")
    with pytest.raises(ContentError, match=r"figures\.yml: bad: "):
        load_figures(path)
