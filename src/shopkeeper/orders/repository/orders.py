"""Orders: found, listed, held."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Batch, Deferred, Fragment, Statement
from shopkeeper.models import Backorder, Order, OrderItem, OrderStatus, User
from shopkeeper.orders.repository.views import (
    OWN,
    LineRow,
    OrderView,
    ShownRow,
    make_views,
    shown,
)

# In one transaction; what is left is done the next time.
EXPIRED_AT_ONCE = 1000


_FIND = Statement(
    Fragment("{shown} WHERE {own} ORDER BY items.position", shown=shown(), own=OWN),
    ShownRow,
)


def ask_for_order(
    batch: Batch, order_id: int, user_id: int, sees_all: Sequence[str]
) -> Deferred[OrderView | None]:
    """An order of this user, or anybody's if their role is one of these."""
    found = batch.add(
        _FIND, order_id=order_id, user_id=user_id, sees_all=list(sees_all)
    )

    def order(session: Session) -> OrderView | None:
        views = make_views(session, found.all())
        return views[0] if views else None

    return order


def lock_order(
    session: Session, order_id: int, user_id: int, sees_all: Sequence[str]
) -> Order | None:
    """The same without lines, held against changes until the transaction ends."""
    query = (
        select(Order)
        .where(text(OWN))
        .params(order_id=order_id, user_id=user_id, sees_all=list(sees_all))
    )
    return session.scalar(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    )


def list_lines(session: Session, order_id: int) -> list[LineRow]:
    """The lines of an order, as they were given."""
    rows = session.execute(
        select(
            OrderItem.id,
            OrderItem.product_id,
            OrderItem.variant_id,
            OrderItem.product_name,
            OrderItem.sku,
            OrderItem.options,
            OrderItem.quantity,
            OrderItem.refunded_quantity,
            OrderItem.unit_price,
            OrderItem.line_cost,
            OrderItem.line_total,
            func.coalesce(Backorder.waiting, 0),
        )
        .outerjoin(
            Backorder,
            (Backorder.order_id == OrderItem.order_id)
            & (Backorder.order_item_id == OrderItem.id),
        )
        .where(OrderItem.order_id == order_id)
        .order_by(OrderItem.position)
    )
    return [LineRow(*row) for row in rows]


def expire_pending(session: Session, now: datetime, before: datetime) -> None:
    """Cancel the pending orders that were last changed before a moment.

    Those that somebody holds just now are left for another time.
    """
    old = (
        select(Order.id)
        .where(
            Order.status == OrderStatus.PENDING,
            Order.created_at < before,
            Order.updated_at < before,
        )
        .order_by(Order.created_at)
        .limit(EXPIRED_AT_ONCE)
        .with_for_update(skip_locked=True, key_share=True)
    )
    session.execute(
        update(Order)
        .where(Order.id.in_(old.scalar_subquery()))
        .values(
            status=OrderStatus.CANCELLED,
            cancelled_at=now,
            updated_at=now,
            version=Order.version + 1,
        )
        .execution_options(synchronize_session=False)
    )


def find_customer(session: Session, order_id: int) -> User | None:
    """Who has placed an order."""
    return session.scalar(
        select(User).join(Order, Order.user_id == User.id).where(Order.id == order_id)
    )
