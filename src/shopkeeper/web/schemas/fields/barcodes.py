"""Codes that a scanner reads."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from stdnum import ean

from shopkeeper.web.schemas.fields.text import clean_name, one_line


def _gtin(code: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits, with its check digit (GS1, section 7.9)."""
    compact = ean.compact(code)
    if not ean.is_valid(compact):
        raise ValueError("must be a GTIN (EAN, UPC) whose check digit is right")
    return compact


Barcode = Annotated[
    str,
    one_line(32, "4006381333931"),
    BeforeValidator(clean_name),
    AfterValidator(_gtin),
]
