"""Which taxes a product bears, in the words of the shop."""

from shopkeeper.imports.columns.cells import text_cells
from shopkeeper.imports.columns.column import ProductColumn
from shopkeeper.web.schemas.fields.text import TaxClass

TAX_CLASS = ProductColumn(
    name="tax_class",
    sql_type="text",
    cells=lambda _: text_cells("tax_class", TaxClass, 64, is_name=True),
    written=lambda product: product.tax_class,
    examples=("reduced", None),
    is_optional=True,
    headers=frozenset({"tax class", "tax class name", "product tax class"}),
)
