"""The columns of a file of products, in the order in which an export has them.

Staging, COPY, templates, exports, options and docs are made of this one list. A new
column is a module here, a line in it, and what it does to a product (`planning`,
`merge`).
"""

from shopkeeper.imports.columns.category import CATEGORY
from shopkeeper.imports.columns.column import Listed, Notation, ProductColumn
from shopkeeper.imports.columns.cost import COST
from shopkeeper.imports.columns.description import DESCRIPTION
from shopkeeper.imports.columns.name import NAME
from shopkeeper.imports.columns.price import PRICE
from shopkeeper.imports.columns.quantity import QUANTITY
from shopkeeper.imports.columns.sku import SKU

COLUMNS = (NAME, SKU, CATEGORY, QUANTITY, PRICE, COST, DESCRIPTION)
COLUMN_NAMES = tuple(column.name for column in COLUMNS)
MONEY = tuple(column.name for column in COLUMNS if column.is_money)
NUMERIC = tuple(column.name for column in COLUMNS if column.is_number)
# What a new product cannot do without.
REQUIRED = tuple(column.name for column in COLUMNS if column.is_required)
# What is handed over of a row beside its columns: before and after them.
ROW_NUMBER, BESIDE = "row", ("cells", "faults", "unsaid")

__all__ = [
    "BESIDE",
    "COLUMNS",
    "COLUMN_NAMES",
    "MONEY",
    "NUMERIC",
    "REQUIRED",
    "ROW_NUMBER",
    "Listed",
    "Notation",
    "ProductColumn",
]
