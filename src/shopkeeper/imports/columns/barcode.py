"""A variant's GTIN, which a scanner reads."""

from shopkeeper.imports.columns.cells import text_cells
from shopkeeper.imports.columns.column import ProductColumn
from shopkeeper.web.schemas.fields.barcodes import Barcode

BARCODE = ProductColumn(
    name="barcode",
    sql_type="text",
    cells=lambda _: text_cells("barcode", Barcode, 0),
    written=lambda product: product.barcode,
    examples=("4006381333931", None),
    is_optional=True,
    is_of_variant=True,
    is_lenient=True,
    headers=frozenset(
        {"barcode", "bar code", "variant barcode", "ean", "ean13", "ean 13", "gtin"}
        | {"ean code", "upc", "upc code", "gtin13", "gtin 13", "gtin upc ean or isbn"}
        | {"ean upc", "upc ean", "gtin ean", "ean gtin", "barcode ean", "upc a"}
        | {"gtin upc ean isbn", "barcode isbn upc gtin etc", "product barcode"}
        | {"strichcode", "ean nummer", "ean code gtin", "gtin nummer"}
        | {"code barre", "code barres", "code ean", "gencod"}
        | {"codigo de barras", "codigo ean", "codigo barras"}
        | {"codice a barre", "codice ean", "streepjescode", "kod kreskowy", "kod ean"}
        | {"штрихкод", "штрих код", "janコード", "jan", "バーコード"}
        | {"carovy kod", "barkod", "streckkod", "strekkode", "stregkode"}
    ),
)
