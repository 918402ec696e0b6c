"""Orders as they are placed: written whole, at the latest with the COMMIT."""

from sqlalchemy.orm import Session

from shopkeeper.database.statements import (
    Statement,
    array,
    at_commit,
)
from shopkeeper.orders.repository.views import OrderView

_PLACE: Statement[None] = Statement(
    """
    WITH placed AS (
        INSERT INTO orders (id, user_id, status, location, country_code, total,
            created_at, updated_at)
        OVERRIDING SYSTEM VALUE
        VALUES (:id, :user_id, :status, :location, :country_code, :total,
            :created_at, :created_at)
    )
    INSERT INTO order_items (order_id, position, product_id, product_name, quantity,
        unit_price)
    SELECT :id, line.position, line.product_id, line.product_name, line.quantity,
        line.unit_price
    FROM unnest(
        CAST(:products AS bigint[]),
        CAST(:names AS text[]),
        CAST(:quantities AS integer[]),
        CAST(:prices AS numeric[])
    ) WITH ORDINALITY
        AS line (product_id, product_name, quantity, unit_price, position)
    """
)


def place_order(session: Session, order: OrderView) -> None:
    """Note a new order with its lines, at the latest with the COMMIT.

    The order is as it will be: nothing of it is left to PostgreSQL to choose.
    """
    at_commit(
        session,
        _PLACE,
        id=order.id,
        user_id=order.user_id,
        status=order.status,
        location=order.location,
        country_code=order.country_code,
        total=order.total,
        created_at=order.created_at,
        products=array(line.product_id for line in order.items),
        names=[line.product_name for line in order.items],
        quantities=array(line.quantity for line in order.items),
        prices=array(line.unit_price for line in order.items),
    )
