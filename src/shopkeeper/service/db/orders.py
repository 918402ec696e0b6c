"""Orders before they are executed: created, changed, cancelled, shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from shopkeeper.models import Order, OrderItem, OrderStatus
from shopkeeper.repository import orders as repository
from shopkeeper.repository import sales
from shopkeeper.repository.order_views import OrderView
from shopkeeper.repository.orders import Offer, OrderFilters
from shopkeeper.repository.pages import Slice
from shopkeeper.repository.sales import NewLine, NewOrder
from shopkeeper.service.db.locations import resolve_location
from shopkeeper.service.errors import InsufficientStock, OrderNotFound, ProductNotFound
from shopkeeper.service.identity import CurrentUser
from shopkeeper.service.order_status import check_pending, check_transition
from shopkeeper.utils import clock, cursor
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import TokenRevoked

# Product id and quantity of each line, in the order given.
Lines = Sequence[tuple[int, int]]


def get_order(session: Session, caller: CurrentUser, order_id: int) -> OrderView:
    """One's own order; any order for a manager.

    Raises:
        OrderNotFound: If there is none, or it is another customer's.
    """
    found = repository.find_order(session, order_id, owner_scope(caller))
    if found is None:
        raise order_not_found(order_id)
    return found


def list_orders(
    session: Session, filters: OrderFilters, *, limit: int, after: str | None
) -> Slice[OrderView]:
    """The orders that match, the newest first."""
    key = None
    if after is not None:
        created_at, order_id = cursor.decode(after, [str, int])
        key = (cursor.moment(created_at), order_id)
    rows = repository.list_orders(session, filters, limit + 1, key)
    return Slice.cut(
        rows, limit, lambda row: cursor.encode([row.created_at.isoformat(), row.id])
    )


def create_order(
    session: Session, caller: CurrentUser, *, location: str, lines: Lines
) -> OrderView:
    """Note an order at today's prices. Nothing is taken from stock yet.

    Raises:
        UnknownCountry, NoShipping: If it cannot go there.
        ProductNotFound: If a product is not on sale.
        InsufficientStock: If more is wanted of a product than there is.
        TokenRevoked: If the account was closed meanwhile.
    """
    country = resolve_location(location)
    priced = _price(session, lines)
    new = NewOrder(
        caller.id, country.name, country.code, priced.total, moment=clock.now()
    )
    placed = sales.place_order(session, new, priced.new_lines)
    if placed is None:
        raise TokenRevoked  # The account was closed a moment ago.
    return placed


def update_order(
    session: Session,
    caller: CurrentUser,
    order_id: int,
    *,
    location: str | None,
    lines: Lines | None,
    precondition: Precondition,
) -> OrderView:
    """Change where a pending order goes, or what is in it, at today's prices.

    Raises:
        OrderNotFound: If there is none, or it is another customer's.
        PreconditionFailed: If it is not in the version the client has seen.
        OrderNotPending: If it can no longer be changed.
        UnknownCountry, NoShipping, ProductNotFound, InsufficientStock: As for
            a new order.
    """
    order = lock_order(session, caller, order_id)
    precondition.require(str(order.version))
    check_pending(order.id, order.status)
    if location is not None:
        country = resolve_location(location)
        order.location, order.country_code = country.name, country.code
    if lines is not None:
        priced = _price(session, lines)
        order.total = priced.total
        session.execute(delete(OrderItem).where(OrderItem.order_id == order.id))
        _insert_lines(session, order.id, priced)
    if location is not None or lines is not None:
        touch(order)
    session.flush()
    return get_order(session, caller, order.id)


def cancel_order(
    session: Session, caller: CurrentUser, order_id: int, precondition: Precondition
) -> None:
    """Give up a pending order. Nothing was taken from stock for it.

    Raises:
        OrderNotFound: If there is none, or it is another customer's.
        PreconditionFailed: If it is not in the version the client has seen.
        AlreadyExecuted: If it was executed; refund it instead.
        OrderNotPending: If it is cancelled already, or being paid.
    """
    order = lock_order(session, caller, order_id)
    precondition.require(str(order.version))
    check_transition(order.id, order.status, OrderStatus.CANCELLED)
    order.status = OrderStatus.CANCELLED
    order.cancelled_at = clock.now()
    touch(order)
    session.flush()


def lock_order(session: Session, caller: CurrentUser, order_id: int) -> Order:
    """The order, held against changes until the transaction ends.

    Raises:
        OrderNotFound: If there is none, or it is another customer's.
    """
    found = repository.lock_order(session, order_id, owner_scope(caller))
    if found is None:
        raise order_not_found(order_id)
    return found


def touch(order: Order) -> None:
    """Note that an order has changed."""
    order.version += 1
    order.updated_at = clock.now()


def owner_scope(caller: CurrentUser) -> int | None:
    """Whose orders somebody may see: their own; a manager everybody's."""
    return None if caller.is_manager else caller.id


def order_not_found(order_id: int) -> OrderNotFound:
    return OrderNotFound(f"There is no order {order_id}.")


@dataclass(frozen=True)
class _PricedLines:
    lines: Lines
    offers: Mapping[int, Offer]

    @property
    def total(self) -> Decimal:
        prices = (self.offers[product].price * pieces for product, pieces in self.lines)
        return sum(prices, Decimal(0))

    @property
    def new_lines(self) -> list[NewLine]:
        return [
            NewLine(
                product, self.offers[product].name, pieces, self.offers[product].price
            )
            for product, pieces in self.lines
        ]


def _price(session: Session, lines: Lines) -> _PricedLines:
    """Look up today's names and prices, and whether there is enough."""
    offers = repository.find_offers(session, [product for product, _ in lines])
    for product, _ in lines:
        if product not in offers:
            raise ProductNotFound(f"There is no product {product}.", product_id=product)
    short = [
        shortage(product, offers[product].name, pieces, offers[product].quantity)
        for product, pieces in lines
        if pieces > offers[product].quantity
    ]
    if short:
        raise insufficient_stock(short)
    return _PricedLines(lines, offers)


def shortage(
    product_id: int, name: str, requested: int, available: int
) -> dict[str, int | str]:
    """One line of an `InsufficientStock`, as the contract has it."""
    return {
        "product_id": product_id,
        "name": name,
        "requested": requested,
        "available": available,
    }


def insufficient_stock(short: list[dict[str, int | str]]) -> InsufficientStock:
    first = short[0]
    return InsufficientStock(
        f"Of {first['name']!r}, {first['requested']} were asked for"
        f" and {first['available']} are there.",
        lines=short,
    )


def _insert_lines(session: Session, order_id: int, priced: _PricedLines) -> None:
    session.execute(
        insert(OrderItem).values(
            [
                {"order_id": order_id, "position": position, **line._asdict()}
                for position, line in enumerate(priced.new_lines, start=1)
            ]
        )
    )
