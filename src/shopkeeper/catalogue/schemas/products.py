from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from shopkeeper.catalogue.repository.rows import Availability
from shopkeeper.catalogue.schemas.variants import (
    ChangedDetails,
    CoarseVariant,
    ManagedVariant,
    Option,
    Variant,
)
from shopkeeper.models.product import ProductStatus
from shopkeeper.stock.schemas import StockMovement
from shopkeeper.utils.conditional import MANAGED
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.schemas.base import Input, Page, Query, VersionedOutput
from shopkeeper.web.schemas.fields.money import (
    CostInput,
    CostMoney,
    Money,
    PriceInput,
    ShopCurrency,
)
from shopkeeper.web.schemas.fields.numbers import Id, Quantity, Received
from shopkeeper.web.schemas.fields.presence import absent
from shopkeeper.web.schemas.fields.query import (
    QueryId,
)
from shopkeeper.web.schemas.fields.text import (
    Brand,
    CategoryPath,
    Description,
    FurtherCategories,
    Name,
    Reference,
    Sku,
    SlugText,
    Tags,
    TaxClass,
)
from shopkeeper.web.schemas.fields.time import MomentOutput

Status = Annotated[
    ProductStatus,
    Field(
        strict=False,
        description="Only what is active is shown to all, and can be ordered.",
    ),
]


class ProductUpdate(ChangedDetails):
    """What changes. An absent field stays; null clears what may be empty."""

    id: Id
    name: Name = absent()
    quantity: Quantity = absent()
    price: PriceInput = absent()
    category: CategoryPath = absent()
    cost: CostInput | None = absent()
    sku: Sku | None = absent()
    description: Description | None = absent()
    brand: Brand | None = absent()
    status: Status = absent()
    tags: Annotated[Tags, Field(description="All of them.")] = absent()
    further_categories: FurtherCategories = absent()
    slug: SlugText = absent()
    tax_class: TaxClass | None = absent()


class ProductReceive(Input):
    """Pieces that have come in, and what each of them has cost."""

    id: Id
    variant_id: Annotated[
        Id | None, Field(description="Needed of a product of several variants.")
    ] = None
    quantity: Received
    unit_cost: CostInput
    reference: Reference | None = None


class ProductRemove(Query):
    id: QueryId


class ProductRestore(Input):
    id: Id


class _Exact:
    """In the document, a quantity is null only where the shop shows none."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        if get_settings().public_stock == "exact":
            return {"type": "integer", "format": "int64"}
        return handler(core)


class Product(VersionedOutput):
    """A product as everybody sees it."""

    id: int
    sku: str | None
    name: str
    slug: Annotated[
        str,
        Field(
            description="What it is called in addresses.",
            examples=["walnut-desk-organiser"],
        ),
    ]
    description: str | None
    category: Annotated[
        str,
        Field(
            description="The path of what it stands in: `Men > Shoes`.",
            examples=["Stationery"],
        ),
    ]
    category_id: int
    further_categories: Annotated[
        list[str], Field(description="The paths of those that it is found in, too.")
    ]
    brand: str | None
    status: ProductStatus
    tags: list[str]
    quantity: Annotated[int | None, _Exact()]
    availability: Annotated[
        Availability,
        Field(
            description="`low_stock` below the shop's own bound (`LOW_STOCK`);"
            " `backorder` of what is not there, and may be ordered."
        ),
    ]
    price: Money
    currency: ShopCurrency
    variant_id: Annotated[
        int, Field(description="The first of its variants; without options, its only.")
    ]
    options: list[Option]
    variants: Annotated[
        list[Variant],
        Field(description="Those of a product with options, in their order."),
    ]
    created_at: MomentOutput
    updated_at: MomentOutput


class CoarseProduct(Product):
    """A product as everybody sees it where the stock is nobody's business."""

    variants: list[CoarseVariant]  # type: ignore[assignment]  # Nobody adds to it.

    quantity: Annotated[None, BeforeValidator(lambda _: None)]
    updated_at: Annotated[MomentOutput, Field(validation_alias="changed_at")]
    version_tag: Annotated[str, Field(exclude=True, validation_alias="coarse_tag")]


class ManagedProduct(Product):
    """A product as a manager sees it: with what a piece of it costs the shop."""

    quantity: int
    cost: CostMoney | None
    tax_class: str | None
    tracked: Annotated[
        bool, Field(description="Whether its stock is counted: that of all variants.")
    ]
    backorder_limit: Annotated[
        int | None,
        Field(description="Null is any number; 0 of several variants, which have it."),
    ]
    waiting: Annotated[
        int, Field(description="Pieces that are sold, and are not there yet.")
    ]
    variants: list[ManagedVariant]  # type: ignore[assignment]

    @property
    def etag(self) -> str:
        return super().etag + MANAGED


class ReceivedProduct(ManagedProduct):
    """A product after a receipt, with what the ledger says of that."""

    movement: StockMovement

    @classmethod
    def of(cls, product: Any, movement: Any) -> Self:
        shown = ManagedProduct.model_validate(product)
        return cls(
            movement=StockMovement.model_validate(movement),
            **{name: getattr(shown, name) for name in ManagedProduct.model_fields},
        )


class ProductPage(Page[Product]):
    """Products."""


class CoarseProductPage(Page[CoarseProduct]):
    """Products without their quantity."""


class ManagedProductPage(Page[ManagedProduct]):
    """Products with their cost."""
