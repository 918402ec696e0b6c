"""Customers, with what they have bought: of the orders themselves, as they are now."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Select, func, literal, select, true, tuple_
from sqlalchemy.orm import Session

from shopkeeper.models import Order, User


class CustomerTotals(NamedTuple):
    """An account, how much it has bought, and when. A closed one has no name."""

    id: int
    email: str | None
    full_name: str | None
    created_at: datetime
    orders: int
    spent: Decimal
    first_order_at: datetime | None
    last_order_at: datetime | None


def list_customers(
    session: Session,
    limit: int,
    after: tuple[datetime, int] | None,
    search: str | None,
) -> Sequence[CustomerTotals]:
    """Accounts that are open, the newest first; at most `limit`."""
    query = select(User).where(User.erased_at.is_(None))
    if search is not None:
        text = func.fold_text(func.concat_ws(" ", User.full_name, User.email))
        query = query.where(func.strpos(text, func.fold_text(search)) > 0)
    if after is not None:
        query = query.where(
            tuple_(User.created_at, User.id) < tuple_(*map(literal, after))
        )
    page = query.order_by(User.created_at.desc(), User.id.desc()).limit(limit)
    return _with_totals(session, page)


def find_customer(session: Session, user_id: int) -> CustomerTotals | None:
    """An account, also one that is closed."""
    found = _with_totals(session, select(User).where(User.id == user_id))
    return found[0] if found else None


def _with_totals(session: Session, chosen: Select[User]) -> Sequence[CustomerTotals]:
    """What was executed counts, less what was given back of it."""
    user = chosen.subquery("chosen")
    bought = (
        select(
            func.count().label("orders"),
            func.coalesce(func.sum(Order.total - Order.refunded_total), 0).label(
                "spent"
            ),
            func.min(Order.executed_at).label("first_order_at"),
            func.max(Order.executed_at).label("last_order_at"),
        )
        .where(Order.user_id == user.c.id, Order.executed_at.is_not(None))
        .lateral("bought")
    )
    rows = session.execute(
        select(
            user.c.id,
            user.c.email,
            user.c.full_name,
            user.c.created_at,
            bought.c.orders,
            bought.c.spent,
            bought.c.first_order_at,
            bought.c.last_order_at,
        )
        .select_from(user)
        .join(bought, true())
        .order_by(user.c.created_at.desc(), user.c.id.desc())
    )
    return [CustomerTotals(*row) for row in rows]
