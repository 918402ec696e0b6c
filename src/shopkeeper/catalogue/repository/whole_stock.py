"""How much there is of a whole product, as lists of products ask for it."""

from sqlalchemy import BigInteger, ColumnElement, case, cast, exists, func, or_, select
from sqlalchemy.orm import aliased

from shopkeeper.models import Product, Stock, Variant

# How many pieces there are of a product: of all variants, where it has several.
_OF_A_VARIANT = aliased(Stock)
PIECES: ColumnElement[int] = case(
    (Product.variant_count == 1, Stock.quantity),
    else_=select(cast(func.sum(_OF_A_VARIANT.quantity), BigInteger))
    .join(Variant, Variant.id == _OF_A_VARIANT.variant_id)
    .where(Variant.product_id == Product.id, Variant.removed_at.is_(None))
    .correlate(Product)
    .scalar_subquery(),
)
# What is not counted is always there.
IS_THERE: ColumnElement[bool] = case(
    (
        Product.variant_count == 1,
        or_(Stock.quantity > 0, Stock.tracked.is_(False)),
    ),
    else_=exists()
    .where(
        Variant.product_id == Product.id,
        Variant.removed_at.is_(None),
        _OF_A_VARIANT.variant_id == Variant.id,
        or_(_OF_A_VARIANT.quantity > 0, _OF_A_VARIANT.tracked.is_(False)),
    )
    .correlate(Product),
)
