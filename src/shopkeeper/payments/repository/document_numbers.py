"""Numbers of invoices and credit notes: taken once, in order, without a gap.

The row of a series is held last of all that a transaction holds, so that nobody who
has it waits for anything else.
"""

from sqlalchemy.orm import Session

from shopkeeper.database.statements import (
    Batch,
    Fragment,
    Result,
    Statement,
    scalar,
)
from shopkeeper.orders.repository.views import OWN
from shopkeeper.web.repository.idempotency import GOES_ON, UnverifiedCaller

_TAKEN = Fragment("""
    ON CONFLICT (name) DO UPDATE SET last_number = series.last_number + 1
    RETURNING last_number
""")
_TAKE: Statement[int] = Statement(
    Fragment(
        """
        INSERT INTO number_series AS series (name, last_number)
        VALUES (:name, 1) {taken}
        """,
        taken=_TAKEN,
    ),
    scalar,
)
_TAKE_FOR_PENDING: Statement[int] = Statement(
    Fragment(
        """
        INSERT INTO number_series AS series (name, last_number)
        SELECT :name, 1 FROM orders
        WHERE {own} AND {goes_on} AND orders.status = 'pending' {taken}
        """,
        own=OWN,
        goes_on=GOES_ON,
        taken=_TAKEN,
    ),
    scalar,
)


def take(session: Session, name: str) -> int:
    """The next number of a series; it is given back if the transaction is undone."""
    return _TAKE.one(session, name=name)


def take_for_pending(
    batch: Batch,
    name: str,
    order_id: int,
    unverified: UnverifiedCaller,
    sees_all: list[str],
) -> Result[int]:
    """The same in a batch, for an order that is held and may be sold; or none."""
    return batch.add(
        _TAKE_FOR_PENDING,
        name=name,
        order_id=order_id,
        sees_all=sees_all,
        **unverified._asdict(),
    )
