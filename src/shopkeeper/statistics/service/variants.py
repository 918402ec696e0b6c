"""Variant shares: of all pieces that were sold."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from sqlalchemy.orm import Session

from shopkeeper.statistics.repository.scope import Scope
from shopkeeper.statistics.repository.variants import (
    SoldVariant,
    list_last_sold,
    sum_by_variant,
)
from shopkeeper.statistics.service.asking import Question, open_books
from shopkeeper.statistics.service.profit import Figures
from shopkeeper.statistics.shares import hundredths
from shopkeeper.utils import cursor

LIST = "variant-sales"


@dataclass(frozen=True)
class VariantShare:
    product_id: int
    variant: SoldVariant
    figures: Figures
    sales_percentage: Decimal


@dataclass(frozen=True)
class VariantShares:
    total_quantity_sold: int
    items: Sequence[VariantShare]
    next_cursor: str | None
    scope: Scope


def get_variant_sales(
    session: Session, question: Question, *, limit: int, after: str | None
) -> VariantShares:
    """Each variant's share of all pieces sold, the best first.

    As of products: the shares are of the whole result, and a cursor holds on to the
    moment of the first page.
    """
    offset = 0
    if after is not None:
        as_of, offset = cursor.decode(LIST, after, [str, int])
        question = Question(**{**question.__dict__, "as_of": cursor.moment(as_of)})
    scope = open_books(session, question).scope
    ranked = sorted(
        sum_by_variant(session, scope),
        key=lambda each: (-each.sums.net_units, each.variant_id),
    )
    units = np.array([each.sums.net_units for each in ranked], dtype=np.int64)
    shares = hundredths(units)
    following = offset + limit
    page = ranked[offset:following]
    named = list_last_sold(session, scope, page)
    return VariantShares(
        total_quantity_sold=sum(each.sums.net_units for each in ranked),
        items=[
            VariantShare(
                each.product_id,
                named[each.variant_id],
                Figures(each.sums),
                Decimal(int(share)).scaleb(-2),
            )
            for each, share in zip(page, shares[offset:following], strict=True)
        ],
        next_cursor=cursor.encode(LIST, [scope.as_of.isoformat(), following])
        if following < len(ranked)
        else None,
        scope=scope,
    )
