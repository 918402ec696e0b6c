"""Product shares: of all that was sold, and within each category."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from sqlalchemy.orm import Session

from shopkeeper.statistics.repository.products import (
    SoldAs,
    last_sold_as,
    sum_by_sold_as,
)
from shopkeeper.statistics.repository.scope import Scope, Sums
from shopkeeper.statistics.service.asking import Question, open_books
from shopkeeper.statistics.service.names import find_names
from shopkeeper.statistics.service.profit import Figures
from shopkeeper.statistics.service.units import sum_units
from shopkeeper.statistics.shares import Whole, hundredths
from shopkeeper.utils import cursor


@dataclass(frozen=True)
class ProductShare:
    product_id: int
    product_name: str
    figures: Figures
    sales_percentage: Decimal


@dataclass(frozen=True)
class ProductShares:
    total_quantity_sold: int
    items: Sequence[ProductShare]
    next_cursor: str | None
    scope: Scope


@dataclass(frozen=True)
class CategoryProductShare:
    product_id: int
    product_name: str
    quantity_sold: int
    sales_percentage_within_category: Decimal


@dataclass(frozen=True)
class CategoryShares:
    category_id: int
    category_name: str
    total_category_quantity: int
    products: Sequence[CategoryProductShare]


@dataclass(frozen=True)
class AllCategoryShares:
    items: Sequence[CategoryShares]
    scope: Scope


def get_product_sales(
    session: Session, question: Question, *, limit: int, after: str | None
) -> ProductShares:
    """Each product's share of all pieces sold, the best first.

    The shares are of the whole result. A cursor holds on to the moment of the
    first page, so that all pages are of the same books.
    """
    offset = 0
    if after is not None:
        as_of, offset = cursor.decode("product-sales", after, [str, int])
        question = Question(**{**question.__dict__, "as_of": cursor.moment(as_of)})
    books = open_books(session, question)
    scope = books.scope
    ids, units = _ranking(sum_units(session, books))
    shares = hundredths(units)
    page = [int(product_id) for product_id in ids[offset : offset + limit]]
    details = sum_by_sold_as(session, scope, books.closed_until, page)
    sums, names = _by_product(session, scope, details)
    items = [
        ProductShare(
            product_id,
            names[product_id],
            Figures(sums[product_id]),
            Decimal(int(share)).scaleb(-2),
        )
        for product_id, share in zip(page, shares[offset : offset + limit], strict=True)
    ]
    following = offset + limit
    return ProductShares(
        total_quantity_sold=sum(units.tolist()),
        items=items,
        next_cursor=cursor.encode("product-sales", [scope.as_of.isoformat(), following])
        if following < len(ids)
        else None,
        scope=scope,
    )


def _ranking(rows: Whole) -> tuple[Whole, Whole]:
    """Products, sorted by id, and their pieces: the most first."""
    order = np.argsort(-rows[:, 1], kind="stable")
    return rows[order, 0], rows[order, 1]


def _by_product(
    session: Session, scope: Scope, details: Mapping[SoldAs, Sums]
) -> tuple[dict[int, Sums], dict[int, str]]:
    """The sums of each product, and the name it was last sold under."""
    sums: dict[int, Sums] = defaultdict(Sums)
    names: dict[int, set[str]] = defaultdict(set)
    for sold_as, part in details.items():
        sums[sold_as.product_id] = sums[sold_as.product_id].plus(part)
        names[sold_as.product_id].add(sold_as.product_name)
    renamed = [product_id for product_id, known in names.items() if len(known) > 1]
    last = last_sold_as(session, scope, ("product_id",), renamed)
    return sums, {
        product_id: last[product_id,].product_name
        if product_id in renamed
        else next(iter(known))
        for product_id, known in names.items()
    }


def get_category_sales(
    session: Session, question: Question, *, limit: int | None
) -> AllCategoryShares:
    """Each product's share within its category as sold; the best first.

    Args:
        session: The transaction.
        question: What is asked.
        limit: How many products of each category to tell at most; None for all.
    """
    books = open_books(session, question)
    scope = books.scope
    rows = sum_units(session, books, by_category=True)
    categories, begins = np.unique(rows[:, 0], return_index=True)
    rankings = {
        int(category_id): _ranking(of_it[:, 1:])
        for category_id, of_it in zip(
            categories, np.split(rows, begins[1:]), strict=False
        )
    }
    shown = [
        (category_id, product_id)
        for category_id, (ids, _) in rankings.items()
        for product_id in ids[:limit].tolist()
    ]
    names = find_names(session, books, shown)
    items = []
    for category_id, (ids, units) in rankings.items():
        shares = hundredths(units)[:limit]
        items.append(
            CategoryShares(
                category_id,
                names.categories[category_id],
                sum(units.tolist()),
                [
                    CategoryProductShare(
                        product_id,
                        names.products[category_id, product_id],
                        pieces,
                        Decimal(share).scaleb(-2),
                    )
                    for product_id, pieces, share in zip(
                        ids[:limit].tolist(),
                        units[:limit].tolist(),
                        shares.tolist(),
                        strict=True,
                    )
                ],
            )
        )
    items.sort(key=lambda item: (-item.total_category_quantity, item.category_id))
    return AllCategoryShares(items, scope)
