"""A statement, asked for alone."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import exc
from sqlalchemy.orm import Session

from shopkeeper.database.statements.batches import Batch
from shopkeeper.database.statements.compiled import Compiled

Row = TypeVar("Row")
# Ways of asking for a page, by filters, order and size, that are kept compiled.
MOST_PAGES = 512


class Statement(Compiled[Row]):
    """A statement, and what each of its rows is made into."""

    def all(self, session: Session, **values: Any) -> list[Row]:
        """All rows, asked for at once.

        Raises:
            DBAPIError: As SQLAlchemy does, if PostgreSQL refuses it.
        """
        alone = Batch()
        result = alone.add(self, **values)
        alone.run(session)
        return result.all()

    def one_or_none(self, session: Session, **values: Any) -> Row | None:
        """The row, of a statement that has one at most."""
        rows = self.all(session, **values)
        return rows[0] if rows else None

    def one(self, session: Session, **values: Any) -> Row:
        """The row, of a statement that always has one."""
        row = self.one_or_none(session, **values)
        if row is None:
            raise exc.NoResultFound(self.sql)
        return row


def array(numbers: Iterable[Decimal | int]) -> str:
    """An array of numbers as PostgreSQL reads it, made faster than by psycopg."""
    return f"{{{','.join(map(str, numbers))}}}"


def texts(values: Iterable[str | None]) -> str:
    """An array of texts as PostgreSQL reads it (its documentation, section 8.15.6)."""
    quoted = [
        "NULL"
        if value is None
        else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for value in values
    ]
    return f"{{{','.join(quoted)}}}"
