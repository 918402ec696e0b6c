"""Asking the books: of what, and as of when, so that the answer stays the same."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import category_ambiguous
from shopkeeper.models.category import BELOW
from shopkeeper.orders.service.destination_countries import resolve_country
from shopkeeper.statistics.repository import closing
from shopkeeper.statistics.repository.categories import list_paths
from shopkeeper.statistics.repository.scope import Scope
from shopkeeper.stock.books import (
    IMPORTS,
    SALES,
    look_for_open_writes,
    wait_for_open_writes,
)
from shopkeeper.stock.errors import BooksBusy
from shopkeeper.utils.errors import ValidationFailed

# A sale that is being written is committed within milliseconds.
PATIENCE = timedelta(seconds=1)
LONG_PATIENCE = timedelta(seconds=3)


@dataclass(frozen=True)
class Question:
    """What a client asks; None does not limit."""

    start: datetime | None = None
    end: datetime | None = None
    as_of: datetime | None = None
    category: str | None = None
    product_id: int | None = None
    country: str | None = None
    category_id: int | None = None


@dataclass(frozen=True)
class Books:
    """The books held open for a question, and how far their days are closed."""

    scope: Scope
    closed_until: date | None
    edition: UUID


def open_books(
    session: Session, question: Question, *, with_imports: bool = False
) -> Books:
    """Settle as of when a question is answered, and hold the roll-ups as they are.

    Without `as_of` that is now; or, while something that has begun before is
    still being written, the moment up to which all is there.

    Args:
        session: The transaction.
        question: What is asked.
        with_imports: Whether what imports write counts too.

    Raises:
        ValidationFailed: If `as_of` has not come yet: the answer would change.
        BooksBusy: If what carries an earlier time is still being written.
        UnknownCountry: If no country is meant.
        CategoryAmbiguous: If a name alone was that of several categories.
    """
    country_code = None
    if question.country is not None:
        country_code = resolve_country(question.country, parameter="country").code
    closing.hold_for_reading(session)
    as_of = _settle(session, question.as_of, with_imports=with_imports)
    scope = Scope(
        question.start,
        question.end,
        as_of,
        _meant(session, question.category, as_of),
        question.product_id,
        country_code,
        question.category_id,
    )
    closed_until, edition = closing.read_closing(session)
    if scope.category_id is not None:
        closed_until = None
    return Books(scope, closed_until, edition)


def _meant(session: Session, words: str | None, as_of: datetime) -> str | None:
    """The path of the category that a name alone was that of, by then.

    One at the top is meant before those below. What the tree becomes later changes no
    answer.
    """
    if words is None or BELOW in words:
        return words
    paths = list_paths(session, words, as_of)
    below = [path for path in paths if BELOW in path]
    if len(below) < len(paths) or not below:
        return words
    if len(below) > 1:
        raise category_ambiguous(words, below)
    return below[0]


def _settle(
    session: Session, asked: datetime | None, *, with_imports: bool
) -> datetime:
    tags = (SALES, IMPORTS) if with_imports else (SALES,)
    horizon = look_for_open_writes(session, tags)
    moment = asked or horizon.now
    if moment > horizon.now:
        raise ValidationFailed(
            [{"parameter": "as_of", "message": "must not be in the future"}]
        )
    if moment <= horizon.complete_until:
        return moment
    patience = PATIENCE if asked is None else LONG_PATIENCE
    complete_until = wait_for_open_writes(session, moment, patience, tags)
    if asked is not None and complete_until < asked:
        raise BooksBusy(seconds=1)
    return complete_until
