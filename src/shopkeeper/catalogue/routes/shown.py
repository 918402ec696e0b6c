"""What whoever asks may see of products: drafts, costs and quantities."""

from typing import cast

from shopkeeper.catalogue.repository.rows import ProductRow
from shopkeeper.catalogue.schemas.product_queries import ProductQuery, StatusFilter
from shopkeeper.catalogue.schemas.products import (
    CoarseProduct,
    CoarseProductPage,
    ManagedProduct,
    ManagedProductPage,
    Product,
    ProductPage,
)
from shopkeeper.catalogue.schemas.variants import (
    OneCoarseVariant,
    OneManagedVariant,
    OneVariant,
)
from shopkeeper.models.product import ProductStatus
from shopkeeper.utils.errors import ValidationFailed
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.identity import CurrentUser


def keep_quantities(caller: CurrentUser | None, query: ProductQuery) -> None:
    """Where quantities are nobody's business, they are not to be found out either."""
    is_manager = caller is not None and caller.is_manager
    told = query.tells_quantities
    if told is not None and not is_manager and get_settings().public_stock == "coarse":
        raise ValidationFailed(
            [{"parameter": told, "message": "this shop does not tell its quantities"}]
        )


def keep_drafts(caller: CurrentUser | None, query: ProductQuery) -> None:
    """What is not active is the managers' alone."""
    if query.status != StatusFilter.ACTIVE and not (caller and caller.is_manager):
        message = "only managers are shown what is not active"
        raise ValidationFailed([{"parameter": "status", "message": message}])


def may_see(caller: CurrentUser | None, product: ProductRow) -> bool:
    is_manager = caller is not None and caller.is_manager
    return product.status == ProductStatus.ACTIVE or is_manager


def product_shown_to(caller: CurrentUser | None) -> type[Product]:
    if caller is not None and caller.is_manager:
        return ManagedProduct
    return CoarseProduct if get_settings().public_stock == "coarse" else Product


def page_for(caller: CurrentUser | None) -> type[ProductPage | ManagedProductPage]:
    if caller is not None and caller.is_manager:
        return ManagedProductPage
    if get_settings().public_stock == "coarse":
        return cast("type[ProductPage]", CoarseProductPage)  # Of the same fields.
    return ProductPage


def variant_shown_to(
    caller: CurrentUser | None,
) -> type[OneVariant | OneManagedVariant]:
    if caller is not None and caller.is_manager:
        return OneManagedVariant
    return OneCoarseVariant if get_settings().public_stock == "coarse" else OneVariant
