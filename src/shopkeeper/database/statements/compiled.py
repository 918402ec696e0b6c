"""Statements as they are compiled: once, when the process starts.

Building a statement anew for every request, and finding its compiled form by
comparing all its parts, takes several times as long as PostgreSQL takes to
answer it. What hot paths ask is therefore written once, with parameters by
name, in SQLAlchemy's language or in SQL, and goes through the session's own
connection and transaction. PostgreSQL keeps it prepared.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from psycopg.pq.abc import PGresult
from sqlalchemy import text
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from shopkeeper.database.statements.binding import DIALECT
from shopkeeper.database.statements.pipeline import Execution, Pipeline, Prepared
from shopkeeper.database.statements.rows import nothing, row_reader

Row = TypeVar("Row")


class Compiled(Generic[Row]):
    """A statement, and what each of its rows is made into."""

    def __init__(
        self, sql: str | ClauseElement, row: Callable[..., Row] | None = None
    ) -> None:
        """Compile it.

        Args:
            sql: With its parameters by name, `:like_this` in text.
            row: What takes the columns of a row by their labels (`rows.py`);
                `scalar` for the value of one column; None if it has no rows.
        """
        clause = text(sql) if isinstance(sql, str) else sql
        compiled = cast("SQLCompiler", clause.compile(dialect=DIALECT))
        self.sql = compiled.string
        self.row: Callable[..., Any] = row or nothing
        self._constants = compiled.params
        self._order = tuple(compiled.positiontup or ())
        self._prepared = Prepared(self.sql, len(self._order))
        # Once it is known of an answer how its columns are labelled.
        self._read: Callable[..., Row] | None = None

    def execution(self, values: dict[str, Any]) -> Execution:
        """It with values for its parameters."""
        known = {**self._constants, **values} if self._constants else values
        return self._prepared, [known[name] for name in self._order]

    def read(self, pipeline: Pipeline, answer: PGresult) -> list[Row]:
        """What its rows are made into.

        Raises:
            TypeError: If they are not labelled as what they are to be made into.
        """
        read = self._read
        if read is None:
            read = self._read = row_reader(self.row, labels_of(answer))
        return cast("list[Row]", pipeline.rows(answer, read))


def labels_of(answer: PGresult) -> list[str]:
    """How the columns of an answer are labelled."""
    names = (answer.fname(at) for at in range(answer.nfields))
    return [name.decode() for name in names if name is not None]
