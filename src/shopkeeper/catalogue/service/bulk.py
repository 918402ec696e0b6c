"""Many products changed at once: all of them or none, or only tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import BulkUpdateFailed
from shopkeeper.catalogue.pricing import PriceChange
from shopkeeper.catalogue.repository import bulk
from shopkeeper.catalogue.repository.bulk import NewPrice, NewProduct
from shopkeeper.catalogue.repository.lists import ProductFilters
from shopkeeper.catalogue.repository.rows import ProductRow
from shopkeeper.catalogue.service.categories import get_category, hold_category
from shopkeeper.catalogue.service.product_lists import ask_for_products
from shopkeeper.database.statements import at_once
from shopkeeper.models.product import MOST_TAGS
from shopkeeper.stock.books import write_to_the_books
from shopkeeper.utils.errors import ValidationFailed
from shopkeeper.utils.money import HIGHEST_AMOUNT, shop_currency

ROWS_AT_A_TIME = 500
# Of all that stand in the way, so many are told.
MOST_TOLD = 100


class ChangedPrice(NamedTuple):
    variant_id: int
    sku: str | None
    title: str
    before: Decimal
    after: Decimal


class ChangeOf(NamedTuple):
    before: Any
    after: Any


@dataclass(frozen=True)
class Changes:
    """What changes of each product; what is not among the fields stays.

    Attributes:
        price: Of each variant, from what it is.
        fields: `status` and `brand`, if they change.
        category_id: The category they are moved to, and its path.
        add_tags: Tags that come, behind those that are there.
        remove_tags: Tags that go, in whatever case.
    """

    price: PriceChange | None = None
    fields: Mapping[str, str | None] = field(default_factory=dict)
    category: tuple[int, str] | None = None
    add_tags: Sequence[str] = ()
    remove_tags: Sequence[str] = ()


@dataclass(frozen=True)
class BulkRow:
    """What becomes of a product."""

    product_id: int
    name: str | None
    outcome: str
    code: str | None = None
    message: str | None = None
    prices: Sequence[ChangedPrice] = ()
    status: ChangeOf | None = None
    category: ChangeOf | None = None
    brand: ChangeOf | None = None
    tags: ChangeOf | None = None


@dataclass(frozen=True)
class BulkResult:
    is_dry_run: bool
    items: Sequence[BulkRow]

    def _count(self, outcome: str) -> int:
        return sum(row.outcome == outcome for row in self.items)

    @property
    def changed(self) -> int:
        return self._count("changed")

    @property
    def unchanged(self) -> int:
        return self._count("unchanged")

    @property
    def failed(self) -> int:
        return self._count("failed")


def find_products(
    session: Session, filters: ProductFilters, most: int
) -> Sequence[int]:
    """The ids of the products that match, by name.

    Raises:
        ValidationFailed: If there are more than `most`.
        CategoryAmbiguous: If several categories have the name.
    """
    ids: list[int] = []
    cursor: str | None = None
    while True:
        page = at_once(
            session,
            lambda batch, after=cursor: ask_for_products(  # type: ignore[misc]  # Of this turn.
                batch, filters, sort="name", limit=ROWS_AT_A_TIME, after=after
            ),
        )
        ids += [row.id for row in page.items]
        cursor = page.next_cursor
        if len(ids) > most or (len(ids) == most and cursor is not None):
            message = f"matches more than {most} products"
            raise ValidationFailed([{"pointer": "/filter", "message": message}])
        if cursor is None:
            return ids


def update_products(
    session: Session,
    ids: Sequence[int],
    changes: Changes,
    *,
    category: str | None = None,
    seen: Mapping[str, datetime],
    dry_run: bool,
    is_filtered: bool = False,
) -> BulkResult:
    """Change products, all of them or none.

    Args:
        session: The transaction.
        ids: Which, each once.
        changes: What changes of each.
        category: The path or name of the category they are moved to.
        seen: By id, when some were last updated, as far as whoever asks knows.
        dry_run: Whether it is only told what would be.
        is_filtered: Whether a filter has found them.

    Raises:
        CategoryNotFound, CategoryAmbiguous: Of the category they are moved to.
        BulkUpdateFailed: If one is not there, not as it was seen, or cannot be changed
            so; nothing is changed then.
    """
    if category is not None:  # Before the products: removing a category locks so too.
        category_id = hold_category(session, category)
        path = get_category(session, category_id).path
        changes = Changes(
            changes.price,
            changes.fields,
            (category_id, path),
            changes.add_tags,
            changes.remove_tags,
        )
    held = bulk.lock_products(session, ids)
    rows = [
        _plan(product_id, held.get(product_id), changes, seen) for product_id in ids
    ]
    result = BulkResult(dry_run, rows)
    if dry_run:
        return result
    failed = [
        {
            "product_id": row.product_id,
            "pointer": "/filter" if is_filtered else f"/ids/{place}",
            "message": row.message,
            "code": row.code,
        }
        for place, row in enumerate(rows)
        if row.outcome == "failed"
    ]
    if failed:
        raise BulkUpdateFailed(
            f"{len(failed)} of {len(rows)} products cannot be changed so; none was.",
            errors=failed[:MOST_TOLD],
        )
    changed = [row for row in rows if row.outcome == "changed"]
    if changed:
        bulk.change_products(
            session,
            [_written(held[row.product_id], row, changes) for row in changed],
            [
                NewPrice(price.variant_id, price.after)
                for row in changed
                for price in row.prices
            ],
            write_to_the_books(session),
        )
    return result


def _plan(
    product_id: int,
    product: ProductRow | None,
    changes: Changes,
    seen: Mapping[str, datetime],
) -> BulkRow:
    if product is None:
        return BulkRow(
            *(product_id, None, "failed"),
            *("product_not_found", "is no product of the catalogue"),
        )
    known = seen.get(str(product_id))
    if known is not None and known != product.updated_at:
        return BulkRow(
            *(product_id, product.name, "failed"),
            *("stale_version", "has changed since it was seen"),
        )
    prices = _prices(product, changes.price)
    tags = _tags(product.tags, changes)
    fault = _fault(prices, tags)
    if fault is not None:
        return BulkRow(product_id, product.name, "failed", *fault)
    said: dict[str, Any] = {
        name: ChangeOf(getattr(product, name), value)
        for name, value in changes.fields.items()
        if getattr(product, name) != value
    }
    if changes.category is not None and changes.category[0] != product.category_id:
        said["category"] = ChangeOf(product.category, changes.category[1])
    if tags != list(product.tags):
        said["tags"] = ChangeOf(list(product.tags), tags)
    outcome = "changed" if said or prices else "unchanged"
    return BulkRow(product_id, product.name, outcome, prices=prices, **said)


def _fault(
    prices: Sequence[ChangedPrice], tags: Sequence[str]
) -> tuple[str, str] | None:
    for price in prices:
        if price.after <= 0:
            return "not_positive", f"would have the price {price.after}"
        if price.after > HIGHEST_AMOUNT:
            return "too_large", f"would cost more than {HIGHEST_AMOUNT}"
    if len(tags) > MOST_TAGS:
        return "too_many_tags", f"would have more than {MOST_TAGS} tags"
    return None


def _prices(product: ProductRow, change: PriceChange | None) -> list[ChangedPrice]:
    if change is None:
        return []
    currency = shop_currency()
    known = [(it.id, it.sku, it.title, it.price) for it in product.variants] or [
        (product.variant_id, product.sku, "", product.price)
    ]
    new = [
        ChangedPrice(*variant, change.apply(variant[-1], currency)) for variant in known
    ]
    return [price for price in new if price.after != price.before]


def _tags(tags: Sequence[str], changes: Changes) -> list[str]:
    gone = {tag.casefold() for tag in changes.remove_tags}
    kept = [tag for tag in tags if tag.casefold() not in gone]
    return list(dict.fromkeys([*kept, *changes.add_tags]))


def _written(product: ProductRow, row: BulkRow, changes: Changes) -> NewProduct:
    after = {price.variant_id: price.after for price in row.prices}
    prices = [after.get(it.id, it.price) for it in product.variants]
    if not prices:
        prices = [after.get(product.variant_id, product.price)]
    moved = changes.category if row.category is not None else None
    return NewProduct(
        product.id,
        min(prices),
        row.status.after if row.status else product.status,
        moved[0] if moved is not None else product.category_id,
        row.brand.after if row.brand else product.brand,
        row.tags.after if row.tags else product.tags,
    )
