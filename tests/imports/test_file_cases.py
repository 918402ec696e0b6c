"""Small files of the kinds that shops have, each with what has to become of it.

They lie beside the checkout, in shared/cases, whose README says what is expected.
"""

from pathlib import Path
from typing import Any

import pytest
from testing.imports import Importer, counts, told

CASES = Path(__file__).parents[3] / "shared" / "cases"
NOT_HERE = "the cases lie beside the checkout"


def send(importer: Importer, name: str, **options: str) -> Any:
    data = (CASES / name).read_bytes()
    return importer.send(data, name, **{"on_error": "skip_rows", **options})


def product(importer: Importer, name: str) -> Any:
    items = importer.world.manager.get("/products?limit=100").json["items"]
    found = [item for item in items if item["name"].startswith(name)]
    assert len(found) == 1, items
    return found[0]


@pytest.fixture(autouse=True)
def _cases() -> None:
    if not CASES.is_dir():
        pytest.skip(NOT_HERE)


def test_a_kind_of_product_is_no_category(importer: Importer) -> None:
    assert counts(send(importer, "01_woo_type_is_not_category.csv"))[0] == 2
    assert product(importer, "Case01 cap")["category"] == "Clothing > Hats"
    assert product(importer, "Case01 scarf")["category"] == "Clothing"

    report = send(importer, "02_magento_product_type.csv")
    assert (report["columns"]["category"], counts(report)[0]) == ("categories", 1)
    assert product(importer, "Case02 bag")["category"] == "Default Category/Gear"


@pytest.mark.parametrize(
    "name", ["03_price_header_other_currency.csv", "04_currency_column_other.csv"]
)
def test_another_currency_is_refused(importer: Importer, name: str) -> None:
    report = send(importer, name)

    assert (counts(report)[0], told(report)) == (0, [(2, "price", "wrong_currency")])
    assert "EUR" in report["errors"][0]["message"]
    assert "columns=" in report["errors"][0]["message"]


def test_an_encoding_of_windows_is_found_out_and_told(importer: Importer) -> None:
    report = send(importer, "06_cp1250_polish.csv")

    assert (counts(report)[0], report["encoding"]) == (1, "cp1250")
    assert importer.names() == ["Case06 Żółty świecznik"]
    assert "świecznik" in report["notes"][0]
    assert "`encoding`" in report["notes"][0]


def test_a_formula_without_a_value_is_no_empty_cell(importer: Importer) -> None:
    send(importer, "09a_formula_base.csv")
    before = product(importer, "Case09")

    report = send(importer, "09b_formula_without_value.xlsx")

    assert (counts(report)[:2], {code for _, _, code in told(report)}) == (
        (0, 0),
        {"formula_error"},
    )
    assert "save" in report["errors"][0]["message"]
    assert product(importer, "Case09") == before


def test_a_byte_order_mark_in_a_cell_is_no_part_of_a_header(
    importer: Importer,
) -> None:
    report = send(importer, "10_bom_in_header_cell.xlsx")

    assert (counts(report)[0], report["columns"]["name"]) == (1, "name")


def test_codes_are_what_they_were(importer: Importer) -> None:
    send(importer, "11_excel_text_formula_sku.csv")
    assert product(importer, "Case11")["sku"] == "00461"

    report = send(importer, "14_sku_scientific.csv")
    assert told(report) == [(2, "sku", "cut_short")]


def test_a_stray_quote_costs_its_own_row(importer: Importer) -> None:
    report = send(importer, "13_text_after_quote.csv")

    assert (counts(report)[0], told(report)) == (2, [(3, None, "text_after_quote")])
    assert importer.names() == ["Case13 ball", "Case13 bear"]


def test_a_text_beside_numbers_is_read_by_itself(importer: Importer) -> None:
    report = send(importer, "15_text_beside_numbers.xlsx")

    assert told(report) == [(2, "cost", "ambiguous")]
    assert product(importer, "Case15")["cost"] == "12.5000"


def test_hidden_sheets_are_not_read_first(importer: Importer) -> None:
    report = send(importer, "17_hidden_first_sheet.xlsx")

    assert (report["sheet"], importer.names()) == ("Products", ["Case17 NEW"])
    assert "'Sheet'" in report["notes"][0]


def test_headings_are_categories_if_one_says_so(importer: Importer) -> None:
    report = send(importer, "19_section_rows.xlsx")
    assert told(report)[0] == (2, "name", "heading")
    assert "category_from_above" in report["errors"][0]["message"]

    report = send(importer, "19_section_rows.xlsx", category_from_above="true")
    assert counts(report) == (2, 0, 0, 0)
    assert product(importer, "Case19 a")["category"] == "CUPS"
    assert product(importer, "Case19 b")["category"] == "PLATES"


def test_rows_of_one_name_are_variants(importer: Importer) -> None:
    report = send(importer, "20_same_name_other_sku.csv", match_by="sku")

    assert counts(report) == (2, 0, 0, 0)


def test_an_export_of_shopify_is_what_it_means(importer: Importer) -> None:
    report = send(importer, "21_shopify_current_export.csv")

    assert (counts(report), told(report)) == ((3, 0, 0, 0), [])
    cap = importer.world.manager.get("/products?status=draft").json["items"][0]
    assert (cap["name"], cap["category"], cap["brand"]) == (
        "Case21 cap",
        "Caps",
        "Acme",
    )
    tee = product(importer, "Case21 tee")
    assert tee["description"] == "Soft"
    assert [(x["sku"], x["title"]) for x in tee["variants"]] == [
        ("T-S", "S"),
        ("T-M", "M"),
    ]
    assert tee["category"] == "Apparel & Accessories > Clothing"
    assert any("passed over: 4" in note for note in report["notes"])


def test_headers_are_understood_in_german(importer: Importer) -> None:
    report = send(importer, "23_headers_german.csv")

    assert counts(report)[0] == 1
    cup = product(importer, "Case23")
    assert (cup["sku"], cup["price"], cup["quantity"]) == ("A-1", "4.50", 5)
    assert (report["delimiter"], report["decimal_mark"]) == (";", "comma")


def test_what_a_file_lacks_can_be_said(importer: Importer) -> None:
    report = send(importer, "24_no_category_no_quantity.csv")
    assert [code for _, _, code in told(report)] == ["missing", "missing"]
    messages = " ".join(error["message"] for error in report["errors"])
    assert "default_category" in messages
    assert "default_quantity" in messages

    report = send(
        importer,
        "24_no_category_no_quantity.csv",
        default_category="Soap",
        default_quantity="3",
    )
    assert counts(report)[0] == 1
    soap = product(importer, "Case24")
    assert (soap["category"], soap["quantity"]) == ("Soap", 3)


def test_long_names_are_ordinary(importer: Importer) -> None:
    assert counts(send(importer, "25_long_name.csv"))[0] == 1


def test_a_sign_with_its_country_is_the_shops_currency(importer: Importer) -> None:
    assert counts(send(importer, "27_us_dollar_sign.csv"))[0] == 1
    assert product(importer, "Case27")["price"] == "4.99"


def test_a_product_of_another_sku_is_not_overwritten(importer: Importer) -> None:
    send(importer, "28a_other_sku_same_name.csv")
    before = product(importer, "Case28")

    report = send(importer, "28b_other_sku_same_name.csv")
    assert told(report) == [(2, "sku", "sku_differs")]
    assert product(importer, "Case28") == before

    report = send(importer, "28b_other_sku_same_name.csv", match_by="name")
    assert counts(report) == (0, 1, 0, 0)
    assert product(importer, "Case28")["sku"] == "B7-28"


def test_bad_rows_keep_the_notation_of_their_file(importer: Importer) -> None:
    report = send(importer, "29_errors_file_decimal_comma.csv")
    sheet = importer.world.manager.get(report["errors_url"]).data

    assert sheet.startswith("\ufeffname;category;quantity;price;import row".encode())
    corrected = sheet.decode().replace("many", "4").replace("abc", "2,50")
    assert "1.012,50" in corrected
    assert counts(importer.send(corrected)) == (2, 0, 0, 0)
    assert product(importer, "Case29 a")["price"] == "1012.50"
    assert product(importer, "Case29 b")["price"] == "2.50"


def test_drafts_are_not_put_on_sale(importer: Importer) -> None:
    report = send(importer, "31_draft_and_free.csv")

    assert (counts(report)[0], told(report)) == (1, [(3, "price", "not_positive")])
    assert "is 0" in report["errors"][0]["message"]
    drafts = importer.world.manager.get("/products?status=draft").json["items"]
    assert [item["name"] for item in drafts] == ["Case31 a"]
    report = send(importer, "31_draft_and_free.csv", columns='{"status": null}')
    assert counts(report)[2] == 1


def test_columns_are_named_by_their_place(importer: Importer) -> None:
    failed = send(importer, "32_no_header.csv")
    assert failed["failure"]["code"] == "unreadable_file"
    assert "header_row=0" in failed["failure"]["detail"]

    report = send(
        importer,
        "32_no_header.csv",
        header_row="0",
        columns='{"1": "sku", "2": "name", "3": "price", "4": "quantity"}',
        default_category="Tea",
    )
    assert (counts(report)[0], report["header_row"]) == (2, 0)
    tin = product(importer, "Case32 tin")
    assert (tin["sku"], tin["price"], tin["quantity"]) == ("C32-2", "2.50", 3)
