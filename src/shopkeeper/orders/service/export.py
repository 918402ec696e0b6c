"""Orders as a file, a row for each of their lines: for whoever keeps other books."""

from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

import structlog
from sqlalchemy.orm import Session

from shopkeeper.database.sessions import take_as_long_as_needed
from shopkeeper.database.statements import at_once
from shopkeeper.orders.repository import lists
from shopkeeper.orders.repository.lists import CustomerRow, OrderFilters
from shopkeeper.orders.repository.views import LineRow, OrderView
from shopkeeper.orders.service.lists import ask_for_orders
from shopkeeper.utils.money import shown
from shopkeeper.utils.spreadsheets import write_rows, write_workbook
from shopkeeper.web.identity import CurrentUser

log = structlog.get_logger(__name__)

ORDERS_AT_A_TIME = 100
HEADER = (
    *("order", "invoice", "placed", "executed", "status", "payment"),
    *("customer", "email", "country"),
    *("sku", "product", "variant", "quantity", "refunded_quantity"),
    *("unit_price", "line_total", "line_cost", "order_total", "order_refunded"),
)


def export_orders(
    session: Session,
    caller: CurrentUser,
    filters: OrderFilters,
    *,
    sort: str,
    file_format: str,
    bom: bool,
) -> IO[bytes]:
    """The lines of all orders that match, in a file on disk; it is logged who asked.

    Args:
        session: The transaction.
        caller: The manager who asks.
        filters: Which orders.
        sort: As of `ask_for_orders`.
        file_format: `csv` or `xlsx`.
        bom: Whether a CSV begins with a byte order mark.
    """
    take_as_long_as_needed(session)
    log.info("orders_exported", by=caller.id)
    file = TemporaryFile()  # noqa: SIM115  # Whoever sends it closes it.
    rows = _rows(session, filters, sort)
    if file_format == "csv":
        file.write(BOM_UTF8 if bom else b"")
        write_rows(([_text(cell) for cell in row] for row in rows), HEADER, file)
    else:
        cells = ([_cell(cell) for cell in row] for row in rows)
        write_workbook(cells, HEADER, "orders", file)
    file.seek(0)
    return file


def _rows(
    session: Session, filters: OrderFilters, sort: str
) -> Iterator[Sequence[Any]]:
    after = None
    while True:
        page = at_once(
            session,
            lambda batch, after=after: ask_for_orders(  # type: ignore[misc]
                batch, filters, limit=ORDERS_AT_A_TIME, after=after, sort=sort
            ),
        )
        ids = {order.user_id for order in page.items if order.user_id is not None}
        people = {row.id: row for row in lists.list_customers(session, sorted(ids))}
        for order in page.items:
            for line in order.items:
                yield _row(order, line, people.get(order.user_id or 0))
        after = page.next_cursor
        if after is None:
            return


def _row(
    order: OrderView, line: LineRow, customer: CustomerRow | None
) -> Sequence[Any]:
    return (
        order.id,
        order.invoice_number,
        order.created_at,
        order.executed_at,
        order.status,
        order.payment.status if order.payment else None,
        customer.full_name if customer else None,
        customer.email if customer else None,
        order.country_code,
        line.sku,
        line.product_name,
        line.variant_title,
        line.quantity,
        line.refunded_quantity,
        line.unit_price,
        line.line_total,
        line.line_cost,
        order.total,
        order.refunded_total,
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return shown(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _cell(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
