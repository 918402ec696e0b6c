"""Orders before they are executed: created, changed, cancelled, shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import ProductNotFound
from shopkeeper.database.statements import Batch, Deferred, at_once
from shopkeeper.models import Order, OrderStatus
from shopkeeper.orders.errors import OrderNotFound
from shopkeeper.orders.repository import offers as on_sale
from shopkeeper.orders.repository import orders
from shopkeeper.orders.repository.offers import Offer, Offers
from shopkeeper.orders.repository.placing import place_order, replace_lines
from shopkeeper.orders.repository.views import LineRow, OrderView
from shopkeeper.orders.service.locations import resolve_location
from shopkeeper.orders.statuses import check_pending, check_transition
from shopkeeper.stock.shortages import insufficient_stock, shortage
from shopkeeper.utils import clock
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import TokenRevoked
from shopkeeper.web.identity import ROLES_THAT_SEE_ALL, CurrentUser
from shopkeeper.web.repository.idempotency import UnverifiedCaller

# Product id and quantity of each line, in the order given.
Lines = Sequence[tuple[int, int]]


def ask_for_order(batch: Batch, user_id: int, order_id: int) -> Deferred[OrderView]:
    """One's own order; any order for a manager.

    Raises, later:
        OrderNotFound: If there is none, or it is another customer's.
    """
    found = orders.ask_for_order(batch, order_id, user_id, ROLES_THAT_SEE_ALL)

    def order(session: Session) -> OrderView:
        view = found(session)
        if view is None:
            raise order_not_found(order_id)
        return view

    return order


def get_order(session: Session, caller: CurrentUser, order_id: int) -> OrderView:
    return at_once(session, lambda batch: ask_for_order(batch, caller.id, order_id))


def ask_for_offers(
    batch: Batch, unverified: UnverifiedCaller, lines: Lines
) -> Deferred[Offers]:
    """What is on offer for an order of these lines.

    Raises, later:
        TokenRevoked: If the account was closed meanwhile.
    """
    products = [product for product, _ in lines]
    found = on_sale.ask_for_offers(batch, unverified, products)

    def offers(session: Session) -> Offers:
        known = found(session)
        if known is None:
            raise TokenRevoked
        return known

    return offers


def create_order(
    session: Session,
    caller: CurrentUser,
    *,
    location: str,
    lines: Lines,
    offers: Offers,
) -> OrderView:
    """Note an order at today's prices. Nothing is taken from stock yet.

    Args:
        session: The transaction.
        caller: Whose order it is.
        location: Where it goes.
        lines: What is in it.
        offers: What is on offer for the caller and these lines.

    Raises:
        UnknownCountry, NoShipping: If it cannot go there.
        ProductNotFound: If a product is not on sale.
        InsufficientStock: If more is wanted of a product than there is.
    """
    country = resolve_location(location)
    priced = _price(offers.products, lines)
    now = clock.now()
    placed = OrderView(
        id=offers.order_id,
        user_id=caller.id,
        status=OrderStatus.PENDING,
        location=country.name,
        country_code=country.code,
        total=priced.total,
        refunded_total=Decimal(0),
        version=1,
        created_at=now,
        updated_at=now,
        executed_at=None,
        invoice_number=None,
        items=priced.rows,
    )
    place_order(session, placed)
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
        priced = _price(
            on_sale.find_products(session, [product for product, _ in lines]), lines
        )
        order.total = priced.total
        replace_lines(session, order.id, priced.rows)
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
    found = orders.lock_order(session, order_id, caller.id, ROLES_THAT_SEE_ALL)
    if found is None:
        raise order_not_found(order_id)
    return found


def touch(order: Order) -> None:
    """Note that an order has changed."""
    order.version += 1
    order.updated_at = clock.now()


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
    def rows(self) -> list[LineRow]:
        return [
            LineRow(
                id=self.offers[product].line_id,
                product_id=product,
                variant_id=self.offers[product].variant_id,
                product_name=self.offers[product].name,
                quantity=pieces,
                refunded_quantity=0,
                unit_price=self.offers[product].price,
                line_cost=None,
                line_total=self.offers[product].price * pieces,
            )
            for product, pieces in self.lines
        ]


def _price(offers: Mapping[int, Offer], lines: Lines) -> _PricedLines:
    """Today's names and prices, if all is there and enough of it."""
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
