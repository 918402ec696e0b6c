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
    SlugTaken,
    VariantNotFound,
    VariantRequired,
)
from shopkeeper.catalogue.repository.lists import ProductFilters
from shopkeeper.catalogue.repository.rows import ProductRow
from shopkeeper.catalogue.routes.shown import (
    keep_drafts,
    keep_quantities,
    may_see,
    page_for,
    product_shown_to,
)
from shopkeeper.catalogue.schemas.new_products import ProductCreate, variants_of
from shopkeeper.catalogue.schemas.product_queries import ProductQuery
from shopkeeper.catalogue.schemas.products import (
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
from shopkeeper.stock.errors import StockOverflow
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import PreconditionFailed
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
    keep_quantities(caller, query)
    keep_drafts(caller, query)
    return page_for(caller).model_validate(prefetched)


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
    if not may_see(caller, prefetched):
        raise products.not_found(product_id)
    return product_shown_to(caller).model_validate(prefetched)


@api.operation(
    "GET",
    "/by-slug/<slug>",
    access=Access.PUBLIC,
    errors=[ProductNotFound],
)
def show_product_by_slug(
    session: Session, caller: CurrentUser | None, slug: str
) -> Product | ManagedProduct:
    """Show the product that is called so in addresses, or was.

    Its `slug` tells what it is called now.
    """
    product = products.get_by_slug(session, slug)
    if not may_see(caller, product):
        raise products.no_such_slug(slug)
    return product_shown_to(caller).model_validate(product)


@api.operation(
    "POST",
    "/add",
    access=Access.MANAGER,
    status=201,
    errors=[
        CategoryNotFound,
        CategoryAmbiguous,
        ProductNameTaken,
        SkuTaken,
        SlugTaken,
    ],
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
        further_categories=body.further_categories,
        description=body.description,
        new=variants_of(body),
        options=[(option.name, option.values) for option in body.options or ()],
        brand=body.brand,
        status=body.status,
        tags=body.tags,
        slug=body.slug,
        tax_class=body.tax_class,
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
        SlugTaken,
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
    about=models.Product,
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


def _managed(product: ProductRow) -> ManagedProduct:
    return ManagedProduct.model_validate(product)
