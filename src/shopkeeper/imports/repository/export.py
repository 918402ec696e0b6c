"""What an export has of the catalogue: a row for each variant on sale."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.catalogue.repository.rows import shown_average
from shopkeeper.database.statements import Fragment
from shopkeeper.models.location import MAIN

ROWS_AT_A_TIME = 1000
# As the pages of the catalogue are sorted by name.
_BY_NAME = Fragment("fold_text(products.name), lower(products.name), products.id")
_EXPORT = Fragment(
    """
    SELECT products.name, variants.sku, categories.path AS category, stock.quantity,
        variants.price, stock.cost AS average_cost, products.description,
        variants.compare_at_price, variants.barcode, variants.weight_grams,
        products.brand, products.status, products.tags, variants.length_mm,
        variants.width_mm, variants.height_mm, stock.tracked, stock.backorder_limit,
        products.tax_class,
        chosen.names AS option_names, chosen.words AS option_values,
        (
            SELECT coalesce(max(option_count), 0) FROM products
            WHERE removed_at IS NULL
        ) AS most_options
    FROM products
    JOIN categories ON categories.id = products.category_id
    JOIN variants ON variants.product_id = products.id AND variants.removed_at IS NULL
    JOIN stock ON stock.variant_id = variants.id AND stock.location_id = {main}
    LEFT JOIN LATERAL (
        SELECT array_agg(option.name ORDER BY option.position) AS names,
            array_agg(value.value ORDER BY option.position) AS words
        FROM option_values AS value
        JOIN product_options AS option ON option.id = value.option_id
        WHERE value.id = ANY (variants.value_ids)
    ) AS chosen ON products.option_count > 0
    WHERE products.removed_at IS NULL
    ORDER BY {by_name}, variants.position
    """,
    main=MAIN,
    by_name=_BY_NAME,
)


class ListedVariant(NamedTuple):
    """A variant on sale, with what its product is."""

    name: str
    sku: str | None
    category: str
    quantity: int
    price: Decimal
    average_cost: Decimal | None
    description: str | None
    compare_at_price: Decimal | None
    barcode: str | None
    weight_grams: Decimal | None
    brand: str | None
    status: str
    tags: Sequence[str]
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    tracked: bool
    backorder_limit: int | None
    tax_class: str | None
    option_names: Sequence[str] | None
    option_values: Sequence[str] | None
    most_options: int

    @property
    def cost(self) -> Decimal | None:
        return shown_average(self.average_cost)


def stream_variants(session: Session) -> Iterator[ListedVariant]:
    """Every variant on sale, by name: of one moment, a few rows at a time."""
    rows = session.execute(
        text(_EXPORT), execution_options={"yield_per": ROWS_AT_A_TIME}
    )
    for row in rows:
        yield ListedVariant._make(row)
