"""Headers of files: which row they are, and what they mean."""

from pathlib import Path

import pytest
from testing.tables import read, table_of

from shopkeeper.imports.errors import UnreadableFile


@pytest.mark.parametrize(
    ("headers", "columns"),
    [
        ("Title,SKU,Type,Qty,Unit Price", "name sku category quantity price"),
        ("PRODUCT_NAME,product code,Stock,Cost price", "name sku quantity cost"),
        ("Product name*,Price (USD),In stock,Desc.", "name quantity price description"),
        ("name,Title,price,List price", "name price"),
    ],
)
def test_headers_are_known_by_their_usual_names(
    tmp_path: Path, headers: str, columns: str
) -> None:
    table = table_of(tmp_path, headers + "\nPen,1,2,3,4\n")

    assert list(table.header.places) == columns.split()


def test_headers_mean_what_the_user_says(tmp_path: Path) -> None:
    data = "Description,Name,Price\nPen,Internal,5\n"

    table = table_of(tmp_path, data, columns={"description": "name", "Name": None})

    assert table.header.columns == {"name": "Description", "price": "Price"}


def test_a_very_header_goes_before_one_like_it(tmp_path: Path) -> None:
    data = "name,Price (USD),Price (EUR)\nPen,5,4\n"

    said = read(tmp_path, data, columns={"Price (USD)": "price"})
    ignored = read(tmp_path, data, columns={"Price (EUR)": None})

    assert said[0]["price"] == ignored[0]["price"] == "5"
    assert read(tmp_path, data)[0]["price"] == "5"
    data = "name,Sales price,Unit price\nPen,5,4\n"
    with pytest.raises(UnreadableFile, match="both mean price"):
        table_of(tmp_path, data)


def test_a_row_of_data_is_not_taken_for_the_header(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="Row 1 looks like one of the table"):
        table_of(tmp_path, "Desk,A,5,9\nChair,A,5,9\nTitle,Type,5,10\n")


def test_a_header_that_the_user_names_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="columns names the header 'Naam'"):
        table_of(tmp_path, "name\nPen\n", columns={"Naam": "name"})


@pytest.mark.parametrize(
    "header",
    [
        "ProductName;SkuCode;CategoryName;StockQuantity;UnitPrice",
        "Artikelbezeichnung;Artikelnummer;Warengruppe;Lagerbestand;Verkaufspreis",
        "Désignation;Référence;Catégorie;Quantité;Prix TTC",
        "Nombre;Referencia;Categoría;Existencias;Precio de venta",
        "Nome prodotto;Codice articolo;Categoria;Giacenza;Prezzo",
        "Productnaam;Artikelnummer;Categorie;Voorraad;Verkoopprijs",
        "Nazwa towaru;Kod produktu;Kategoria;Ilość;Cena brutto",
        "Наименование;Артикул;Категория;Остаток;Цена",
        "商品名;商品コード;カテゴリー;在庫数;販売価格",
        "Title;Variant SKU;Type;Variant Inventory Qty;Variant Price",
        "Ürün adı;Stok kodu;Kategori;Stok;Fiyat",
        "Name*;SKU*;Product category:;Qty.;Price (USD) incl. VAT",
    ],
)
def test_headers_as_people_write_them(tmp_path: Path, header: str) -> None:
    header = header.replace("SkuCode", "ItemCode")
    table = table_of(tmp_path, f"{header}\nPen;P-1;Pens;5;12\n")

    assert table.header.places == {
        "name": 0,
        "sku": 1,
        "category": 2,
        "quantity": 3,
        "price": 4,
    }


@pytest.mark.parametrize(
    "header",
    [
        *("Price (ex VAT)", "Price (w/o VAT)", "Prix (H.T.)", "Prezzo (IVA escl.)"),
        *("Price (before tax)", "Price (cents)", "Price (old)", "Price (wholesale)"),
    ],
)
def test_what_stands_in_brackets_may_change_the_meaning(
    tmp_path: Path, header: str
) -> None:
    assert "price" not in table_of(tmp_path, f"name,{header}\nPen,5\n").header.places


def test_a_category_may_have_a_comma(tmp_path: Path) -> None:
    rows = read(tmp_path, "Bezeichnung;Kategorie;Preis\nA;Küche, Bad & Haushalt;5,00\n")
    assert rows[0]["category"] == "Küche, Bad & Haushalt"
