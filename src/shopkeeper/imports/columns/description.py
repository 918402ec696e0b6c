"""What is told of a product."""

from shopkeeper.imports.columns.cells import text_cells
from shopkeeper.imports.columns.column import ProductColumn
from shopkeeper.web.schemas.fields.text import Description

DESCRIPTION = ProductColumn(
    name="description",
    sql_type="text",
    cells=lambda notation: text_cells(
        "description", Description, 5000, is_html=notation.is_html
    ),
    written=lambda product: product.description,
    examples=("Holds pens, cards and a cup.", None),
    is_optional=True,
    headers=frozenset(
        {"description", "product description", "item description", "details"}
        | {"long description", "desc", "body", "body html"}
        | {"beschreibung", "langbeschreibung", "produktbeschreibung"}
        | {"artikelbeschreibung"}
        | {"descriptif", "description du produit", "description longue"}
        | {"descripcion", "descripcion del producto", "detalles"}
        | {"descrizione", "descrizione prodotto", "descrizione del prodotto"}
        | {"omschrijving", "beschrijving", "productomschrijving"}
        | {"opis", "opis produktu"}
        | {"описание", "описание товара"}
        | {"説明", "商品説明", "製品説明"}
        | {"descricao", "popis", "aciklama", "beskrivning", "beskrivelse", "الوصف"}
    ),
)
