"""Draws a run where matplotlib is, in the brain's environment: `python -m tests.benchmarks.chart RUN.json PICTURE.svg`.

Left, how far each figure is from what is to be reached; right, how long answers took, for the two bots in one run.
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.axes import Axes

OURS, STOCK, GOAL, MISSED, THROUGH = "#0f766e", "#9ca3af", "#374151", "#b45309", "#1d4ed8"
#: Figures further away than this are drawn at the edge, as multiples of the goal.
EDGE = 40.0


def distance(value: float, wanted: float, at_least: bool) -> float:
    """1 is the goal, less is better."""
    return min(max(wanted / value if at_least else value / wanted, 1 / EDGE), EDGE) if value and wanted else EDGE


def draw_goals(axes: Axes, rows: list[dict[str, Any]]) -> None:
    rows = [row for row in rows if row["ours"] is not None and row["met"] is not None]
    for place, row in enumerate(reversed(rows)):
        wanted = row["limit"] * row["stock"] if row["relative"] else row["limit"]
        ours = distance(row["ours"], wanted, row["at_least"])
        axes.plot([1, ours], [place, place], color=OURS if row["met"] else MISSED, linewidth=2, zorder=2)
        axes.plot(ours, place, "o", color=OURS if row["met"] else MISSED, markersize=7, zorder=3)
        if row["stock"] is not None:
            stock = distance(row["stock"], wanted, row["at_least"])
            axes.plot(stock, place, "D", color=STOCK, markersize=6, zorder=2)
    axes.axvline(1, color=GOAL, linewidth=1)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.set_xticks(
        [1 / 40, 0.1, 0.25, 0.5, 1, 2, 4, 10, 40], ["1/40", "1/10", "1/4", "1/2", "goal", "2 ×", "4 ×", "10 ×", "40 ×"]
    )
    axes.set_xlim(min(low, 0.45), max(high, 2.2))
    axes.minorticks_off()
    axes.set_yticks(range(len(rows)), [row["what"] for row in reversed(rows)])
    axes.set_title("Distance from the goal (left is better)", loc="left", fontsize=11)
    for colour, mark, name in (
        (OURS, "o", "Qiantai, met"), (MISSED, "o", "Qiantai, missed"), (STOCK, "D", "stock bot"),
    ):
        axes.plot([], [], mark, color=colour, label=name)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.07), ncols=3, fontsize=9, frameon=False)


def draw_latencies(axes: Axes, samples: list[tuple[str, str, list[float]]]) -> None:
    """The share of answers that were there after so many milliseconds."""
    for name, colour, times in samples:
        found = sorted(times)
        axes.step(found, [(place + 1) / len(found) for place in range(len(found))], color=colour, label=name)
    axes.set_xscale("log")
    axes.set_xticks(ticks := [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], [str(tick) for tick in ticks])
    axes.minorticks_off()
    low, high = min(min(times) for *_, times in samples), max(max(times) for *_, times in samples)
    axes.set_xlim(low / 1.3, high * 1.3)
    axes.set_xlabel("ms")
    axes.set_ylabel("share of answers")
    axes.set_title("Time to an answer, one conversation at a time", loc="left", fontsize=11)
    axes.legend(loc="lower right", fontsize=9, frameon=False)


def samples(results: dict[str, Any]) -> list[tuple[str, str, list[float]]]:
    """(name, colour, milliseconds) of what was measured."""
    found = []
    if "ours" in (turns := results.get("turns", {})):
        found += [("Qiantai's brain", OURS, turns["ours"]["latencies_ms"]),
                  ("stock bot", STOCK, turns["stock"]["latencies_ms"])]
    if "replies_ms" in (api := results.get("public_api", {})):
        found.append(("Qiantai, public API", THROUGH, api["replies_ms"]))
    return found


def draw(run: dict[str, Any], picture: Path) -> None:
    taken = samples(run["results"])
    figure, axes = pyplot.subplots(
        1, 2 if taken else 1, figsize=(13 if taken else 8, 1.6 + 0.33 * max(len(run["rows"]), 8)),
        width_ratios=[3, 2] if taken else None, squeeze=False, layout="constrained",
    )
    for one in axes[0]:
        one.grid(color="#e5e7eb", linewidth=0.7, zorder=0)
        one.spines[["top", "right"]].set_visible(False)
    draw_goals(axes[0][0], run["rows"])
    if taken:
        draw_latencies(axes[0][1], taken)
    machine = run["machine"]
    figure.suptitle(
        f"{run['at']} · {run['commit']} · {machine['processor']}, {machine['cores']} cores, "
        f"load {machine['load_before']:.1f}{' · quick' if run['quick'] else ''}", fontsize=9, x=0.01, ha="left",
    )
    figure.savefig(picture)


def main() -> int:
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
