"""The catalogue as Shopify's own export has it, and back again."""

import csv
import io

from testing.imports import Importer, counts
from testing.world import World, problem

from shopkeeper.imports.sheets.shopify_sheet import handle_of

OURS = """\
name,sku,category,quantity,price,cost,description,compare_at_price,barcode,\
weight_grams,brand,status,tags,option1 name,option1 value,option2 name,option2 value
T-shirt,T-S,Men > Shirts,3,15.00,5.1250,"Soft & light
<b>Cotton</b>",20.00,4006381333931,180.5,Acme,active,"summer, new",Size,S,Colour,Red
T-shirt,T-M,Men > Shirts,4,16.00,,,,,,,,,Size,M,Colour,Red
Crème brûlée,C-1,Food,7,9.00,,,,,,,draft,,,,,
Creme brulee!,,Food,1,8.00,2.0000,"two  blanks
	and a tab


<i>below</i>",,,,,archived,,,,,
"""


def test_it_comes_back_unchanged(fresh_world: World, importer: Importer) -> None:
    assert counts(importer.send(OURS)) == (4, 0, 0, 0)

    answer = fresh_world.manager.get("/products/export?layout=shopify")

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    shown = ("Handle", "Title", "Option1 Value", "Variant SKU", "Published", "Status")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        ("creme-brulee", "Crème brûlée", "Default Title", "C-1", "FALSE", "draft"),
        ("creme-brulee-2", "Creme brulee!", "Default Title", "", "FALSE", "archived"),
        ("t-shirt", "T-shirt", "S", "T-S", "TRUE", "active"),
        ("t-shirt", "", "M", "T-M", "", "active"),
    ]
    assert rows[2]["Type"] == "Men > Shirts"
    assert rows[2]["Body (HTML)"] == "Soft &amp; light<br>&lt;b&gt;Cotton&lt;/b&gt;"
    assert rows[2]["Variant Grams"] == "180.5"
    again = importer.send(answer.text, "shopify.csv")
    assert (again["format"], counts(again)) == ("shopify", (0, 0, 4, 0)), again


def test_shopify_reads_no_workbook(world: World) -> None:
    answer = world.manager.get("/products/export?layout=shopify&format=xlsx")

    assert problem(answer) == (422, "validation_failed")


def test_handles() -> None:
    assert handle_of("Crème brûlée, 2 kg!") == "creme-brulee-2-kg"
    assert handle_of("お茶 100g") == "お茶-100g"
    assert handle_of("!!!") == "product"
