from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from shopkeeper.web.schemas.base import Input, Output, Page, PageQuery, Query
from shopkeeper.web.schemas.fields.numbers import Id
from shopkeeper.web.schemas.fields.presence import absent
from shopkeeper.web.schemas.fields.query import (
    QueryBool,
    QueryCategory,
    QueryId,
    digits,
)
from shopkeeper.web.schemas.fields.text import CategoryPath
from shopkeeper.web.schemas.fields.time import MomentOutput

Position = Annotated[
    int,
    Field(ge=1, le=2**31 - 1, description="Its place among those beside it."),
]


class CategoryCreate(Input):
    name: CategoryPath
    parent_id: Annotated[
        Id | None, Field(description="What it stands below; null is the top.")
    ] = None
    position: Annotated[
        Position, Field(description="Its place among those beside it; else the last.")
    ] = absent()


class CategoryUpdate(Input):
    """What changes. An absent field stays."""

    id: Id
    name: Annotated[
        CategoryPath, Field(description="A name; as a path, it is moved there.")
    ] = absent()
    parent_id: Annotated[
        Id | None,
        Field(description="What it is to stand below, with all below it; null: top."),
    ] = absent()
    position: Position = absent()


class CategoryDelete(Query):
    id: QueryId
    expected_products: Annotated[
        int | None,
        Field(
            ge=0,
            le=2**31 - 1,
            description="Only if so many products go with it; else 409.",
        ),
        BeforeValidator(digits),
    ] = None
    dry_run: Annotated[
        QueryBool, Field(description="Tell what would go, and let it stand.")
    ] = False


class CategoryRestore(Input):
    id: Id


class CategorySort(StrEnum):
    NAME = "name"
    POSITION = "position"


class CategoryQuery(PageQuery):
    parent_id: Annotated[
        QueryId | None, Field(description="Only those right below this one.")
    ] = None
    sort: Annotated[
        CategorySort,
        Field(
            description="By their paths, or as the shop orders them: each behind what"
            " it stands below."
        ),
    ] = CategorySort.NAME


class CategoryProductsQuery(PageQuery):
    category: QueryCategory | None = None
    id: QueryId | None = None


class Category(Output):
    id: int
    name: str
    path: Annotated[str, Field(examples=["Men > Shoes"])]
    parent_id: int | None
    position: int
    product_count: Annotated[
        int, Field(description="With those of all that stands below it.")
    ]
    created_at: MomentOutput
    updated_at: MomentOutput


class CategoryPage(Page[Category]):
    """Categories."""


class CategoryRemoval(Output):
    """What would leave the catalogue with a category."""

    categories: Annotated[int, Field(description="It, and all that stand below it.")]
    products: int
    variants: int
    pieces: Annotated[int, Field(description="In stock of them.")]
