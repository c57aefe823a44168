"""The table of a run, for a terminal."""

from tests.benchmarks.goals import Row

HEAD = ("what", "Qiantai", "stock bot", "to reach", "met")
MARKS = {True: "✓", False: "✗", None: "–"}


def table(found: list[Row]) -> str:
    """One line a row; the figure is a median, in brackets the middle half of what was measured."""
    lines = [HEAD, *(_cells(row) for row in found)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    text = [
        "  ".join(cell.ljust(width) if column in (0, 4) else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(line, widths, strict=True))).rstrip()
        for line in lines
    ]
    text.insert(1, "  ".join("─" * width for width in widths))
    reasons = dict.fromkeys(row.why_not for row in found if row.why_not)
    return "\n".join([*text, *(f"– {reason}" for reason in reasons)])


def _cells(row: Row) -> tuple[str, ...]:
    ours = "not measured" if row.ours is None else number(row.ours, row.unit)
    if row.between:
        ours += f" ({short(row.between[0])}–{short(row.between[1])})"
    stock = "" if row.stock is None else number(row.stock, row.unit)
    return row.what, ours, stock, goal(row), MARKS[row.met]


def goal(row: Row) -> str:
    """What is to be reached, in words."""
    sign = "≥" if row.at_least else "≤"
    if not row.relative:
        return f"{sign} {number(row.limit, row.unit)}"
    factor = f"{row.limit:g} ×" if row.limit >= 1 else f"1/{1 / row.limit:g}"
    return f"{sign} {factor} stock"


def number(value: float, unit: str) -> str:
    return f"{short(value)} {unit}".rstrip()


def short(value: float) -> str:
    """Three figures."""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
