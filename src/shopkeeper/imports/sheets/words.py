"""How people and programs head the columns of a catalogue, in several languages.

What a word of `MEANINGS` heads is sure; one of `VAGUE` is meant only where no sure one
means the same.
"""

import re
import unicodedata
from collections.abc import Mapping

from shopkeeper.imports.sheets.currencies import is_currency_word

MEANINGS: Mapping[str, frozenset[str]] = {
    "name": frozenset(
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
        | {"اسم المنتج", "المنتج", "שם המוצר"}
    ),
    "sku": frozenset(
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
    ),
    "category": frozenset(
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
    ),
    "quantity": frozenset(
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
    ),
    "price": frozenset(
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
    ),
    "cost": frozenset(
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
    ),
    "description": frozenset(
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
}
VAGUE: Mapping[str, frozenset[str]] = {
    "sku": frozenset({"code", "codigo", "codice", "kod", "symbol", "код", "clave"}),
    "category": frozenset(
        {"product type", "type", "product group", "department", "collection"}
        | {"standard product type", "custom product type", "departamento", "grupo"}
        | {"collections"}
        | {"gruppo", "groupe", "groep", "grupa", "группа", "gruppe"}
    ),
}
SEVERAL_CATEGORIES = frozenset(
    {"categories", "product categories", "kategorien", "categorias", "categorieen"}
    | {"категории", "kategorier", "collections", "collection"}
)
# What tells in which currency a row is, and whether it is on sale.
CURRENCY_HEADERS = frozenset(
    {"currency", "currency code", "price currency", "wahrung", "devise", "moneda"}
    | {"cur", "price currency code", "wahrungscode", "iso currency", "cost currency"}
    | {"cost currency code"}
    | {"currency iso"}
    | {"valuta", "waluta", "валюта", "通貨", "moeda", "mena", "para birimi"}
)
COST_CURRENCY_HEADERS = frozenset({"cost currency", "cost currency code"})
STATUS_HEADERS = frozenset(
    {"status", "published", "visible", "active", "enabled", "is active"}
    | {"is published", "product online", "product status", "visibility"}
    | {"visibility in catalog", "aktiv", "actif", "activo", "attivo", "is published?"}
)
# Headers of which a yes says what a no does of those.
OFF_SALE_HEADERS = frozenset(
    {"archived", "is archived", "draft", "is draft", "hidden", "is hidden", "disabled"}
    | {"is disabled", "deleted", "is deleted", "discontinued", "unpublished", "entwurf"}
    | {"archiviert", "versteckt", "brouillon", "archive", "archivado", "borrador"}
)
YES = frozenset(
    {"true", "yes", "1", "y", "x", "on", "ja", "oui", "si", "sí", "да", "tak", "1.0"}
    | {"vrai", "wahr", "sim", "はい"}
)
UNPUBLISHED = frozenset(
    {"draft", "archived", "inactive", "disabled", "hidden", "unpublished", "private"}
    | {"false", "no", "0", "-1", "n", "off", "nein", "non", "нет", "0.0"}
    | {"entwurf", "trash", "deleted", "discontinued", "unlisted", "pending"}
)
# What may stand in brackets after a header without changing what it means.
HARMLESS = frozenset(
    {"html", "en", "de", "fr", "es", "it", "nl", "pl", "required", "optional", "text"}
    | {"pcs", "pieces", "units", "stk", "st", "x", "y", "z", "each", "per", "unit"}
    | {"pc", "piece", "stuck"}
)
# What shop programs call kinds of products, and no category of a shop's.
PRODUCT_KINDS = frozenset(
    {"simple", "variable", "variation", "grouped", "external", "configurable"}
    | {
        "virtual",
        "downloadable",
        "bundle",
        "giftcard",
        "product",
        "variant",
        "physical",
    }
    | {"digital", "service", "simple, virtual", "simple, downloadable, virtual"}
    | {"simple, downloadable", "item", "p", "v"}
)
YES_OR_NO = frozenset(
    {"0", "1", "true", "false", "yes", "no", "y", "n", "in stock", "out of stock"}
    | {"instock", "outofstock", "backorder"}
)
_TAX = r"(?:vat|gst|tax(?:es)?|mwst|ust|tva|iva|btw|ндс|moms|mva|dph|kdv|alv)\b\.?"
_WITH = (
    r"(?:inc(?:l(?:uding|uded|usive)?)?|inkl(?:usive)?|inclusief|incluido|inclusa|incluso"
    r"|compris(?:e)?|inbegrepen|with|con|mit|avec|med|z|с|w|s|včetně|vč|cu|dahil|sis)"
)
# What is told beside a price: that taxes are in it, which is what a shop's prices are.
WITH_TAX = re.compile(
    rf"\b{_WITH}\b\.?\s*(?:of\s+)?(?:\d{{1,2}}\s*%\s*)?{_TAX}"
    rf"|\b{_TAX}\s*{_WITH}\b\.?|\bttc\b|\bbrutto\b|税込み?",
    re.IGNORECASE,
)
# Or that they are not: then it is no price to sell at.
WITHOUT_TAX = re.compile(
    r"\b(?:netto|net|excl(?:uding|uded|usive)?|exkl(?:usive)?|ohne|zzgl|ht|hors|sin"
    r"|ex|escl|before|w/o|h\.t|s/"
    r"|senza|bez|без|without|plus|exclusief)\b|税抜",
    re.IGNORECASE,
)
# Of a piece, or of a litre: where another price stands beside it, nobody can tell.
PER_UNIT = frozenset(
    {"unit price", "einzelpreis", "stuckpreis", "prix unitaire", "precio unitario"}
    | {"prezzo unitario", "eenheidsprijs", "stukprijs", "cena jednostkowa"}
    | {"цена за единицу", "単価", "birim fiyat", "price each"}
)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])")
_BRACKETS = re.compile(r"[(\[{][^(\[{]*[)\]}]\s*$")
_BETWEEN = re.compile(r"[\s_\-.:*#/'\u2019,;()\[\]{}]+")
_LETTERS = str.maketrans({"ł": "l", "ı": "i", "ø": "o", "đ": "d"})


def folded(text: str) -> str:
    """Text without case, accents and punctuation; words written together in two."""
    spaced = _BETWEEN.sub(" ", _CAMEL.sub(" ", _UNSEEN.sub("", text)))
    decomposed = unicodedata.normalize("NFKD", spaced.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(bare.translate(_LETTERS).split())


def plain(header: str) -> str:
    """A header by which its meaning is looked up."""
    header = unicodedata.normalize("NFKC", header)
    whole = folded(header)
    if whole in _ALL or WITHOUT_TAX.search(header):
        return whole
    # What stands in brackets may be left out if it is known to change nothing.
    bracketed = _BRACKETS.search(header)
    if bracketed and _is_harmless(bracketed.group()):
        header = _BRACKETS.sub("", header)
    return folded(WITH_TAX.sub(" ", header)).removesuffix(" in") or whole


def _is_harmless(bracketed: str) -> bool:
    said = WITH_TAX.sub(" ", bracketed.strip().strip("()[]{} "))
    rest = [word for word in folded(said).split() if word not in HARMLESS]
    # Folding leaves the signs of some currencies no more what they are.
    return all(map(is_currency_word, rest)) or all(map(is_currency_word, said.split()))


def means_price_without_tax(header: str) -> bool:
    """Whether a header means a price, but for the taxes that are not in it."""
    if not WITHOUT_TAX.search(header):
        return False
    bare = re.sub(_TAX, " ", WITHOUT_TAX.sub(" ", header), flags=re.IGNORECASE)
    return folded(bare) in _SURE["price"]


def means_price_of_a_unit(header: str) -> bool:
    """Whether a header may mean the price of a unit of measure."""
    return plain(header) in _PER_UNIT


def meanings(header: str) -> list[tuple[str, bool]]:
    """The columns that a header may mean, and whether it surely does."""
    name = plain(header)
    sure = [(column, True) for column, names in _SURE.items() if name in names]
    return sure or [
        (column, False) for column, names in _VAGUE.items() if name in names
    ]


_SURE = {column: frozenset(map(folded, names)) for column, names in MEANINGS.items()}
_VAGUE = {column: frozenset(map(folded, names)) for column, names in VAGUE.items()}
_PER_UNIT = frozenset(map(folded, PER_UNIT))
_ALL = frozenset().union(*_SURE.values(), *_VAGUE.values())
