"""A product's own code."""

from shopkeeper.imports.columns.cells import text_cells
from shopkeeper.imports.columns.column import ProductColumn
from shopkeeper.web.schemas.fields.text import Sku

SKU = ProductColumn(
    name="sku",
    sql_type="text",
    cells=lambda _: text_cells("sku", Sku, 64, is_name=True),
    written=lambda product: product.sku,
    examples=("WDO-01", "007"),
    is_optional=True,
    is_of_variant=True,
    headers=frozenset(
        {"sku", "product sku", "item sku", "variant sku", "stock keeping unit"}
        | {"product code", "item code", "article code", "part number", "part no"}
        | {"article number", "article no", "item number", "item no", "product number"}
        | {"artikelnummer", "artikel nr", "artikelnr", "art nr", "artnr"}
        | {"produktnummer", "bestellnummer", "bestell nr", "artikelcode"}
        | {"reference", "ref", "reference produit", "ref produit", "code article"}
        | {"code produit", "reference article"}
        | {"referencia", "codigo de producto", "codigo producto", "codigo articulo"}
        | {"codigo del producto", "codigo de articulo"}
        | {"codice articolo", "codice prodotto", "cod articolo", "riferimento"}
        | {"productcode", "bestelnummer"}
        | {"kod produktu", "kod towaru", "numer katalogowy", "nr katalogowy", "indeks"}
        | {"артикул", "код товара", "артикул товара"}
        | {"商品コード", "品番", "型番", "商品番号", "製品コード", "製品番号"}
        | {"codigo do produto", "stok kodu", "urun kodu", "varenummer", "kod produktu"}
        | {"default code"}
    ),
    vague_headers=frozenset(
        {"code", "codigo", "codice", "kod", "symbol", "код", "clave"}
    ),
)
