from sqlalchemy.orm import Session

from shopkeeper import models
from shopkeeper.catalogue.errors import (
    CategoryAmbiguous,
    CategoryCircle,
    CategoryNameTaken,
    CategoryNotFound,
    CategoryRemoved,
    CategoryTooDeep,
    ProductCountDiffers,
    ProductNameTaken,
    RestoreExpired,
    SkuTaken,
)
from shopkeeper.catalogue.schemas.categories import (
    Category,
    CategoryCreate,
    CategoryDelete,
    CategoryPage,
    CategoryProductsQuery,
    CategoryQuery,
    CategoryRemoval,
    CategoryRestore,
    CategorySort,
    CategoryUpdate,
)
from shopkeeper.catalogue.schemas.products import ManagedProductPage, ProductPage
from shopkeeper.catalogue.service import (
    categories,
    category_tree,
    product_lists,
    restoring,
)
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.results import Created, Trial

api = Api("categories", "/categories", tag="Catalogue")


@api.operation("GET", "", access=Access.PUBLIC)
def list_categories(session: Session, query: CategoryQuery) -> CategoryPage:
    """List the categories, with how many products each has.

    By name, or in the order of the tree; each with the number of its products and of
    those below it.
    """
    listed = (
        categories.list_category_tree
        if query.sort is CategorySort.POSITION
        else categories.list_categories
    )
    page = listed(session, query.limit, query.cursor, query.parent_id)
    return CategoryPage.model_validate(page)


@api.operation(
    "POST",
    "/add",
    access=Access.MANAGER,
    status=201,
    errors=[CategoryNotFound, CategoryNameTaken, CategoryTooDeep],
    makes=models.Category,
)
def add_category(session: Session, body: CategoryCreate) -> Created[Category]:
    """Make a category, at the top of the tree or below another."""
    category = category_tree.add_category(
        session, body.name, body.parent_id, body.position
    )
    location = f"/categories/products?id={category.id}"
    return Created(Category.model_validate(category), location)


@api.operation(
    "GET",
    "/products",
    access=Access.PUBLIC,
    errors=[CategoryNotFound, CategoryAmbiguous],
)
def list_category_products(
    session: Session, caller: CurrentUser | None, query: CategoryProductsQuery
) -> ProductPage | ManagedProductPage:
    """List the products of one category and of those below it, by its name or id.

    Of one category, told by its path, its name or its id, and of all below it.
    """
    category_id = categories.resolve_category(session, query.category, query.id)
    page = product_lists.list_products_of(
        session, category_id, query.limit, query.cursor
    )
    shown = ManagedProductPage if caller and caller.is_manager else ProductPage
    return shown.model_validate(page)


@api.operation(
    "PUT",
    "/update",
    access=Access.MANAGER,
    errors=[
        CategoryNotFound,
        CategoryNameTaken,
        CategoryCircle,
        CategoryTooDeep,
    ],
    makes=models.Category,
)
def update_category(session: Session, body: CategoryUpdate) -> Category:
    """Rename or move a category. Past sales keep the path they were made under."""
    said = body.model_fields_set
    category = category_tree.update_category(
        session,
        body.id,
        path=body.name,
        position=body.position,
        **({"parent_id": body.parent_id} if "parent_id" in said else {}),
    )
    return Category.model_validate(category)


@api.operation(
    "DELETE",
    "/delete",
    access=Access.MANAGER,
    status=204,
    errors=[CategoryNotFound, ProductCountDiffers],
    about=models.Category,
)
def remove_category(
    session: Session, query: CategoryDelete
) -> Trial[CategoryRemoval] | None:
    """Take a category, all below it, and their products out of the catalogue."""
    if query.dry_run:
        found = category_tree.weigh_removal(session, query.id)
        return Trial(CategoryRemoval.model_validate(found))
    category_tree.remove_category(session, query.id, query.expected_products)
    return None


@api.operation(
    "POST",
    "/restore",
    access=Access.MANAGER,
    errors=[
        CategoryNotFound,
        RestoreExpired,
        CategoryRemoved,
        CategoryNameTaken,
        CategoryTooDeep,
        ProductNameTaken,
        SkuTaken,
    ],
    makes=models.Category,
)
def restore_category(session: Session, body: CategoryRestore) -> Category:
    """Undo a removal, for 30 days: the category, all below it, and their products."""
    return Category.model_validate(restoring.restore_category(session, body.id))
