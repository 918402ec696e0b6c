"""What is on offer for an order that is to be placed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from shopkeeper.database.statements import (
    Batch,
    Deferred,
    Fragment,
    Statement,
    array,
    columns,
)
from shopkeeper.models.location import MAIN
from shopkeeper.orders.lines import Lines
from shopkeeper.stock.repository.ledger import AVAILABLE
from shopkeeper.utils.lower_case import lowered
from shopkeeper.web.repository.idempotency import GOES_ON, UnverifiedCaller


class Offer(NamedTuple):
    """What an order needs to know of a variant, and the id its line will have.

    Of a product with several variants, which is named without saying which, it is
    the first, and there are `variant_count`.
    """

    product_id: int
    variant_id: int
    line_id: int
    name: str
    sku: str | None
    options: dict[str, str] | None
    price: Decimal
    # How many pieces can be ordered; None if any number can.
    available: int | None
    variant_count: int
    is_named_by_product: bool


Key = tuple[str, int | str]
Known = Mapping[Key, Offer]


@dataclass(frozen=True)
class Offers:
    """What is on offer for an order, and the id that the order will have."""

    order_id: int
    known: Known


class _OfferRow(NamedTuple):
    order_id: int
    offer: Offer | None


# Name and value of each option of a variant, in their order.
OPTIONS = Fragment(
    """
    (
        SELECT json_object_agg(option.name, value.value ORDER BY option.position)
        FROM unnest(variants.value_ids) AS used (value_id)
        JOIN option_values AS value ON value.id = used.value_id
        JOIN product_options AS option ON option.id = value.option_id
    )
    """
)
_BY_PRODUCT = Fragment(
    """
    SELECT products.id AS product_id, products.default_variant_id AS variant_id,
        nextval('order_items_id_seq') AS line_id, products.name,
        products.skus AS sku, CASE WHEN products.option_count > 0 THEN (
            SELECT {options} FROM variants
            WHERE variants.id = products.default_variant_id
        ) END AS options,
        products.price, {available}, products.variant_count,
        true AS is_named_by_product
    FROM products
    JOIN stock ON stock.variant_id = products.default_variant_id
        AND stock.location_id = {main}
    WHERE products.id = ANY (:product_ids) AND products.removed_at IS NULL
        AND products.status = 'active'
    """,
    options=OPTIONS,
    available=AVAILABLE,
    main=MAIN,
)
_BY_VARIANT = Fragment(
    """
    SELECT products.id AS product_id, variants.id AS variant_id,
        nextval('order_items_id_seq') AS line_id, products.name, variants.sku,
        {options} AS options, variants.price, {available}, products.variant_count,
        false AS is_named_by_product
    FROM (
        SELECT unnest(CAST(:variant_ids AS bigint[])) AS id
        UNION
        SELECT with_sku.id
        FROM unnest(CAST(:skus AS text[])) AS named (sku)
        JOIN variants AS with_sku ON with_sku.removed_at IS NULL
            AND lower(with_sku.sku) = lower(named.sku COLLATE pg_c_utf8)
    ) AS named
    JOIN variants ON variants.id = named.id AND variants.removed_at IS NULL
    JOIN products ON products.id = variants.product_id AND products.status = 'active'
    JOIN stock ON stock.variant_id = variants.id AND stock.location_id = {main}
    """,
    options=OPTIONS,
    available=AVAILABLE,
    main=MAIN,
)
_BY_ANYTHING = Fragment(
    "{by_product} UNION ALL {by_variant}",
    by_product=_BY_PRODUCT,
    by_variant=_BY_VARIANT,
)


def _for_an_order(offers: Fragment) -> Statement[_OfferRow]:
    """Whoever places an order cannot be erased until it is: their row is shared."""
    return Statement(
        Fragment(
            """
            WITH customer AS MATERIALIZED (
                SELECT id FROM users
                WHERE id = :user_id AND erased_at IS NULL AND {goes_on}
                FOR KEY SHARE
            ), new AS MATERIALIZED (
                SELECT nextval('orders_id_seq') AS order_id FROM customer
            )
            SELECT new.order_id, {offer_columns}
            FROM new LEFT JOIN ({offers}) AS offer ON true
            """,
            goes_on=GOES_ON,
            offer_columns=columns(Fragment("offer"), Offer._fields, "offer"),
            offers=offers,
        ),
        _OfferRow,
    )


# Most orders name products alone, and PostgreSQL plans for them.
_OFFERS_BY_PRODUCT = _for_an_order(_BY_PRODUCT)
_OFFERS = _for_an_order(_BY_ANYTHING)
_FIND_BY_PRODUCT = Statement(_BY_PRODUCT, Offer)
_FIND = Statement(_BY_ANYTHING, Offer)


def _named(lines: Lines) -> dict[str, Any]:
    """The parameters that tell what lines name: nearly always products alone."""
    names: dict[str, list[Any]] = {"product": [], "variant": [], "sku": []}
    for kind, name, _ in lines:
        names[kind].append(name)
    named: dict[str, Any] = {"product_ids": array(names["product"])}
    if len(names["product"]) < len(lines):
        named["variant_ids"] = array(names["variant"])
        named["skus"] = names["sku"]
    return named


def _known(offers: Sequence[Offer]) -> Known:
    known: dict[Key, Offer] = {}
    for offer in offers:
        if offer.is_named_by_product:
            known["product", offer.product_id] = offer
            continue
        known["variant", offer.variant_id] = offer
        if offer.sku is not None:
            known["sku", lowered(offer.sku)] = offer
    return known


def find_offers(session: Session, lines: Lines) -> Known:
    """What is on sale of what lines name."""
    named = _named(lines)
    statement = _FIND if "skus" in named else _FIND_BY_PRODUCT
    return _known(statement.all(session, **named))


class NamedVariant(NamedTuple):
    """A variant, as people tell it from others."""

    id: int
    sku: str | None
    title: str


_LIST_VARIANTS = Statement(
    """
    SELECT variants.id, variants.sku, (
        SELECT coalesce(string_agg(value.value, ' / ' ORDER BY used.place), '')
        FROM unnest(variants.value_ids) WITH ORDINALITY AS used (value_id, place)
        JOIN option_values AS value ON value.id = used.value_id
    ) AS title
    FROM variants
    WHERE product_id = :product_id AND removed_at IS NULL
    ORDER BY position
    """,
    NamedVariant,
)


def list_variants(session: Session, product_id: int) -> Sequence[NamedVariant]:
    """The variants on sale of a product, in their order."""
    return _LIST_VARIANTS.all(session, product_id=product_id)


def ask_for_offers(
    batch: Batch, unverified: UnverifiedCaller, lines: Lines
) -> Deferred[Offers | None]:
    """What is on sale of what lines name, for an order of whoever asks.

    None if the account is closed.
    """
    named = _named(lines)
    statement = _OFFERS if "skus" in named else _OFFERS_BY_PRODUCT
    found = batch.add(statement, **named, **unverified._asdict())

    def offers(_: Session) -> Offers | None:
        rows = found.all()
        if not rows:
            return None
        return Offers(
            rows[0].order_id, _known([row.offer for row in rows if row.offer])
        )

    return offers
