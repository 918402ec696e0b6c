"""A row of an imported file, held to the rules of a product."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from shopkeeper.schemas.fields.money import (
    CostInput,
    PriceInput,
)
from shopkeeper.schemas.fields.numbers import (
    LARGEST_QUANTITY,
)
from shopkeeper.schemas.fields.text import (
    CategoryName,
    Description,
    Name,
    Sku,
)
from shopkeeper.service.import_plan import COLUMNS, LONGEST_SHOWN, Row, RowFault


def _whole_number(text: Any) -> Any:
    if isinstance(text, str) and not re.fullmatch(r"-?[0-9]{1,30}(\.0+)?", text):
        raise ValueError("must be a whole number")
    return int(Decimal(text))


FileQuantity = Annotated[
    int, Field(ge=0, le=LARGEST_QUANTITY), BeforeValidator(_whole_number)
]


class ImportRow(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    sku: Sku | None = None
    category: CategoryName | None = None
    quantity: FileQuantity | None = None
    price: PriceInput | None = None
    cost: CostInput | None = None
    description: Description | None = None


def read_row(number: int, record: Mapping[str, str]) -> Row | list[RowFault]:
    """The row's values, or all that is wrong with them."""
    cells = {column: record[column] or None for column in COLUMNS if column in record}
    try:
        row = ImportRow.model_validate(cells)
    except ValidationError as error:
        return [
            RowFault(
                row=number,
                column=str(fault["loc"][0]),
                code="invalid",
                message=fault["msg"]
                .removeprefix("Value error, ")
                .removeprefix("Input "),
                value=(cells[str(fault["loc"][0])] or "")[:LONGEST_SHOWN],
            )
            for fault in error.errors(include_url=False, include_context=False)
        ]
    return Row(number, row.model_dump(exclude_unset=True))
