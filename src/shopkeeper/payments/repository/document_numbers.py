"""Numbers of invoices and credit notes: taken once, in order, without a gap.

The row of a series is held last of all that a transaction holds, so that nobody who
has it waits for anything else.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements.prepared import Prepared, Sent, Trip
from shopkeeper.orders.repository.views import OWN
from shopkeeper.web.repository.idempotency import GOES_ON, Asker

_TAKEN = """
    ON CONFLICT (name) DO UPDATE SET last_number = series.last_number + 1
    RETURNING last_number
"""
_TAKE: Prepared[int] = Prepared(
    text(
        f"""
        INSERT INTO number_series AS series (name, last_number)
        VALUES (:name, 1) {_TAKEN}
        """  # noqa: S608  # A part of ours.
    ),
    lambda row: int(row[0]),
)
_TAKE_FOR_PENDING: Prepared[int] = Prepared(
    text(
        f"""
        INSERT INTO number_series AS series (name, last_number)
        SELECT :name, 1 FROM orders
        WHERE {OWN} AND {GOES_ON} AND orders.status = 'pending' {_TAKEN}
        """  # noqa: S608  # Conditions of ours.
    ),
    lambda row: int(row[0]),
)


def take(session: Session, name: str) -> int:
    """The next number of a series; it is given back if the transaction is undone."""
    return _TAKE.one(session, name=name)


def take_for_pending(
    trip: Trip, name: str, order_id: int, asker: Asker, sees_all: list[str]
) -> Sent[int]:
    """The same on a trip, for an order that is held and may be sold; none otherwise."""
    return trip.send(
        _TAKE_FOR_PENDING,
        name=name,
        order_id=order_id,
        sees_all=sees_all,
        **asker._asdict(),
    )
