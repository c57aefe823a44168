"""What is to be reached, row by row, and where each figure is in what the measures return."""

from dataclasses import asdict, dataclass
from typing import Any

from tests.benchmarks.figures import middle


@dataclass(frozen=True)
class Goal:
    """One row. `figure` and `stock` are paths into the results, as `turns.ours.rss_mb`."""

    what: str
    figure: str
    unit: str
    limit: float
    at_least: bool = False
    #: The stock bot's figure; with `relative` the limit is a multiple of it.
    stock: str = ""
    relative: bool = False
    #: Where an absolute limit holds for another number of the spread than its median.
    part: str = "median"


GOALS = (
    Goal("real Chinese questions: first topic right", "real_questions.top1", "", 0.85, at_least=True),
    Goal("real Chinese questions: among the first three", "real_questions.top3", "", 0.94, at_least=True),
    Goal("real questions out of scope: rejected", "real_questions.rejected", "", 0.75, at_least=True),
    Goal("real questions in scope: wrongly refused", "real_questions.wrongly_refused", "", 0.05),
    Goal("usual English messages: first topic right", "written.usual", "", 0.90, at_least=True),
    Goal("usual English messages out of scope: rejected", "written.usual_rejected", "", 0.85, at_least=True),
    Goal("roundabout English messages: first topic right", "written.roundabout", "", 0.90, at_least=True),
    Goal("lost cards in rough words, zh: heard", "written.service_report_lost_zh", "", 0.95, at_least=True),
    Goal("lost cards in rough words, en: heard", "written.service_report_lost_en", "", 0.95, at_least=True),
    Goal("frozen cards in rough words, zh: heard", "written.service_unfreeze_zh", "", 0.95, at_least=True),
    Goal("frozen cards in rough words, en: heard", "written.service_unfreeze_en", "", 0.95, at_least=True),
    Goal("a wish told from a question, zh", "written.wish_or_question_zh", "", 0.90, at_least=True),
    Goal("a wish told from a question, en", "written.wish_or_question_en", "", 0.90, at_least=True),
    Goal("a card scheme's FAQ, five folds: right", "peer_folds.accuracy", "", 0.76, at_least=True),
    Goal("understanding one message, p50", "one_message.ms", "ms", 2),
    Goal("one worker: 4 conversations at once", "turns.ours.per_second", "msg/s", 15, at_least=True,
         stock="turns.stock.per_second", relative=True),
    Goal("one worker: one conversation, p50", "turns.ours.latency_ms", "ms", 1 / 8,
         stock="turns.stock.latency_ms", relative=True),
    Goal("a custom action's turn: fallback, p50", "turns.actions.fallback.latency_ms", "ms", 15),
    Goal("a custom action's turn: a form begins, p50", "turns.actions.form.latency_ms", "ms", 15),
    Goal("public API: text to reply, p50", "public_api.reply_ms", "ms", 15),
    Goal("public API: text to reply, p95", "public_api.reply_ms", "ms", 40, part="p95"),
    Goal("public API: turn 200 against turn 5", "public_api.long.times_as_long", "×", 1.5),
    Goal("training: time", "training.ours.seconds", "s", 30, stock="training.stock.seconds"),
    Goal("training: largest memory", "training.ours.peak_mb", "MB", 1000, stock="training.stock.peak_mb"),
    Goal("one worker: start to first answer", "starting.ours_s", "s", 12, stock="starting.stock_s"),
    Goal("one worker: memory after the turns", "turns.ours.rss_mb", "MB", 300, stock="turns.stock.rss_mb"),
    Goal("memory of the largest other process", "public_api.largest_other_mb", "MB", 150),
)


@dataclass(frozen=True)
class Row:
    """One row as it is printed, kept and drawn."""

    what: str
    unit: str
    #: The figure or figures: None where nothing was measured, and then why.
    ours: float | None
    #: Quartiles, where it was measured several times.
    between: tuple[float, float] | None
    stock: float | None
    limit: float
    at_least: bool
    relative: bool
    met: bool | None
    why_not: str = ""

    def public(self) -> dict[str, Any]:
        return asdict(self)


def rows(results: dict[str, Any]) -> list[Row]:
    """The rows of those measures that were asked for."""
    return [_row(goal, results) for goal in GOALS if goal.figure.split(".")[0] in results]


def _row(goal: Goal, results: dict[str, Any]) -> Row:
    measured = results[goal.figure.split(".")[0]]
    if why_not := measured.get("skipped") or measured.get("failed"):
        nothing = (None, None, None)
        return Row(goal.what, goal.unit, *nothing, goal.limit, goal.at_least, goal.relative, None, why_not)
    figure = _at(results, goal.figure)
    several = isinstance(figure, dict)
    ours = float(figure[goal.part]) if several else float(figure)
    between = (figure["p25"], figure["p75"]) if several and goal.part == "median" and figure["n"] > 1 else None
    other = _at(results, goal.stock) if goal.stock else None
    stock = None if other is None else middle(other)
    wanted = goal.limit * (stock or 0) if goal.relative else goal.limit
    met = ours >= wanted if goal.at_least else ours <= wanted
    return Row(goal.what, goal.unit, ours, between, stock, goal.limit, goal.at_least, goal.relative, met)


def _at(results: dict[str, Any], path: str) -> Any:
    """What stands there; None where a part of the way is: the stock bot was not trained in a quick run."""
    found: Any = results
    for name in path.split("."):
        found = None if found is None else found[name]
    return found
