"""What is on offer for an order that is to be placed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from shopkeeper.database.statements import (
    Batch,
    Deferred,
    Fragment,
    Statement,
    array,
)
from shopkeeper.models.location import MAIN
from shopkeeper.web.repository.idempotency import GOES_ON, UnverifiedCaller


class Offer(NamedTuple):
    """What an order needs to know of a product, and the id its line will have."""

    id: int
    variant_id: int
    line_id: int
    name: str
    price: Decimal
    quantity: int


@dataclass(frozen=True)
class Offers:
    """What is on offer for an order, and the id that the order will have."""

    order_id: int
    products: Mapping[int, Offer]


class _OfferRow(NamedTuple):
    order_id: int
    offer: Offer | None


_ITS_STOCK = Fragment(
    "stock.variant_id = products.default_variant_id AND stock.location_id = {main}",
    main=MAIN,
)
# Whoever places an order cannot be erased until it is: their row is shared.
_FIND_OFFERS = Statement(
    Fragment(
        """
        WITH customer AS MATERIALIZED (
            SELECT id FROM users
            WHERE id = :user_id AND erased_at IS NULL AND {goes_on}
            FOR KEY SHARE
        ), new AS MATERIALIZED (
            SELECT nextval('orders_id_seq') AS order_id FROM customer
        )
        SELECT new.order_id, products.id AS "offer.id",
            products.default_variant_id AS "offer.variant_id",
            CASE WHEN products.id IS NOT NULL THEN nextval('order_items_id_seq') END
                AS "offer.line_id",
            products.name AS "offer.name", products.price AS "offer.price",
            stock.quantity AS "offer.quantity"
        FROM new
        LEFT JOIN (products JOIN stock ON {its_stock})
            ON products.id = ANY (:product_ids) AND products.removed_at IS NULL
        """,
        goes_on=GOES_ON,
        its_stock=_ITS_STOCK,
    ),
    _OfferRow,
)
_FIND_PRODUCTS = Statement(
    Fragment(
        """
        SELECT products.id, products.default_variant_id AS variant_id,
            nextval('order_items_id_seq') AS line_id, products.name, products.price,
            stock.quantity
        FROM products JOIN stock ON {its_stock}
        WHERE products.id = ANY (:product_ids) AND products.removed_at IS NULL
        """,
        its_stock=_ITS_STOCK,
    ),
    Offer,
)


def find_products(session: Session, product_ids: Sequence[int]) -> dict[int, Offer]:
    """The products of these ids that are on sale."""
    found = _FIND_PRODUCTS.all(session, product_ids=array(product_ids))
    return {offer.id: offer for offer in found}


def ask_for_offers(
    batch: Batch, unverified: UnverifiedCaller, product_ids: Sequence[int]
) -> Deferred[Offers | None]:
    """The products of these ids that are on sale, for an order of whoever asks.

    None if the account is closed.
    """
    found = batch.add(
        _FIND_OFFERS, product_ids=array(product_ids), **unverified._asdict()
    )

    def offers(_: Session) -> Offers | None:
        rows = found.all()
        if not rows:
            return None
        found_there = (row.offer for row in rows if row.offer is not None)
        return Offers(rows[0].order_id, {offer.id: offer for offer in found_there})

    return offers
