"""How many pieces there are, or come on top."""

from shopkeeper.imports.columns.column import ProductColumn
from shopkeeper.imports.columns.number_cells import quantity_cells

QUANTITY = ProductColumn(
    name="quantity",
    sql_type="integer",
    cells=quantity_cells,
    written=lambda product: product.quantity,
    examples=(25, 0),
    is_required=True,
    headers=frozenset(
        {"quantity", "qty", "stock", "in stock", "on hand", "inventory", "pieces"}
        | {"stock quantity", "stock qty", "stock level", "stock on hand", "units"}
        | {"quantity in stock", "quantity on hand", "qty in stock", "qty on hand"}
        | {"inventory quantity", "inventory qty", "variant inventory qty", "available"}
        | {"variant inventory quantity"}
        | {"bestand", "menge", "anzahl", "lagerbestand", "lagermenge", "auf lager"}
        | {"stuckzahl"}
        | {"quantite", "qte", "quantite en stock", "en stock", "stock disponible"}
        | {"cantidad", "existencias", "existencia", "inventario", "unidades", "cant"}
        | {"quantita", "giacenza", "qta", "scorte", "disponibilita"}
        | {"aantal", "voorraad", "hoeveelheid", "op voorraad"}
        | {"ilosc", "ilość", "stan", "stan magazynowy", "liczba sztuk", "sztuk"}
        | {"количество", "остаток", "остатки", "кол во", "в наличии", "запас"}
        | {"数量", "在庫", "在庫数", "個数", "在庫量", "現在庫"}
        | {"quantidade", "estoque", "mnozstvi", "skladem", "stok", "miktar", "adet"}
        | {"antal", "lagersaldo", "lager", "antall", "pa lager", "الكمية"}
        | {"qty available"}
        | {"quantidade em estoque"}
        | {"stok adedi"}
        | {"stok miktari"}
    ),
)
