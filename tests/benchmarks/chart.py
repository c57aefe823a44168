"""The chart of a run as SVG: Qiantai, the stock bot and what is to be reached, on a logarithmic scale."""

import math
from html import escape
from typing import Any

from tests.benchmarks.table import ROWS, Results, Row, median, value_at

WIDTH, LEFT, RIGHT, TOP, STEP, BAR = 1000, 330, 130, 74, 44, 13
OURS, STOCK, TARGET = "#0f766e", "#b8b2a7", "#b45309"
#: Figures stay legible where a target's line crosses them.
HALO = 'stroke="white" stroke-width="3" paint-order="stroke"'


def svg(results: Results, title: str) -> str:
    """Every figure with a unit that was measured."""
    shown = [(row, *_numbers(row, results)) for row in ROWS if row.unit]
    shown = [entry for entry in shown if entry[1]]
    values = [number for _, *numbers in shown for number in numbers if number]
    low = 10 ** math.floor(math.log10(min(values, default=0.1)))
    high = 10 ** math.ceil(math.log10(max(values, default=10) * 1.01))
    high = max(high, low * 10)
    scale = _Scale(low, high)
    height = TOP + STEP * len(shown) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="system-ui, sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="20" y="28" font-size="17" font-weight="600">{escape(title)}</text>',
        *_legend(),
        *_grid(scale, height),
    ]
    for place, (row, ours, stock, target) in enumerate(shown):
        parts += _bars(scale, TOP + place * STEP, row, ours, stock, target)
    return "\n".join([*parts, "</svg>", ""])


class _Scale:
    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def x(self, value: float) -> float:
        share = math.log10(value / self.low) / math.log10(self.high / self.low)
        return round(LEFT + max(share, 0) * (WIDTH - LEFT - RIGHT), 1)


def _numbers(row: Row, results: Results) -> tuple[Any, Any, Any]:
    return median(value_at(results, row.where)), median(value_at(results, row.stock)), row.target


def _legend() -> list[str]:
    parts = []
    for x, color, name in ((LEFT, OURS, "Qiantai"), (LEFT + 90, STOCK, "stock bot"), (LEFT + 190, TARGET, "to reach")):
        parts.append(f'<rect x="{x}" y="42" width="12" height="12" fill="{color}"/>')
        parts.append(f'<text x="{x + 18}" y="53">{name}</text>')
    return parts


def _grid(scale: _Scale, height: int) -> list[str]:
    parts, value = [], scale.low
    while value <= scale.high * 1.001:
        x = scale.x(value)
        parts.append(f'<line x1="{x}" x2="{x}" y1="{TOP - 8}" y2="{height - 14}" stroke="#e7e5e4"/>')
        place = f'x="{x}" y="{height - 2}" text-anchor="middle"'
        parts.append(f'<text {place} fill="#78716c" font-size="11">{value:g}</text>')
        value *= 10
    return parts


def _bars(scale: _Scale, y: int, row: Row, ours: float, stock: float | None, target: float | None) -> list[str]:
    parts = [f'<text x="{LEFT - 12}" y="{y + 17}" text-anchor="end">{escape(_title(row))}</text>']
    texts = []
    for offset, number, color in ((0, ours, OURS), (BAR + 1, stock, STOCK)):
        if number:
            end, top = scale.x(number), y + offset
            length = max(end - LEFT, 1)
            parts.append(f'<rect x="{LEFT}" y="{top}" width="{length:.1f}" height="{BAR}" fill="{color}"/>')
            text = f"{number:.{row.digits}f} {row.unit}"
            texts.append(f'<text x="{end + 6}" y="{top + 11}" font-size="12" {HALO}>{text}</text>')
    if target:
        x, bottom = scale.x(target), y + 2 * BAR + 4
        parts.append(f'<line x1="{x}" x2="{x}" y1="{y - 4}" y2="{bottom}" stroke="{TARGET}" stroke-width="2.5"/>')
    return parts + texts


def _title(row: Row) -> str:
    """A row that continues the one above it says so in the table only."""
    if not row.title.startswith("… "):
        return row.title
    above = next(r.title for r in reversed(ROWS[: ROWS.index(row)]) if not r.title.startswith("… "))
    return f"{above.partition(',')[0]}, {row.title[2:]}"
