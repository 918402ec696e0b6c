"""In what the variants of a product differ, and what they can be."""

from typing import Annotated

from pydantic import BeforeValidator

from shopkeeper.web.schemas.fields.text import clean_name, one_line

OptionName = Annotated[str, one_line(64, "Size"), BeforeValidator(clean_name)]
OptionWord = Annotated[str, one_line(255, "M"), BeforeValidator(clean_name)]
