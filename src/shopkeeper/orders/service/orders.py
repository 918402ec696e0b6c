"""Orders before they are executed: created, changed, cancelled, shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import (
    ProductNotFound,
    VariantNotFound,
    variant_required,
)
from shopkeeper.database.statements import Batch, Deferred, at_once
from shopkeeper.models import Order, OrderStatus
from shopkeeper.orders.errors import OrderNotFound
from shopkeeper.orders.lines import Lines, Wanted
from shopkeeper.orders.repository import offers as on_sale
from shopkeeper.orders.repository import orders
from shopkeeper.orders.repository.offers import Known, Offer, Offers
from shopkeeper.orders.repository.placing import place_order, replace_lines
from shopkeeper.orders.repository.views import LineRow, OrderView
from shopkeeper.orders.service.destination_countries import resolve_location
from shopkeeper.orders.statuses import check_pending, check_transition
from shopkeeper.stock.shortages import insufficient_stock, shortage
from shopkeeper.utils import clock
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import NotFound, TokenRevoked, ValidationFailed
from shopkeeper.web.identity import ROLES_THAT_SEE_ALL, CurrentUser
from shopkeeper.web.repository.idempotency import UnverifiedCaller


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
    found = on_sale.ask_for_offers(batch, unverified, lines)

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
    priced = _price(session, offers.known, lines)
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
        priced = _price(session, on_sale.find_offers(session, lines), lines)
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
    lines: Sequence[tuple[Offer, int]]

    @property
    def total(self) -> Decimal:
        return sum((offer.price * pieces for offer, pieces in self.lines), Decimal(0))

    @property
    def rows(self) -> list[LineRow]:
        return [
            LineRow(
                id=offer.line_id,
                product_id=offer.product_id,
                variant_id=offer.variant_id,
                product_name=offer.name,
                sku=offer.sku,
                options=offer.options,
                quantity=pieces,
                refunded_quantity=0,
                unit_price=offer.price,
                line_cost=None,
                line_total=offer.price * pieces,
            )
            for offer, pieces in self.lines
        ]


def _price(session: Session, known: Known, lines: Lines) -> _PricedLines:
    """Today's names and prices, if all is there and enough of it."""
    found: list[tuple[Offer, int]] = []
    for line in lines:
        offer = known.get(line[:2])
        if offer is None:
            raise _not_on_sale(line)
        if offer.is_named_by_product and offer.variant_count > 1:
            raise variant_required(
                offer.product_id,
                offer.name,
                on_sale.list_variants(session, offer.product_id),
            )
        found.append((offer, line.quantity))
    if len({offer.variant_id for offer, _ in found}) < len(found):
        _refuse_twins(found)
    short = [
        shortage(
            offer.product_id,
            offer.name,
            pieces,
            offer.available,
            variant_id=offer.variant_id if offer.options else None,
        )
        for offer, pieces in found
        if offer.available is not None and pieces > offer.available
    ]
    if short:
        raise insufficient_stock(short)
    return _PricedLines(found)


def _not_on_sale(line: Wanted) -> NotFound:
    kind = ProductNotFound if line.kind == "product" else VariantNotFound
    return kind(f"There is no {line.named}.", **line.member)


def _refuse_twins(found: Sequence[tuple[Offer, int]]) -> None:
    """The same variant, named in two ways, is one line."""
    seen: set[int] = set()
    for place, (offer, _) in enumerate(found):
        if offer.variant_id in seen:
            message = f"variant {offer.variant_id} stands in it twice"
            raise ValidationFailed([{"pointer": f"/items/{place}", "message": message}])
        seen.add(offer.variant_id)
