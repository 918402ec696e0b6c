from sqlalchemy.orm import Session

from shopkeeper import models
from shopkeeper.catalogue.errors import CategoryNameTaken, CategoryNotFound
from shopkeeper.catalogue.repository.lists import ProductFilters
from shopkeeper.catalogue.schemas.categories import (
    Category,
    CategoryCreate,
    CategoryDelete,
    CategoryPage,
    CategoryProductsQuery,
    CategoryUpdate,
)
from shopkeeper.catalogue.schemas.products import ManagedProductPage, ProductPage
from shopkeeper.catalogue.service import categories
from shopkeeper.catalogue.service import products as products_service
from shopkeeper.database.statements import at_once
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.results import Created
from shopkeeper.web.schemas.base import PageQuery

api = Api("categories", "/categories", tag="Catalogue")


@api.operation("GET", "", access=Access.PUBLIC)
def list_categories(session: Session, query: PageQuery) -> CategoryPage:
    """List the categories by name, with how many products each has.

    By name, each with the number of its products.
    """
    page = categories.list_categories(session, query.limit, query.cursor)
    return CategoryPage.model_validate(page)


@api.operation(
    "POST",
    "/add",
    access=Access.MANAGER,
    status=201,
    errors=[CategoryNameTaken],
    makes=models.Category,
)
def add_category(session: Session, body: CategoryCreate) -> Created[Category]:
    """Make a category."""
    category = categories.add_category(session, body.name)
    location = f"/categories/products?id={category.id}"
    return Created(Category.model_validate(category), location)


@api.operation("GET", "/products", access=Access.PUBLIC, errors=[CategoryNotFound])
def list_category_products(
    session: Session, caller: CurrentUser | None, query: CategoryProductsQuery
) -> ProductPage | ManagedProductPage:
    """List the products of one category, by its name or id.

    Of one category, told by its name or by its id.
    """
    category_id = categories.resolve_category(session, query.category, query.id)
    page = at_once(
        session,
        lambda batch: products_service.ask_for_products(
            batch,
            ProductFilters(category_id=category_id),
            sort="name",
            limit=query.limit,
            after=query.cursor,
        ),
    )
    shown = ManagedProductPage if caller and caller.is_manager else ProductPage
    return shown.model_validate(page)


@api.operation(
    "PUT",
    "/update",
    access=Access.MANAGER,
    errors=[CategoryNotFound, CategoryNameTaken],
    makes=models.Category,
)
def rename_category(session: Session, body: CategoryUpdate) -> Category:
    """Rename a category. Past sales keep the name they were made under."""
    category = categories.rename_category(session, body.id, body.name)
    return Category.model_validate(category)


@api.operation(
    "DELETE", "/delete", access=Access.MANAGER, status=204, errors=[CategoryNotFound]
)
def remove_category(session: Session, query: CategoryDelete) -> None:
    """Take a category and its products out of the catalogue."""
    categories.remove_category(session, query.id)
