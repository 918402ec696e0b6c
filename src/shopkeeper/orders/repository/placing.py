"""Orders as they are placed, and lines that replace others: with the COMMIT."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment, Statement, array, at_commit, texts
from shopkeeper.orders.repository.views import LineRow, OrderView

# Their ids are drawn before, so that the answer can tell them.
_INSERT_LINES = Fragment(
    """
    INSERT INTO order_items (order_id, id, position, product_id, variant_id,
        product_name, sku, options, quantity, unit_price)
    OVERRIDING SYSTEM VALUE
    SELECT :id, line.id, line.position, line.product_id, line.variant_id,
        line.product_name, line.sku, CAST(line.options AS json), line.quantity,
        line.unit_price
    FROM unnest(
        CAST(:lines AS bigint[]),
        CAST(:products AS bigint[]),
        CAST(:variants AS bigint[]),
        CAST(:names AS text[]),
        CAST(:skus AS text[]),
        CAST(:options AS text[]),
        CAST(:quantities AS integer[]),
        CAST(:prices AS numeric[])
    ) WITH ORDINALITY
        AS line (id, product_id, variant_id, product_name, sku, options, quantity,
            unit_price, position)
    """
)
_PLACE: Statement[None] = Statement(
    Fragment(
        """
        WITH placed AS (
            INSERT INTO orders (id, user_id, status, location, country_code, total,
                created_at, updated_at)
            OVERRIDING SYSTEM VALUE
            VALUES (:id, :user_id, :status, :location, :country_code, :total,
                :created_at, :created_at)
        )
        {insert_lines}
        """,
        insert_lines=_INSERT_LINES,
    )
)
_TAKE_AWAY: Statement[None] = Statement("DELETE FROM order_items WHERE order_id = :id")
_ADD: Statement[None] = Statement(_INSERT_LINES)


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
        **_columns(order.items),
    )


def replace_lines(session: Session, order_id: int, lines: Sequence[LineRow]) -> None:
    """Let an order that is held have these lines, in this order."""
    at_commit(session, _TAKE_AWAY, id=order_id)
    at_commit(session, _ADD, id=order_id, **_columns(lines))


def _columns(lines: Sequence[LineRow]) -> dict[str, Any]:
    return {
        "lines": array(line.id for line in lines),
        "products": array(line.product_id for line in lines),
        "variants": array(line.variant_id for line in lines),
        "names": texts([line.product_name for line in lines]),
        "skus": texts([line.sku for line in lines]),
        "options": _options(lines),
        "quantities": array(line.quantity for line in lines),
        "prices": array(line.unit_price for line in lines),
    }


def _options(lines: Sequence[LineRow]) -> str | None:
    """Name and value of each option, in their order; nothing, where none has any."""
    told = [line.options for line in lines]
    if not any(told):
        return None
    return texts(
        [json.dumps(each, ensure_ascii=False) if each else None for each in told]
    )
