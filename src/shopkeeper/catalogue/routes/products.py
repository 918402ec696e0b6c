from typing import cast

from sqlalchemy.orm import Session

from shopkeeper import models
from shopkeeper.catalogue.errors import (
    BackordersWaiting,
    CategoryAmbiguous,
    CategoryNotFound,
    CategoryRemoved,
    ProductNameTaken,
    ProductNotFound,
    RestoreExpired,
    SkuTaken,
    VariantNotFound,
    VariantRequired,
)
from shopkeeper.catalogue.repository.lists import ProductFilters
from shopkeeper.catalogue.repository.rows import ProductRow
from shopkeeper.catalogue.schemas.new_products import ProductCreate, variants_of
from shopkeeper.catalogue.schemas.product_queries import ProductQuery, StatusFilter
from shopkeeper.catalogue.schemas.products import (
    CoarseProduct,
    CoarseProductPage,
    ManagedProduct,
    ManagedProductPage,
    Product,
    ProductPage,
    ProductReceive,
    ProductRemove,
    ProductRestore,
    ProductUpdate,
    ReceivedProduct,
)
from shopkeeper.catalogue.service import product_lists, products, restoring, variants
from shopkeeper.database.pages import Slice
from shopkeeper.database.statements import Batch, Deferred
from shopkeeper.models.product import ProductStatus
from shopkeeper.stock.errors import StockOverflow
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import PreconditionFailed, ValidationFailed
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.results import Created

api = Api("products", "/products", tag="Catalogue")


def _ask_for_products(batch: Batch, query: ProductQuery) -> Deferred[Slice[ProductRow]]:
    filters = ProductFilters(
        category=query.category,
        search=query.search,
        min_price=query.min_price,
        max_price=query.max_price,
        max_quantity=query.max_quantity,
        in_stock=query.in_stock,
        brand=query.brand,
        tag=query.tag,
        status=query.status,
    )
    return product_lists.ask_for_products(
        batch,
        filters,
        sort=query.sort,
        limit=query.limit,
        after=query.cursor,
    )


@api.operation(
    "GET",
    "",
    access=Access.PUBLIC,
    errors=[CategoryAmbiguous],
    prefetch=_ask_for_products,
)
def list_products(
    caller: CurrentUser | None,
    query: ProductQuery,
    prefetched: Slice[ProductRow],
) -> ProductPage | ManagedProductPage:
    """List, filter, search and sort the products on sale.

    Filtered, searched and sorted; a manager is shown the cost too.
    """
    _keep_quantities(caller, query)
    _keep_drafts(caller, query)
    return _page_for(caller).model_validate(prefetched)


@api.operation(
    "GET",
    "/<id:product_id>",
    access=Access.PUBLIC,
    errors=[ProductNotFound],
    prefetch=products.ask_for_product,
)
def show_product(
    caller: CurrentUser | None,
    prefetched: ProductRow,
    product_id: int,
) -> Product | ManagedProduct:
    """Show one product.

    With its present stock; a manager is shown the cost too. The ETag is for If-Match.
    """
    is_manager = caller is not None and caller.is_manager
    if prefetched.status != ProductStatus.ACTIVE and not is_manager:
        raise products.not_found(product_id)
    return _shown_to(caller).model_validate(prefetched)


@api.operation(
    "POST",
    "/add",
    access=Access.MANAGER,
    status=201,
    errors=[CategoryNotFound, CategoryAmbiguous, ProductNameTaken, SkuTaken],
    makes=models.Product,
)
def add_product(
    session: Session, caller: CurrentUser, body: ProductCreate
) -> Created[ManagedProduct]:
    """Put a product on sale, or one of several variants, all at once."""
    product = products.add_product(
        session,
        caller.id,
        name=body.name,
        category=body.category,
        description=body.description,
        new=variants_of(body),
        options=[(option.name, option.values) for option in body.options or ()],
        brand=body.brand,
        status=body.status,
        tags=body.tags,
    )
    return Created(_managed(product), f"/products/{product.id}")


@api.operation(
    "PUT",
    "/update",
    access=Access.MANAGER,
    errors=[
        ProductNotFound,
        CategoryNotFound,
        CategoryAmbiguous,
        ProductNameTaken,
        SkuTaken,
        VariantRequired,
        BackordersWaiting,
        PreconditionFailed,
    ],
    makes=models.Product,
)
def update_product(
    session: Session,
    caller: CurrentUser,
    body: ProductUpdate,
    precondition: Precondition,
) -> ManagedProduct:
    """Change a product. What is absent stays; null clears cost, sku, description."""
    changes = body.model_dump(exclude_unset=True, exclude={"id"})
    product = products.update_product(
        session, caller.id, body.id, changes, precondition
    )
    return _managed(product)


@api.operation(
    "POST",
    "/receive",
    access=Access.MANAGER,
    errors=[
        ProductNotFound,
        VariantNotFound,
        VariantRequired,
        StockOverflow,
        PreconditionFailed,
    ],
    makes=models.Product,
)
def receive_product(
    session: Session,
    caller: CurrentUser,
    body: ProductReceive,
    precondition: Precondition,
) -> ReceivedProduct:
    """Take in pieces with what each has cost; the product's cost is the average."""
    product, movement = variants.receive_stock(
        session,
        caller.id,
        body.id,
        body.variant_id,
        body.quantity,
        body.unit_cost,
        body.reference,
        precondition,
    )
    return ReceivedProduct.of(product, movement)


@api.operation(
    "DELETE",
    "/remove",
    access=Access.MANAGER,
    status=204,
    errors=[ProductNotFound, PreconditionFailed],
)
def remove_product(
    session: Session, query: ProductRemove, precondition: Precondition
) -> None:
    """Take a product out of the catalogue. Past orders and statistics keep it."""
    products.remove_product(session, query.id, precondition)


@api.operation(
    "POST",
    "/restore",
    access=Access.MANAGER,
    errors=[
        ProductNotFound,
        RestoreExpired,
        CategoryRemoved,
        ProductNameTaken,
        SkuTaken,
    ],
    makes=models.Product,
)
def restore_product(session: Session, body: ProductRestore) -> ManagedProduct:
    """Undo a removal, for 30 days: the product is on sale as it was."""
    return _managed(restoring.restore_product(session, body.id))


def _keep_quantities(caller: CurrentUser | None, query: ProductQuery) -> None:
    """Where quantities are nobody's business, they are not to be found out either."""
    is_manager = caller is not None and caller.is_manager
    told = query.tells_quantities
    if told is not None and not is_manager and get_settings().public_stock == "coarse":
        raise ValidationFailed(
            [{"parameter": told, "message": "this shop does not tell its quantities"}]
        )


def _keep_drafts(caller: CurrentUser | None, query: ProductQuery) -> None:
    """What is not active is the managers' alone."""
    if query.status != StatusFilter.ACTIVE and not (caller and caller.is_manager):
        message = "only managers are shown what is not active"
        raise ValidationFailed([{"parameter": "status", "message": message}])


def _managed(product: ProductRow) -> ManagedProduct:
    return ManagedProduct.model_validate(product)


def _shown_to(caller: CurrentUser | None) -> type[Product]:
    if caller is not None and caller.is_manager:
        return ManagedProduct
    return CoarseProduct if get_settings().public_stock == "coarse" else Product


def _page_for(caller: CurrentUser | None) -> type[ProductPage | ManagedProductPage]:
    if caller is not None and caller.is_manager:
        return ManagedProductPage
    if get_settings().public_stock == "coarse":
        return cast("type[ProductPage]", CoarseProductPage)  # Of the same fields.
    return ProductPage
