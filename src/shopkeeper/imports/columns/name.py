"""What a product is called."""

from shopkeeper.imports.columns.cells import text_cells
from shopkeeper.imports.columns.column import ProductColumn
from shopkeeper.web.schemas.fields.text import Name

NAME = ProductColumn(
    name="name",
    sql_type="text",
    cells=lambda _: text_cells("name", Name, 255, is_name=True),
    written=lambda product: product.name,
    examples=("Walnut desk organiser", "Linen notebook A5"),
    is_required=True,
    headers=frozenset(
        {"name", "title", "product", "product name", "product title", "item"}
        | {"item name", "article", "article name"}
        | {"bezeichnung", "artikelbezeichnung", "produktbezeichnung", "produktname"}
        | {"artikelname", "artikel", "produkt", "titel", "artikeltext"}
        | {"nom", "nom du produit", "nom produit", "nom de l article", "produit"}
        | {"designation", "libelle", "intitule", "titre"}
        | {"nombre", "nombre del producto", "nombre producto", "producto", "articulo"}
        | {"nombre del articulo", "titulo", "denominacion", "nombre comercial"}
        | {"nome", "nome prodotto", "nome del prodotto", "nome articolo", "prodotto"}
        | {"articolo", "titolo", "denominazione"}
        | {"naam", "productnaam", "artikelnaam"}
        | {"nazwa", "nazwa produktu", "nazwa towaru", "towar", "tytuł"}
        | {"nazwa artykułu"}
        | {"название", "наименование", "товар", "название товара", "продукт"}
        | {"наименование товара", "номенклатура"}
        | {"商品名", "品名", "名称", "製品名", "商品"}
        | {"nome do produto", "produto", "nazev", "nazev produktu", "urun adi", "urun"}
        | {"produktnamn", "namn", "navn", "produktnavn", "varenavn", "tuotenimi"}
        | {"اسم المنتج", "المنتج", "שם המוצר", "zbozi", "nazev zbozi", "urun ismi"}
    ),
    vague_headers=frozenset({"ad", "имя", "isim"}),
)
