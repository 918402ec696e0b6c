"""Options of a product: one more, and changes of one that it has."""

from typing import Annotated

from pydantic import Field

from shopkeeper.models.option import MOST_OPTIONS
from shopkeeper.models.variant import MOST_VARIANTS
from shopkeeper.web.schemas.base import Input
from shopkeeper.web.schemas.fields.numbers import Id
from shopkeeper.web.schemas.fields.options import OptionName, OptionWord
from shopkeeper.web.schemas.fields.presence import absent


class OptionAdd(Input):
    product_id: Id
    name: OptionName
    values: Annotated[
        list[OptionWord],
        Field(
            min_length=1,
            max_length=MOST_VARIANTS,
            description="In their order; all its variants are the first of them.",
            examples=[["M", "L"]],
        ),
    ]


class OptionUpdate(Input):
    """What changes. An absent field stays."""

    product_id: Id
    name: Annotated[OptionName, Field(description="As it is called, in any case.")]
    new_name: OptionName = absent()
    position: Annotated[
        int,
        Field(ge=1, le=MOST_OPTIONS, description="Its place among the options."),
    ] = absent()
    rename_values: Annotated[
        dict[OptionWord, OptionWord],
        Field(
            max_length=MOST_VARIANTS,
            description="What values are to be called, by what they are called.",
            examples=[{"M": "Medium"}],
        ),
    ] = Field(default_factory=dict)
    values: Annotated[
        list[OptionWord],
        Field(
            max_length=MOST_VARIANTS,
            description="Values, as they are then called, in their order; the others"
            " come behind them.",
            examples=[["Medium"]],
        ),
    ] = Field(default_factory=list)
