"""Where a product stands."""

from shopkeeper.imports.columns.cells import text_cells
from shopkeeper.imports.columns.column import ProductColumn
from shopkeeper.web.schemas.fields.text import CategoryPath

CATEGORY = ProductColumn(
    name="category",
    sql_type="text",
    cells=lambda notation: text_cells(
        "category",
        CategoryPath,
        120,
        is_name=True,
        is_list=notation.has_several_categories,
    ),
    written=lambda product: product.category,
    examples=("Stationery", "Stationery"),
    is_required=True,
    headers=frozenset(
        {"category", "categories", "product category", "category name"}
        | {"product categories", "category path"}
        | {"kategorie", "kategorien", "warengruppe", "produktgruppe", "artikelgruppe"}
        | {"produktkategorie", "rubrik"}
        | {"categorie", "categories de produit", "rayon", "famille"}
        | {"categoria", "categorias", "familia", "rubro"}
        | {"reparto", "famiglia", "categoria prodotto"}
        | {"categorieen", "productgroep", "productcategorie", "rubriek"}
        | {"kategoria", "kategoria produktu", "grupa towarowa"}
        | {"категория", "категории", "раздел", "рубрика", "группа товаров"}
        | {"категория товара"}
        | {
            "カテゴリ",
            "カテゴリー",
            "分類",
            "商品カテゴリ",
            "商品カテゴリー",
            "商品分類",
        }
        | {"kategori", "kategorier", "kategorie produktu", "القسم", "الفئة"}
        | {"categ id"}
    ),
    vague_headers=frozenset(
        {"product type", "type", "product group", "department", "collection"}
        | {"standard product type", "custom product type", "departamento", "grupo"}
        | {"collections"}
        | {"gruppo", "groupe", "groep", "grupa", "группа", "gruppe"}
    ),
)
