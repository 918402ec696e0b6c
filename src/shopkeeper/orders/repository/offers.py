"""What is on offer for an order that is to be placed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements.prepared import Later, Prepared, Trip, array
from shopkeeper.web.repository.idempotency import GOES_ON, Asker


class Offer(NamedTuple):
    """What an order needs to know of a product."""

    id: int
    name: str
    price: Decimal
    quantity: int


@dataclass(frozen=True)
class Offers:
    """What is on offer for an order, and the id that the order will have."""

    order_id: int
    products: Mapping[int, Offer]


# Whoever places an order cannot be erased until it is: their row is shared.
_FIND_OFFERS: Prepared[tuple[Any, ...]] = Prepared(
    text(
        f"""
        WITH customer AS MATERIALIZED (
            SELECT id FROM users
            WHERE id = :user_id AND erased_at IS NULL AND {GOES_ON}
            FOR KEY SHARE
        ), new AS MATERIALIZED (
            SELECT nextval('orders_id_seq') AS order_id FROM customer
        )
        SELECT new.order_id, products.id, products.name, products.price, stock.quantity
        FROM new
        LEFT JOIN (products JOIN stock ON stock.product_id = products.id)
            ON products.id = ANY (:product_ids) AND products.removed_at IS NULL
        """  # noqa: S608  # A condition of ours.
    ),
    tuple,
)
_FIND_PRODUCTS = Prepared(
    text(
        """
        SELECT products.id, products.name, products.price, stock.quantity
        FROM products JOIN stock ON stock.product_id = products.id
        WHERE products.id = ANY (:product_ids) AND products.removed_at IS NULL
        """
    ),
    Offer._make,
)


def find_products(session: Session, product_ids: Sequence[int]) -> dict[int, Offer]:
    """The products of these ids that are on sale."""
    found = _FIND_PRODUCTS.all(session, product_ids=array(product_ids))
    return {offer.id: offer for offer in found}


def ask_for_offers(
    trip: Trip, asker: Asker, product_ids: Sequence[int]
) -> Later[Offers | None]:
    """The products of these ids that are on sale, for an order of whoever asks.

    None if the account is closed.
    """
    found = trip.send(_FIND_OFFERS, product_ids=array(product_ids), **asker._asdict())

    def offers(_: Session) -> Offers | None:
        rows = found.all()
        if not rows:
            return None
        products = (Offer(*row[1:]) for row in rows if row[1] is not None)
        return Offers(rows[0][0], {product.id: product for product in products})

    return offers
