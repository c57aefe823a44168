"""Statements of every message: what can be known of one beforehand is found out once.

At each call SQLAlchemy finds out anew how a statement is written, which of the values it takes in which order and how
its rows are read, which takes ten times what SQLite needs to run it. Where the record is SQLite in the event loop
(`sqlite`), a statement that is made once is asked of the driver itself; anywhere else it is like any other.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeGuard, TypeVar

from sqlalchemy import Executable, Select
from sqlalchemy.engine import Dialect, IteratorResult, Result
from sqlalchemy.engine.result import ResultMetaData, SimpleResultMetaData
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

#: What can be made once.
Statement = Select[Any] | UpdateBase
AnyStatement = TypeVar("AnyStatement", bound=Executable)
#: Turns a value into what the driver takes, or the other way round.
Convert = Callable[[Any], Any]
#: run(sql, parameters) -> the rows
Run = Callable[[str, list[Any]], list[tuple[Any, ...]]]

_MADE_ONCE = "qiantai_made_once"


def made_once(statement: AnyStatement) -> AnyStatement:
    """A statement that is kept and run with other parameters each time, all of them in one dictionary.

    Of one that changes rows nothing comes back, not even how many there were.
    """
    made: AnyStatement = statement.execution_options(**{_MADE_ONCE: True})
    return made


def is_made_once(statement: Executable) -> TypeGuard[Statement]:
    return _MADE_ONCE in statement.get_execution_options()


@dataclass(frozen=True)
class Prepared:
    """A statement as the driver takes it."""

    sql: str
    #: in their order: the name, the value where none is given, what converts it
    parameters: Sequence[tuple[str, Any, Convert | None]]
    columns: ResultMetaData
    #: what converts each column; none where there is nothing to convert
    readers: Sequence[Convert | None]

    def result(self, run: Run, given: dict[str, Any]) -> Result[Any]:
        """What it finds with these parameters."""
        values = [
            convert(given.get(name, fixed)) if convert else given.get(name, fixed)
            for name, fixed, convert in self.parameters
        ]
        rows = iter(run(self.sql, values))
        return IteratorResult(self.columns, self._read(rows) if self.readers else rows)

    def _read(self, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        for row in rows:
            yield tuple([read(value) if read else value for read, value in zip(self.readers, row, strict=True)])


@lru_cache(maxsize=256)
def prepared(statement: Statement, names: tuple[str, ...], dialect: Dialect) -> Prepared:
    """The statement as it is run with parameters of these names.

    Raises:
        ValueError: a parameter is missing; or SQLAlchemy must see each call of it, since it computes a value itself or
            writes the statement by them.
    """
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    missing = [name for name, bind in compiled.binds.items() if bind.required and name not in names]
    if missing or compiled.insert_prefetch or compiled.update_prefetch or compiled.post_compile_params:
        raise ValueError(f"not to be prepared: {compiled}, {missing}")
    parameters = [
        (name, compiled.params[name], _impl(compiled.binds[name].type, dialect).bind_processor(dialect))
        for name in compiled.positiontup or ()
    ]
    columns = list(statement.selected_columns) if isinstance(statement, Select) else []
    readers = [_impl(column.type, dialect).result_processor(dialect, None) for column in columns]
    shown = SimpleResultMetaData([str(column.key) for column in columns])
    return Prepared(str(compiled), parameters, shown, readers if any(readers) else [])


def _impl(kind: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    """The type as this database has it."""
    return kind.dialect_impl(dialect)
