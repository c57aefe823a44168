"""The table of a run: what was measured, what came out of both bots, what is to be reached."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Results = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One figure. `where` is its place in the results, the stock bot's in `stock`; `most` or `least` the target."""

    title: str
    where: str
    unit: str = ""
    most: float | None = None
    least: float | None = None
    stock: str = ""
    digits: int = 1

    @property
    def target(self) -> float | None:
        return self.most if self.most is not None else self.least

    def reached(self, value: float) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.target is None:
            return None
        return value <= self.target if self.most is not None else value >= self.target


ONE, FOUR = "one_after_another", "four_at_once"
ROWS = (
    Row("real Chinese questions, in scope, top 1", "understanding.accuracy", least=0.85, digits=3),
    Row("… top 3", "understanding.top3", least=0.94, digits=3),
    Row("… out of scope, rejected", "understanding.rejected", least=0.75, digits=3),
    Row("… in scope, wrongly refused", "understanding.wrongly_refused", most=0.05, digits=3),
    Row("another firm's questions, five folds", "folds.accuracy", least=0.76, digits=3),
    Row("understanding one message, p50", "understanding.understand_p50_ms", "ms", most=2, digits=2),
    Row("one worker, messages a second, four at once", f"brain_turns.qiantai.{FOUR}.messages_per_s", "/s",
        stock=f"brain_turns.stock.{FOUR}.messages_per_s"),
    Row("… as a multiple of the stock bot's", "brain_turns.times.messages_per_s", "×", least=15),
    Row("… one after another", f"brain_turns.qiantai.{ONE}.messages_per_s", "/s",
        stock=f"brain_turns.stock.{ONE}.messages_per_s"),
    Row("one turn, p50", f"brain_turns.qiantai.{ONE}.p50_ms", "ms", stock=f"brain_turns.stock.{ONE}.p50_ms", digits=2),
    Row("… as a part of the stock bot's", "brain_turns.times.p50", "×", most=0.125, digits=3),
    Row("one turn, p95", f"brain_turns.qiantai.{ONE}.p95_ms", "ms", stock=f"brain_turns.stock.{ONE}.p95_ms", digits=2),
    Row("processor time a message", f"brain_turns.qiantai.{ONE}.cpu_ms_per_message", "ms",
        stock=f"brain_turns.stock.{ONE}.cpu_ms_per_message", digits=2),
    Row("a turn with a custom action, p50", "brain_turns.qiantai.custom_action_p50_ms", "ms", most=15, digits=2),
    Row("public API, p50", f"public_api.{ONE}.p50_ms", "ms", most=15),
    Row("public API, p95", f"public_api.{ONE}.p95_ms", "ms", most=40),
    Row("public API, four customers at once, p50", f"public_api.{FOUR}.p50_ms", "ms"),
    Row("turn 200 as a multiple of turn 5", "public_api.long.ratio", "×", most=1.5, digits=2),
    Row("training", "training.qiantai.seconds", "s", most=30, stock="training.stock.seconds"),
    Row("… memory at its widest", "training.qiantai.peak_mb", "MB", most=1024,
        stock="training.stock.peak_mb", digits=0),
    Row("brain: start to first answer", "brain_turns.qiantai.first_answer_s", "s", most=12,
        stock="brain_turns.stock.first_answer_s"),
    Row("brain: resident memory", "brain_turns.qiantai.resident_mb", "MB", most=300,
        stock="brain_turns.stock.resident_mb", digits=0),
)


def value_at(results: Results, where: str) -> Any:
    """A figure, or the figures of several tries; None when it was not measured."""
    found: Any = results
    for name in where.split(".") if where else ():
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if where else None


def median(value: Any) -> float | None:
    """The one number of a figure."""
    return value["median"] if isinstance(value, Mapping) else value


def lines(results: Results) -> list[str]:
    """The table in Markdown: what was not measured says why."""
    head = ["| what | Qiantai | stock bot | to reach | |", "| --- | ---: | ---: | ---: | --- |"]
    return head + [_line(row, results) for row in ROWS if row.where.partition(".")[0] in results]


def _line(row: Row, results: Results) -> str:
    ours, stock = (value_at(results, where) for where in (row.where, row.stock))
    number = median(ours)
    said = {None: "", True: "✓", False: "✗"}[None if number is None else row.reached(number)]
    cells = (row.title, _written(row, ours) or _why(row, results), _written(row, stock), _wanted(row), said)
    return f"| {' | '.join(cells)} |"


def _written(row: Row, value: Any) -> str:
    number = median(value)
    if number is None:
        return ""
    write: Callable[[float], str] = lambda figure: f"{figure:.{row.digits}f}"  # noqa: E731
    apart = f" ({write(value['least'])}–{write(value['most'])})" if isinstance(value, Mapping) else ""
    return f"{write(number)}{f' {row.unit}' if row.unit else ''}{apart}"


def _wanted(row: Row) -> str:
    if row.target is None:
        return ""
    return f"{'≤' if row.most is not None else '≥'} {row.target:g}{f' {row.unit}' if row.unit else ''}"


def _why(row: Row, results: Results) -> str:
    reason = value_at(results, f"{row.where.partition('.')[0]}.skipped")
    return f"not measured: {reason}" if reason else "not measured"
