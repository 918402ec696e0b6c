"""How a list of products is asked for."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from shopkeeper.web.schemas.base import PageQuery
from shopkeeper.web.schemas.fields.money import PriceFilter
from shopkeeper.web.schemas.fields.query import (
    QueryBool,
    QueryCategory,
    QueryName,
    digits,
)
from shopkeeper.web.schemas.fields.text import SearchWords


class ProductSort(StrEnum):
    NAME = "name"
    NAME_DESCENDING = "-name"
    PRICE = "price"
    PRICE_DESCENDING = "-price"
    QUANTITY = "quantity"
    QUANTITY_DESCENDING = "-quantity"
    CREATED_AT = "created_at"
    CREATED_AT_DESCENDING = "-created_at"


class StatusFilter(StrEnum):
    ACTIVE = "active"
    DRAFT = "draft"
    ARCHIVED = "archived"
    ALL = "all"


class ProductQuery(PageQuery):
    category: QueryCategory | None = None
    search: SearchWords | None = None
    min_price: PriceFilter | None = None
    max_price: PriceFilter | None = None
    max_quantity: Annotated[
        int | None,
        Field(ge=0, le=2**31 - 1, description="Of which no more pieces are there."),
        BeforeValidator(digits),
    ] = None
    in_stock: QueryBool | None = None
    brand: QueryName | None = None
    tag: QueryName | None = None
    status: Annotated[
        StatusFilter,
        Field(description="`draft`, `archived` and `all` are for managers."),
    ] = StatusFilter.ACTIVE
    sort: ProductSort = ProductSort.NAME

    @property
    def tells_quantities(self) -> str | None:
        """The parameter by whose answer a quantity could be told, if there is one."""
        if self.max_quantity is not None:
            return "max_quantity"
        return "sort" if self.sort.removeprefix("-") == "quantity" else None
