from shopkeeper.web.schemas.base import Input, Output, Page, PageQuery, Query
from shopkeeper.web.schemas.fields.numbers import Id
from shopkeeper.web.schemas.fields.query import QueryId, QueryName
from shopkeeper.web.schemas.fields.text import CategoryName
from shopkeeper.web.schemas.fields.time import MomentOutput


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
