"""The log of what staff does: what is asked for, and what is shown."""

from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from shopkeeper.activity.repository import ActivityFilters
from shopkeeper.models import Role
from shopkeeper.web.schemas.base import Output, Page, PageQuery
from shopkeeper.web.schemas.fields.query import QueryId
from shopkeeper.web.schemas.fields.time import MomentInput, MomentOutput


class Entity(StrEnum):
    """What can be made or changed."""

    PRODUCTS = "products"
    VARIANTS = "variants"
    PRODUCT_OPTIONS = "product_options"
    OPTION_VALUES = "option_values"
    CATEGORIES = "categories"
    ORDERS = "orders"
    USERS = "users"
    IMPORTS = "imports"
    AUDITS = "audits"


class ActivityQuery(PageQuery):
    user_id: Annotated[
        QueryId | None, Field(description="What this member of staff has done.")
    ] = None
    operation: Annotated[
        str | None,
        Field(
            pattern="^[a-z_]{1,100}$",
            description="The `operationId` of what was done, or `apply_import`.",
        ),
    ] = None
    entity: Annotated[
        Entity | None, Field(description="Of what kind the thing is of `entity_id`.")
    ] = None
    entity_id: Annotated[
        QueryId | None, Field(description="What was done to this thing.")
    ] = None
    product_id: Annotated[
        QueryId | None,
        Field(description="What was done to a product, its variants and their stock."),
    ] = None
    from_: Annotated[
        MomentInput | None, Field(alias="from", description="Then or later.")
    ] = None
    to: Annotated[MomentInput | None, Field(description="Before.")] = None

    @model_validator(mode="after")
    def _one_of_something(self) -> Self:
        if (self.entity_id is None) != (self.entity is None):
            raise ValueError("entity and entity_id go together: which of what?")
        return self

    def filters(self) -> ActivityFilters:
        return ActivityFilters(
            user_id=self.user_id,
            operation=self.operation,
            entity=self.entity.value if self.entity else None,
            entity_id=self.entity_id,
            product_id=self.product_id,
            since=self.from_,
            until=self.to,
        )


class Change(Output):
    """What one row was before, and after: only the fields that differ.

    Decimals are texts, money in the shop's currency. What was removed has
    `removed_at`; what follows from other things is left out.
    """

    entity: Entity
    entity_id: int
    product_id: Annotated[
        int | None, Field(description="The product that it belongs to.")
    ]
    product_name: str | None
    before: dict[str, Any]
    after: dict[str, Any]


class Actor(Output):
    """Whoever has done it; without name and email once they have left."""

    id: int
    email: str | None
    full_name: str | None


class Activity(Output):
    """A write that somebody of the staff has made."""

    id: UUID
    at: MomentOutput
    user: Annotated[
        Actor | None, Field(description="Null on the command line of the server.")
    ]
    role: Annotated[
        Role | None, Field(description="Theirs at the time; null of an import.")
    ]
    operation: Annotated[
        str, Field(description="The `operationId`, or `apply_import`.")
    ]
    entity: Annotated[Entity | None, Field(description="What was made or changed.")]
    entity_id: int | None
    request_id: Annotated[
        str | None, Field(description="As in `X-Request-Id` and in the log.")
    ]
    client: Annotated[
        str | None,
        Field(
            description="A digest of the address it came from, as in the log: the same"
            " for the same address, and no way back to it."
        ),
    ]
    change_count: Annotated[
        int, Field(description="Counted to a thousand; 1001 is more than that.")
    ]
    changes: Annotated[list[Change], Field(description="The first ten of them.")]


class ActivityPage(Page[Activity]):
    """Activities, the newest first."""


class ChangePage(Page[Change]):
    """What an activity has changed, in the order it was made."""
