from shopkeeper.schemas.base import Input, Output, Page, PageQuery, Query
from shopkeeper.schemas.fields.numbers import (
    Id,
)
from shopkeeper.schemas.fields.query import (
    QueryId,
    QueryName,
)
from shopkeeper.schemas.fields.text import (
    CategoryName,
)
from shopkeeper.schemas.fields.time import (
    MomentOutput,
)


class CategoryCreate(Input):
    name: CategoryName


class CategoryUpdate(Input):
    id: Id
    name: CategoryName


class CategoryDelete(Query):
    id: QueryId


class CategoryProductsQuery(PageQuery):
    category: QueryName | None = None
    id: QueryId | None = None


class Category(Output):
    id: int
    name: str
    product_count: int
    created_at: MomentOutput
    updated_at: MomentOutput


class CategoryPage(Page[Category]):
    """Categories."""
