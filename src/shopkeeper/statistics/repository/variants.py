"""Sales of each variant, and what it was called when it was sold."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment
from shopkeeper.statistics.repository.facts import SUMS
from shopkeeper.statistics.repository.scope import Reading, Scope, Sums, live_facts


class VariantSums(NamedTuple):
    """What was sold and came back of a variant."""

    variant_id: int
    product_id: int
    sums: Sums


class SoldVariant(NamedTuple):
    """What a variant was called when it was last sold."""

    variant_id: int
    product_name: str
    sku: str | None
    options: dict[str, str] | None

    @property
    def title(self) -> str:
        return " / ".join((self.options or {}).values())


_SUMS = Fragment(
    """
    SELECT variant_id, product_id, count(DISTINCT order_id) AS orders, {sums}
    FROM ({facts}) AS facts
    GROUP BY variant_id, product_id
    ORDER BY variant_id
    """,
    sums=SUMS,
)
_LAST = text(
    """
    SELECT DISTINCT ON (line.variant_id) line.variant_id, line.product_name, line.sku,
        line.options
    FROM order_items AS line
    JOIN orders ON orders.id = line.order_id
    WHERE line.product_id = ANY (:product_ids) AND line.variant_id = ANY (:variant_ids)
        AND orders.executed_at < :until
    ORDER BY line.variant_id, orders.executed_at DESC, orders.id DESC
    """
)


def sum_by_variant(session: Session, scope: Scope) -> list[VariantSums]:
    """What was sold and came back of each variant in a period, by their ids.

    Read from the lines of orders: roll-ups tell products only.
    """
    reading = Reading(None, ((scope.start, scope.until),))
    rows = session.execute(
        text(Fragment(_SUMS, facts=live_facts(scope, reading.spans))),
        scope.parameters | reading.parameters,
    )
    return [VariantSums(row[0], row[1], Sums.of(row[2:])) for row in rows]


def list_last_sold(
    session: Session, scope: Scope, sold: Sequence[VariantSums]
) -> dict[int, SoldVariant]:
    """What variants were called when they were last sold, before the period's end."""
    rows = session.execute(
        _LAST,
        {
            "product_ids": sorted({each.product_id for each in sold}),
            "variant_ids": [each.variant_id for each in sold],
            "until": scope.until,
        },
    )
    return {row.variant_id: SoldVariant._make(row) for row in rows}
