"""The categories that a list of products asks for, and what is found in them."""

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    case,
    collate,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import aliased

from shopkeeper.models import Category, Product
from shopkeeper.models.base import COLLATION

_BELOW = aliased(Category)
_TOP = aliased(Category)
_WORDS: ColumnElement[str] = func.lower(
    collate(bindparam("category", type_=Text), COLLATION)
)


def _with_below(category_id: ColumnElement[int]) -> Select[int]:
    """The ids of a category and of all below it, whose paths begin with its own.

    Keys of paths are compared code point by code point: `!` is next after the space.
    """
    top, below = func.lower(_TOP.path), func.lower(_BELOW.path)
    return (
        select(_BELOW.id)
        .select_from(_TOP)
        .join(
            _BELOW,
            (_BELOW.id == _TOP.id)
            | ((below >= top.concat(" > ")) & (below < top.concat(" >!"))),
        )
        .where(
            _TOP.id == category_id,
            _TOP.removed_at.is_(None),
            _BELOW.removed_at.is_(None),
        )
    )


# Where the products stand that are asked for: of a name that is that of several, none.
SHELVES: dict[str, Select[int]] = {
    "category_id": _with_below(bindparam("category_id", type_=BigInteger)),
    "category": _with_below(
        func.coalesce(
            select(Category.id)
            .where(Category.removed_at.is_(None), func.lower(Category.path) == _WORDS)
            .scalar_subquery(),
            select(case((func.count() == 1, func.min(Category.id))))
            .where(Category.removed_at.is_(None), func.lower(Category.name) == _WORDS)
            .scalar_subquery(),
        )
    ),
}


def is_found_in(shelves: Select[int]) -> ColumnElement[bool]:
    """That a product is found in one of several categories without standing there."""
    ids = select(func.array_agg(shelves.subquery().c.id)).scalar_subquery()
    return and_(
        literal_column("products.further_category_ids <> '{}'"),
        Product.further_category_ids.overlap(ids),
    )
