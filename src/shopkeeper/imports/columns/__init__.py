"""The columns of a file of products, in the order in which an export has them.

Staging, COPY, templates, exports, options and docs are made of this one list. A new
column is a module here, a line in it, and what it does to a product (`planning`,
`merge`).
"""

from shopkeeper.imports.columns.barcode import BARCODE
from shopkeeper.imports.columns.brand import BRAND
from shopkeeper.imports.columns.category import CATEGORY
from shopkeeper.imports.columns.column import Listed, Notation, ProductColumn
from shopkeeper.imports.columns.compare_at_price import COMPARE_AT_PRICE
from shopkeeper.imports.columns.cost import COST
from shopkeeper.imports.columns.description import DESCRIPTION
from shopkeeper.imports.columns.measures import HEIGHT, LENGTH, WIDTH
from shopkeeper.imports.columns.name import NAME
from shopkeeper.imports.columns.price import PRICE
from shopkeeper.imports.columns.quantity import QUANTITY
from shopkeeper.imports.columns.sku import SKU
from shopkeeper.imports.columns.status import STATUS
from shopkeeper.imports.columns.stock_keeping import (
    BACKORDER_LIMIT,
    TRACKED,
    UNLIMITED,
)
from shopkeeper.imports.columns.tags import TAGS
from shopkeeper.imports.columns.tax_class import TAX_CLASS
from shopkeeper.imports.columns.weight import WEIGHT

COLUMNS = (
    *(NAME, SKU, CATEGORY, QUANTITY, PRICE, COST, DESCRIPTION),
    *(COMPARE_AT_PRICE, BARCODE, WEIGHT, BRAND, STATUS, TAGS),
    *(LENGTH, WIDTH, HEIGHT, TRACKED, BACKORDER_LIMIT, TAX_CLASS),
)
COLUMN_NAMES = tuple(column.name for column in COLUMNS)
MONEY = tuple(column.name for column in COLUMNS if column.is_money)
NUMERIC = tuple(column.name for column in COLUMNS if column.is_number)
# Of which a cell has the very number that is kept, in whatever notation.
AS_WRITTEN = tuple(c.name for c in COLUMNS if c.is_number and not c.is_converted)
# What a new product cannot do without.
REQUIRED = tuple(column.name for column in COLUMNS if column.is_required)
# What an empty cell empties.
OPTIONAL = frozenset(column.name for column in COLUMNS if column.is_optional)
# What each variant has of its own, but for what is of its stock.
OF_A_VARIANT = tuple(column.name for column in COLUMNS if column.is_of_variant)
# What a product has of its own that is written as it stands.
OF_A_PRODUCT = ("name", "description", "brand", "status", "tags", "tax_class")
# How the stock of each variant is kept.
OF_STOCK = tuple(column.name for column in COLUMNS if column.is_of_stock)
LENIENT = frozenset(column.name for column in COLUMNS if column.is_lenient)
# What is handed over of a row beside its columns: before and after them.
ROW_NUMBER, BESIDE = "row", ("cells", "faults", "unsaid", "options", "family")

__all__ = [
    "AS_WRITTEN",
    "BESIDE",
    "COLUMNS",
    "COLUMN_NAMES",
    "LENIENT",
    "MONEY",
    "NUMERIC",
    "OF_A_PRODUCT",
    "OF_A_VARIANT",
    "OF_STOCK",
    "OPTIONAL",
    "REQUIRED",
    "ROW_NUMBER",
    "UNLIMITED",
    "Listed",
    "Notation",
    "ProductColumn",
]
