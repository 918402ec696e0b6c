"""How much there is of each variant on sale, what is low, and how fast it sells."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.models.location import MAIN
from shopkeeper.stock.repository.ledger import lock_stock


class StockLevel(NamedTuple):
    """The stock of a variant on sale.

    `rank` is 0 of what is out of stock, 1 of what is low, 2 of the rest. What is not
    tracked is never out. `waiting` are pieces that are sold, and are not there yet.
    """

    variant_id: int
    product_id: int
    name: str
    title: str
    sku: str | None
    location: str
    quantity: int
    low_stock_threshold: int | None
    tracked: bool
    backorder_limit: int | None
    waiting: int
    average_cost: Decimal | None
    value: Decimal
    units_sold: int
    rank: int


# Where a page comes after: the keys by which it is sorted.
Place = tuple[int, int, int]

_LEVELS = Fragment(
    """
    SELECT page.variant_id, page.product_id, products.name, (
            SELECT coalesce(string_agg(value.value, ' / ' ORDER BY used.place), '')
            FROM unnest(variants.value_ids) WITH ORDINALITY AS used (value_id, place)
            JOIN option_values AS value ON value.id = used.value_id
        ) AS title, variants.sku, locations.code, page.quantity,
        page.low_stock_threshold, page.tracked, page.backorder_limit, page.waiting,
        page.cost AS average_cost, page.value, (
            SELECT coalesce(sum(waiting_delta - delta), 0)
            FROM stock_movements AS moved
            WHERE moved.variant_id = page.variant_id
                AND moved.location_id = page.location_id
                AND moved.created_at > :since
                AND moved.reason IN ('sale', 'fulfilment', 'release', 'refund')
        ) AS units_sold, page.rank
    FROM (
        SELECT * FROM (
            SELECT stock.*, variants.product_id, CASE
                    WHEN NOT stock.tracked THEN 2
                    WHEN stock.quantity <= 0 THEN 0
                    WHEN stock.quantity < coalesce(stock.low_stock_threshold, :low)
                    THEN 1 ELSE 2
                END AS rank
            FROM stock
            JOIN variants ON variants.id = stock.variant_id
            WHERE stock.location_id = {main} AND variants.removed_at IS NULL{chosen}
        ) AS level
        WHERE true{condition}
        ORDER BY rank, quantity, variant_id
        LIMIT :limit
    ) AS page
    JOIN variants ON variants.id = page.variant_id
    JOIN products ON products.id = page.product_id
    JOIN locations ON locations.id = page.location_id
    ORDER BY page.rank, page.quantity, page.variant_id
    """,
    main=MAIN,
)


def list_levels(
    session: Session,
    *,
    low: int,
    since: datetime,
    limit: int,
    after: Place | None = None,
    rank: int | None = None,
    product_id: int | None = None,
    is_waited_for: bool | None = None,
) -> list[StockLevel]:
    """What is out of stock first, then what is low, then the rest; the fewest first.

    Args:
        session: The transaction.
        low: Below how many pieces a stock is low that has no threshold of its own.
        since: From when on it is counted what was sold.
        limit: How many at most.
        after: The keys of the one that they come after.
        rank: Of these alone.
        product_id: Of this product alone.
        is_waited_for: Of what somebody waits for alone, or of the rest.
    """
    conditions = []
    if after is not None:
        conditions.append(
            Fragment(
                " AND (rank, quantity, variant_id)"
                " > (:after_rank, :after_quantity, :after_id)"
            )
        )
    if rank is not None:
        conditions.append(Fragment(" AND rank = :rank"))
    chosen = []
    if product_id is not None:
        chosen.append(Fragment(" AND variants.product_id = :product_id"))
    if is_waited_for is not None:
        chosen.append(Fragment(" AND (stock.waiting > 0) = :is_waited_for"))
    names = ("after_rank", "after_quantity", "after_id")
    place = dict(zip(names, after, strict=True)) if after is not None else {}
    rows = session.execute(
        text(
            Fragment(
                _LEVELS,
                condition=Fragment.joined("", conditions),
                chosen=Fragment.joined("", chosen),
            )
        ),
        {
            "low": low,
            "since": since,
            "limit": limit,
            "rank": rank,
            "product_id": product_id,
            "is_waited_for": is_waited_for,
            **place,
        },
    )
    return [StockLevel._make(row) for row in rows]


def hold_variants(session: Session, variant_ids: Sequence[int]) -> None:
    """Hold the products of variants, then their stock, lowest id first."""
    session.execute(
        text(
            """
            SELECT count(*) FROM (
                SELECT id FROM products
                WHERE id IN (
                    SELECT product_id FROM variants
                    WHERE id = ANY (CAST(:ids AS bigint[]))
                )
                ORDER BY id
                FOR NO KEY UPDATE
            ) AS held
            """
        ),
        {"ids": list(variant_ids)},
    )
    lock_stock(session, variant_ids)


def set_thresholds(
    session: Session, thresholds: Mapping[int, int | None], moment: datetime
) -> None:
    """Say below how many pieces the stock of variants that are held is low.

    What everybody is shown of their products changes with it.
    """
    values = {
        "ids": list(thresholds),
        "thresholds": list(thresholds.values()),
        "moment": moment,
    }
    session.execute(
        text(
            """
            UPDATE products SET version = version + 1, updated_at = :moment
            WHERE removed_at IS NULL AND id IN (
                SELECT product_id FROM variants
                WHERE id = ANY (CAST(:ids AS bigint[])) AND removed_at IS NULL
            )
            """
        ),
        values,
    )
    session.execute(
        text(
            Fragment(
                """
                UPDATE stock SET low_stock_threshold = new.threshold
                FROM unnest(CAST(:ids AS bigint[]), CAST(:thresholds AS integer[]))
                    AS new (id, threshold)
                WHERE stock.variant_id = new.id AND stock.location_id = {main}
                """,
                main=MAIN,
            )
        ),
        values,
    )
