"""Products as the catalogue shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from shopkeeper.catalogue.repository import variants
from shopkeeper.catalogue.repository.rows import ProductRow, VariedProduct
from shopkeeper.catalogue.repository.variants import NewVariant
from shopkeeper.database.statements import Batch, Deferred, Statement, at_once
from shopkeeper.database.text import name_keys
from shopkeeper.models import Category, Product, ProductRevision, Stock, Variant
from shopkeeper.models.location import MAIN
from shopkeeper.stock.repository.ledger import lock_stock
from shopkeeper.utils.lower_case import lowered

ROWS_AT_A_TIME = 1000
_ITS_STOCK = and_(
    Stock.variant_id == Product.default_variant_id,
    Stock.location_id == MAIN,
)
BY_NAME = name_keys(Product.name)


# Nearly all are found in one category, and nothing is looked up for them.
_ELSEWHERE = aliased(Category)
_IS_FOUND_ELSEWHERE: ColumnElement[bool] = literal_column(
    "products.further_category_ids <> '{}'"
)
_FURTHER = case(
    (
        _IS_FOUND_ELSEWHERE,
        select(
            func.coalesce(
                func.array_agg(aggregate_order_by(_ELSEWHERE.path, _ELSEWHERE.path)),
                literal_column("CAST('{}' AS text[])"),
            )
        )
        .where(
            _ELSEWHERE.id == func.any(Product.further_category_ids),
            _ELSEWHERE.removed_at.is_(None),
        )
        .correlate(Product)
        .scalar_subquery(),
    ),
    else_=literal_column("CAST('{}' AS text[])"),
).label("further_categories")
_FURTHER_VERSIONS = case(
    (
        _IS_FOUND_ELSEWHERE,
        select(func.coalesce(cast(func.sum(_ELSEWHERE.version), Integer), 0))
        .where(_ELSEWHERE.id == func.any(Product.further_category_ids))
        .correlate(Product)
        .scalar_subquery(),
    ),
    else_=literal_column("0"),
)


def select_products() -> Select[*tuple[Any, ...]]:
    """Asks for `ProductRow` of products on sale."""
    return (
        select(
            Product.id,
            Product.skus.label("sku"),
            Product.name,
            Product.description,
            Category.path.label("category"),
            Product.category_id,
            Stock.quantity,
            Product.price,
            Stock.cost.label("average_cost"),
            Product.created_at,
            func.greatest(Product.updated_at, Stock.updated_at).label("updated_at"),
            Product.version,
            (Category.version + _FURTHER_VERSIONS).label("category_version"),
            Stock.version.label("stock_version"),
            Product.updated_at.label("changed_at"),
            Product.default_variant_id.label("variant_id"),
            Product.option_count,
            Product.brand,
            Product.status,
            Product.tags,
            Stock.low_stock_threshold,
            Stock.tracked,
            Stock.backorder_limit,
            Stock.waiting,
            Product.slug,
            Product.tax_class,
            _FURTHER,
        )
        .join(Category, Category.id == Product.category_id)
        .join(Stock, _ITS_STOCK)
        .where(Product.removed_at.is_(None))
    )


_FIND = Statement(
    select_products().where(Product.id == bindparam("product_id")), ProductRow
)


def ask_for_product(batch: Batch, product_id: int) -> Deferred[ProductRow | None]:
    """A product on sale, with its variants if it has options."""
    found = batch.add(_FIND, product_id=product_id)

    def product(session: Session) -> ProductRow | None:
        rows = with_variants(session, found.all())
        if not rows or (rows[0].option_count and not rows[0].variants):
            return None
        return rows[0]

    return product


def with_variants(session: Session, rows: Sequence[ProductRow]) -> Sequence[ProductRow]:
    """The same products; those that have options, with their variants.

    One that was removed since it was found has none any more, and stays as it was.
    """
    varied = [row.id for row in rows if row.option_count]
    if not varied:
        return rows
    options, of_each = variants.find_both(session, varied)
    return [
        VariedProduct.of(row, options[row.id], of_each[row.id])
        if row.id in of_each
        else row
        for row in rows
    ]


def find_by_slug(session: Session, slug: str) -> int | None:
    """The id of the product on sale that has a slug, or had it."""
    found: int | None = session.scalar(
        text(
            """
            WITH asked AS (
                SELECT lower(CAST(:slug AS text) COLLATE pg_c_utf8) AS slug
            )
            SELECT id FROM (
                SELECT id, 0 AS place FROM products JOIN asked USING (slug)
                WHERE removed_at IS NULL
                UNION ALL
                SELECT product_id, 1 FROM former_slugs JOIN asked USING (slug)
            ) AS known
            ORDER BY place LIMIT 1
            """
        ),
        {"slug": slug},
    )
    return found


def find_name(session: Session, product_id: int, as_of: datetime) -> str | None:
    """What a product was called at a moment, removed since or not."""
    revision = (
        select(ProductRevision.name)
        .where(
            ProductRevision.product_id == product_id,
            ProductRevision.valid_until > as_of,
        )
        .order_by(ProductRevision.valid_until, ProductRevision.version)
        .limit(1)
        .scalar_subquery()
    )
    name: str | None = session.scalar(
        select(func.coalesce(revision, Product.name)).where(
            Product.id == product_id, Product.created_at <= as_of
        )
    )
    return name


def lock_product(session: Session, product_id: int) -> ProductRow | None:
    """The same, held with the stock of all its variants until the transaction ends.

    The product first, then its stock, lowest id first, as everywhere; what it is then
    is read by a statement that sees what was committed meanwhile.
    """
    held = session.scalar(
        select(Product.id)
        .where(Product.id == product_id, Product.removed_at.is_(None))
        .with_for_update(key_share=True)
    )
    if held is None:
        return None
    lock_stock(
        session,
        select(Variant.id).where(
            Variant.product_id == product_id, Variant.removed_at.is_(None)
        ),
    )
    return at_once(session, lambda batch: ask_for_product(batch, product_id))


def add_product(
    session: Session,
    new: Sequence[NewVariant],
    options: Sequence[tuple[str, Sequence[str]]],
    chosen: Sequence[Sequence[str]],
    **values: Any,
) -> tuple[int, list[int]]:
    """Write a product down with its variants, whose stock is empty yet.

    Args:
        session: The transaction.
        new: Its variants.
        options: Each by its name, with its values in their order.
        chosen: What each variant is of each option.
        values: Of its other columns.

    Returns:
        Its id, and those of its variants.
    """
    ids = variants.draw_ids(session, len(new))
    product_id = session.scalars(
        insert(Product).returning(Product.id),
        {
            **values,
            # As they will follow from the variants.
            "price": min(variant.price for variant in new),
            "skus": "\n".join(each.sku for each in new if each.sku) or None,
            "variant_count": len(new),
            "default_variant_id": ids[0],
        },
    ).one()
    if options:
        variants.add_options(session, product_id, [name for name, _ in options])
        said = [
            (place, value)
            for place, (_, of_it) in enumerate(options, 1)
            for value in of_it
        ]
        variants.add_values(session, product_id, said)
    value_ids = value_ids_of(session, product_id, chosen)
    variants.add_variants(
        session, product_id, ids, new, value_ids, values["created_at"]
    )
    return product_id, ids


def value_ids_of(
    session: Session, product_id: int, chosen: Sequence[Sequence[str]]
) -> list[list[int]]:
    """What variants are of their product's options; values it lacks are added."""
    wanted = {
        (place, lowered(value)): (place, value)
        for values in reversed(chosen)
        for place, value in enumerate(values, 1)
    }
    if not wanted:
        return [[] for _ in chosen]
    known = _known_values(session, product_id)
    missing = [said for key, said in reversed(wanted.items()) if key not in known]
    if missing:
        variants.add_values(session, product_id, missing)
        known = _known_values(session, product_id)
    return [
        [known[place, lowered(value)] for place, value in enumerate(values, 1)]
        for values in chosen
    ]


def _known_values(session: Session, product_id: int) -> dict[tuple[int, str], int]:
    rows = variants.find_options(session, [product_id]).get(product_id, ())
    return {(row.position, lowered(row.value)): row.value_id for row in rows}


def change_product(session: Session, product_id: int, **values: Any) -> None:
    """Change a product that is held, which is a new version of it."""
    session.execute(
        update(Product)
        .where(Product.id == product_id)
        .values(**values, version=Product.version + 1)
    )
