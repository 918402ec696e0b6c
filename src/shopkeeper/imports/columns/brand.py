"""Whose make a product is."""

from shopkeeper.imports.columns.cells import text_cells
from shopkeeper.imports.columns.column import ProductColumn
from shopkeeper.web.schemas.fields.text import Brand

BRAND = ProductColumn(
    name="brand",
    sql_type="text",
    cells=lambda _: text_cells("brand", Brand, 255, is_name=True),
    written=lambda product: product.brand,
    examples=("Acme", None),
    is_optional=True,
    headers=frozenset(
        {"brand", "brand name", "brands", "vendor", "manufacturer", "product brand"}
        | {"manufacturer name", "marke", "hersteller", "marque", "fabricant"}
        | {"marca", "fabricante", "produttore", "merk", "fabrikant", "marka"}
        | {"producent", "бренд", "марка", "производитель", "ブランド", "メーカー"}
        | {"znacka", "vyrobce", "varumarke", "merke", "maerke"}
    ),
)
