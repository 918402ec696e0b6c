"""What a product is sold at, taxes included."""

from decimal import Decimal

from shopkeeper.imports.columns.column import ProductColumn
from shopkeeper.imports.columns.number_cells import amount_cells
from shopkeeper.utils.money import shop_currency
from shopkeeper.web.schemas.fields.money import PriceInput

PRICE = ProductColumn(
    name="price",
    sql_type="numeric",
    cells=lambda notation: amount_cells(
        "price", PriceInput, shop_currency().digits, notation
    ),
    written=lambda product: product.price,
    examples=(Decimal(40), Decimal(12)),
    is_required=True,
    decimals=lambda: shop_currency().digits,
    is_of_variant=True,
    headers=frozenset(
        {"price", "unit price", "sales price", "selling price", "retail price"}
        | {"list price", "regular price", "variant price", "price each"}
        | {"gross price", "product price", "base price", "item price"}
        | {"preis", "verkaufspreis", "vk preis", "vk", "einzelpreis", "bruttopreis"}
        | {"stuckpreis", "vkpreis", "listenpreis", "preis brutto", "vk brutto"}
        | {"prix", "prix de vente", "prix unitaire", "prix ttc", "tarif", "prix public"}
        | {"precio", "precio de venta", "precio unitario", "precio venta", "pvp"}
        | {"precio bruto", "precio publico", "precio al publico", "precio final"}
        | {"prezzo", "prezzo di vendita", "prezzo unitario", "prezzo vendita"}
        | {"prijs", "verkoopprijs", "stukprijs", "eenheidsprijs"}
        | {"cena", "cena sprzedazy", "cena brutto", "cena jednostkowa"}
        | {"cena sprzedaży", "cena detaliczna", "cena katalogowa"}
        | {"цена", "цена продажи", "розничная цена", "цена за единицу", "стоимость"}
        | {"価格", "値段", "販売価格", "単価", "税込価格", "売価", "販売単価"}
        | {"preco", "preco de venda", "preco venda", "prodejni cena", "pris", "pret"}
        | {"fiyat", "satis fiyati", "urun fiyati", "birim fiyat", "السعر", "מחיר"}
        | {"valor de venda"}
        | {"базовая цена"}
        | {"цена базовая"}
    ),
    vague_headers=frozenset({"venda", "venta"}),
)
