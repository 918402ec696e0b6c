"""Variants of products, and the options in which they differ."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Select, text, update
from sqlalchemy.orm import Session

from shopkeeper.catalogue.repository.rows import OptionRow, VariantRow
from shopkeeper.database.statements import Batch, Fragment, Statement, array, scalar
from shopkeeper.models import Stock, Variant
from shopkeeper.models.location import MAIN

_DRAW: Statement[int] = Statement(
    "SELECT nextval('variants_id_seq') FROM generate_series(1, :many)", scalar
)
_ADD: Statement[None] = Statement(
    """
    INSERT INTO variants (id, product_id, position, value_ids, sku, price,
        compare_at_price, barcode, weight_grams, length_mm, width_mm, height_mm,
        created_at, updated_at)
    OVERRIDING SYSTEM VALUE
    SELECT new.id, :product_id, :after + new.place, CAST(new.value_ids AS bigint[]),
        new.sku, new.price, new.compare_at_price, new.barcode, new.weight_grams,
        new.length_mm, new.width_mm, new.height_mm, :moment, :moment
    FROM unnest(
        CAST(:ids AS bigint[]),
        CAST(:value_ids AS text[]),
        CAST(:skus AS text[]),
        CAST(:prices AS numeric[]),
        CAST(:compare_at_prices AS numeric[]),
        CAST(:barcodes AS text[]),
        CAST(:weights AS numeric[]),
        CAST(:lengths AS integer[]),
        CAST(:widths AS integer[]),
        CAST(:heights AS integer[])
    ) WITH ORDINALITY AS new (id, value_ids, sku, price, compare_at_price, barcode,
        weight_grams, length_mm, width_mm, height_mm, place)
    """
)
_OPEN: Statement[None] = Statement(
    """
    INSERT INTO stock (variant_id, quantity, cost, tracked, backorder_limit, updated_at)
    SELECT new.id, 0, new.cost, new.tracked, new.backorder_limit, :moment
    FROM unnest(
        CAST(:ids AS bigint[]),
        CAST(:costs AS numeric[]),
        CAST(:tracked AS boolean[]),
        CAST(:backorder_limits AS integer[])
    ) AS new (id, cost, tracked, backorder_limit)
    """
)
_ADD_OPTIONS: Statement[None] = Statement(
    """
    INSERT INTO product_options (product_id, position, name)
    SELECT :product_id, new.place, new.name
    FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS new (name, place)
    """
)
# The values that an option has not yet, behind those that it has.
_ADD_VALUES: Statement[None] = Statement(
    """
    INSERT INTO option_values (option_id, position, value)
    SELECT options.id, row_number() OVER (PARTITION BY options.id ORDER BY new.place)
        + (SELECT count(*) FROM option_values WHERE option_id = options.id), new.value
    FROM unnest(CAST(:places AS integer[]), CAST(:new_values AS text[]))
        WITH ORDINALITY AS new (option_place, value, place)
    JOIN product_options AS options
        ON options.product_id = :product_id AND options.position = new.option_place
    """
)
_FIND_OPTIONS = Statement(
    """
    SELECT options.product_id, options.position, options.name,
        value.id AS value_id, value.value
    FROM product_options AS options
    JOIN option_values AS value ON value.option_id = options.id
    WHERE options.product_id = ANY (:product_ids)
    ORDER BY options.product_id, options.position, value.position
    """,
    OptionRow,
)
_FIND_VARIANTS = Statement(
    Fragment(
        """
        SELECT {variant_columns}, stock.quantity, stock.cost AS average_cost,
            stock.version AS stock_version, stock.updated_at AS stock_updated_at,
            stock.low_stock_threshold, stock.tracked, stock.backorder_limit,
            stock.waiting
        FROM variants
        JOIN stock ON stock.variant_id = variants.id AND stock.location_id = {main}
        WHERE variants.product_id = ANY (:product_ids) AND variants.removed_at IS NULL
        ORDER BY variants.product_id, variants.position
        """,
        variant_columns=Fragment.joined(
            ", ",
            [
                Fragment("variants.{name}", name=Fragment(name))
                for name in VariantRow._fields[: VariantRow._fields.index("quantity")]
            ],
        ),
        main=MAIN,
    ),
    VariantRow,
)


class NewVariant(NamedTuple):
    """A variant that is still to be written, but for its product and place."""

    price: Decimal
    sku: str | None = None
    # What it is of each option, by its name in whatever case.
    options: Mapping[str, str] = MappingProxyType({})
    quantity: int = 0
    cost: Decimal | None = None
    compare_at_price: Decimal | None = None
    barcode: str | None = None
    weight_grams: Decimal | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    tracked: bool = True
    # How many pieces may be sold that are not there; None is any number.
    backorder_limit: int | None = 0


def draw_ids(session: Session, many: int) -> list[int]:
    """Ids of variants that are still to be written: their product names the first."""
    return list(_DRAW.all(session, many=many))


def add_variants(  # noqa: PLR0917  # Rows of them.
    session: Session,
    product_id: int,
    ids: Sequence[int],
    new: Sequence[NewVariant],
    value_ids: Sequence[Sequence[int]],
    moment: datetime,
    after: int = 0,
) -> None:
    """Write variants down, with a place in stock that is empty yet.

    Args:
        session: The transaction, which holds the product.
        product_id: Whose they are.
        ids: Drawn for them.
        new: What is known of each.
        value_ids: What each is of the product's options, in their order.
        moment: Of the books.
        after: Behind which position they come.
    """
    _ADD.all(
        session,
        product_id=product_id,
        after=after,
        moment=moment,
        ids=array(ids),
        value_ids=[array(values) for values in value_ids],
        skus=[variant.sku for variant in new],
        prices=[variant.price for variant in new],
        compare_at_prices=[variant.compare_at_price for variant in new],
        barcodes=[variant.barcode for variant in new],
        weights=[variant.weight_grams for variant in new],
        lengths=[variant.length_mm for variant in new],
        widths=[variant.width_mm for variant in new],
        heights=[variant.height_mm for variant in new],
    )
    _OPEN.all(
        session,
        ids=array(ids),
        costs=[variant.cost for variant in new],
        tracked=[variant.tracked for variant in new],
        backorder_limits=[variant.backorder_limit for variant in new],
        moment=moment,
    )


def add_options(session: Session, product_id: int, names: Sequence[str]) -> None:
    """Write the options of a new product down, in this order."""
    _ADD_OPTIONS.all(session, product_id=product_id, names=list(names))


def add_values(
    session: Session, product_id: int, values: Sequence[tuple[int, str]]
) -> None:
    """Let options of a product have values more: (position of the option, value)."""
    _ADD_VALUES.all(
        session,
        product_id=product_id,
        places=array(place for place, _ in values),
        new_values=[value for _, value in values],
    )


def find_options(
    session: Session, product_ids: Sequence[int]
) -> dict[int, list[OptionRow]]:
    """The options of products with each of their values, in order."""
    return _by_product(_FIND_OPTIONS.all(session, product_ids=array(product_ids)))


def find_variants(
    session: Session, product_ids: Sequence[int]
) -> dict[int, list[VariantRow]]:
    """The variants on sale of products, in order, with their stock."""
    return _by_product(_FIND_VARIANTS.all(session, product_ids=array(product_ids)))


def find_both(
    session: Session, product_ids: Sequence[int]
) -> tuple[dict[int, list[OptionRow]], dict[int, list[VariantRow]]]:
    """Options and variants of products, asked for in one go.

    The options last: what a variant is of them is there by then, whoever adds some.
    """
    together, ids = Batch(), array(product_ids)
    variants = together.add(_FIND_VARIANTS, product_ids=ids)
    options = together.add(_FIND_OPTIONS, product_ids=ids)
    together.run(session)
    return _by_product(options.all()), _by_product(variants.all())


def _by_product(rows: Iterable[Any]) -> dict[int, list[Any]]:
    of_each = groupby(rows, key=attrgetter("product_id"))
    return {product_id: list(group) for product_id, group in of_each}


def find_product_of(session: Session, variant_id: int) -> int | None:
    """The product that a variant on sale is of."""
    found: int | None = session.scalar(
        text("SELECT product_id FROM variants WHERE id = :id AND removed_at IS NULL"),
        {"id": variant_id},
    )
    return found


def change_variant(
    session: Session, variant_id: int, values: Mapping[str, Any], moment: datetime
) -> None:
    """Change a variant of a product that is held; the product follows."""
    session.execute(
        update(Variant)
        .where(Variant.id == variant_id)
        .values(**values, version=Variant.version + 1, updated_at=moment)
        .execution_options(synchronize_session=False)
    )


def set_stock_keeping(
    session: Session, variant_id: int, values: Mapping[str, Any]
) -> None:
    """Say whether the stock of a variant that is held is counted, and its limit."""
    session.execute(
        update(Stock)
        .where(Stock.variant_id == variant_id, Stock.location_id == MAIN)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def remove_variants_of(
    session: Session, product_ids: Sequence[int] | Select[Any], moment: datetime
) -> None:
    """Take all variants of products that are held off sale."""
    session.execute(
        update(Variant)
        .where(Variant.product_id.in_(product_ids), Variant.removed_at.is_(None))
        .values(removed_at=moment, updated_at=moment, version=Variant.version + 1)
        .execution_options(synchronize_session=False)
    )
