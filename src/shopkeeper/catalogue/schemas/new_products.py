"""Products that are put on sale: of one variant, or of several."""

from typing import Annotated, Any

from pydantic import (
    ConfigDict,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from shopkeeper.catalogue.repository.variants import NewVariant
from shopkeeper.catalogue.schemas.products import Status
from shopkeeper.catalogue.schemas.variants import (
    NewDetails,
    NewVariants,
    Options,
    new_variants,
)
from shopkeeper.models.product import ProductStatus
from shopkeeper.utils.errors import ValidationFailed
from shopkeeper.web.schemas.fields.money import CostInput, PriceInput
from shopkeeper.web.schemas.fields.numbers import Quantity
from shopkeeper.web.schemas.fields.presence import absent
from shopkeeper.web.schemas.fields.text import (
    Brand,
    CategoryPath,
    Description,
    FurtherCategories,
    Name,
    Sku,
    SlugText,
    Tags,
    TaxClass,
)

_UNSAID = object()


def _unsaid() -> Any:
    """As a default: it is looked at, and told from null."""
    return Field(default_factory=lambda: _UNSAID, validate_default=True)


def _needed_without_variants(
    value: Any, validate: ValidatorFunctionWrapHandler, info: ValidationInfo
) -> Any:
    if value is not _UNSAID:
        return validate(value)
    # What is not valid itself is not among the data, and is told already.
    if all(info.data.get(name, _UNSAID) is None for name in ("options", "variants")):
        raise PydanticCustomError("missing", "is missing")
    return None


NEEDED = WrapValidator(_needed_without_variants)


class ProductCreate(NewDetails):
    """A product; with `options` and `variants`, one of several variants.

    Without them, it needs `quantity` and `price` itself.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Walnut desk organiser",
                    "category": "Stationery",
                    "quantity": 25,
                    "price": "59.00",
                    "cost": "27.50",
                    "sku": "WDO-01",
                }
            ]
        }
    )

    name: Name
    options: Options = absent()
    variants: NewVariants = absent()
    quantity: Annotated[Quantity, NEEDED] = _unsaid()
    price: Annotated[
        PriceInput,
        NEEDED,
        Field(description="With variants, of those that name none themselves."),
    ] = _unsaid()
    category: CategoryPath
    cost: CostInput | None = None
    sku: Sku | None = None
    description: Description | None = None
    brand: Brand | None = None
    status: Status = ProductStatus.ACTIVE
    tags: Tags = Field(default_factory=list)
    further_categories: FurtherCategories = Field(default_factory=list)
    slug: SlugText | None = None
    tax_class: TaxClass | None = None


# What is said of each variant, where there are several.
OF_A_VARIANT = ("quantity", "cost", "sku")


def variants_of(body: ProductCreate) -> list[NewVariant]:
    """What a new product is written down as: one variant, or those that it names.

    Raises:
        ValidationFailed: If it says one of options and variants alone, or of the
            product what is each variant's.
    """
    if not body.model_fields_set & {"options", "variants"}:
        return [
            NewVariant(
                body.price,
                body.sku,
                quantity=body.quantity,
                cost=body.cost,
                **{name: getattr(body, name) for name in NewDetails.model_fields},
            )
        ]
    for name, other in (("options", "variants"), ("variants", "options")):
        if getattr(body, name) is None:
            message = f"is missing, for there are {other}"
            raise ValidationFailed([{"pointer": f"/{name}", "message": message}])
    said = {name for name in OF_A_VARIANT if getattr(body, name) is not None}
    for name in sorted(said | (body.model_fields_set & NewDetails.model_fields.keys())):
        message = "is said of each variant"
        raise ValidationFailed([{"pointer": f"/{name}", "message": message}])
    return new_variants(body.variants, body.price)
