"""What a piece has cost."""

from decimal import Decimal

from shopkeeper.imports.columns.column import ProductColumn
from shopkeeper.imports.columns.number_cells import amount_cells
from shopkeeper.utils.money import COST_DIGITS
from shopkeeper.web.schemas.fields.money import CostInput

COST = ProductColumn(
    name="cost",
    sql_type="numeric",
    cells=lambda notation: amount_cells("cost", CostInput, COST_DIGITS, notation),
    written=lambda product: product.cost,
    examples=(Decimal("17.5"), None),
    decimals=lambda: COST_DIGITS,
    headers=frozenset(
        {"cost", "unit cost", "cost price", "cost per item", "purchase price"}
        | {"buying price", "standard cost", "item cost", "variant cost"}
        | {"einkaufspreis", "ek", "ek preis", "selbstkosten", "einstandspreis"}
        | {"cout", "prix d achat", "cout unitaire", "prix de revient"}
        | {"costo", "coste", "precio de compra", "costo unitario", "precio de costo"}
        | {"precio de coste", "coste unitario", "precio costo", "wholesale price"}
        | {"prezzo di acquisto", "prezzo d acquisto", "prezzo acquisto"}
        | {"kostprijs", "inkoopprijs"}
        | {"koszt", "cena zakupu", "koszt jednostkowy"}
        | {"себестоимость", "закупочная цена", "цена закупки"}
        | {"原価", "仕入価格", "仕入れ価格", "仕入単価"}
        | {"custo", "preco de custo", "preco custo", "nakupni cena", "maliyet"}
        | {"alis fiyati", "inkopspris"}
        | {"standard price"}
    ),
)
