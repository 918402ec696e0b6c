"""Exports of programs of shops, read as they are meant and without an option."""

from typing import Any

import pytest
from testing.imports import Importer, counts, told
from testing.program_exports import (
    ETSY,
    MAGENTO,
    MEDUSA,
    SHOPIFY,
    SQUARE,
    SQUARESPACE,
    VENDURE,
    WIX,
    WOOCOMMERCE,
)
from testing.world import World


def variants(world: World) -> dict[str | None, tuple[str, str, str, int, str]]:
    """Of every sku: name, title, category, quantity and price."""
    found: dict[str | None, tuple[str, str, str, int, str]] = {}
    for product in world.manager.get("/products?limit=100").json["items"]:
        shown: list[Any] = product["variants"] or [{**product, "title": ""}]
        for each in shown:
            found[each["sku"]] = (
                product["name"],
                each["title"],
                product["category"],
                each["quantity"],
                each["price"],
            )
    return found


def test_shopify(fresh_world: World, importer: Importer) -> None:
    report = importer.send(SHOPIFY)

    assert (report["format"], counts(report)) == ("shopify", (4, 0, 0, 0)), report
    assert variants(fresh_world) == {
        "T-S-R": ("Linen tee", "S / Red", "Clothing", 3, "15.00"),
        "T-M-R": ("Linen tee", "M / Red", "Clothing", 4, "16.00"),
        "C-1": ("Warm cap", "", "Caps", 7, "9.00"),
        "G-1": ("Mug", "", "Uncategorized", 1, "8.00"),
    }
    (tee,) = fresh_world.manager.get("/products?search=linen").json["items"]
    small, medium = tee["variants"]
    assert tee["description"] == "Soft"
    assert small["options"] == {"Size": "S", "Colour": "Red"}
    assert (small["compare_at_price"], small["barcode"]) == ("20.00", "4006381333931")
    assert (small["weight_grams"], medium["weight_grams"]) == (180, 190)
    # Neither is a former price of nothing one, nor these two digits a barcode.
    assert (medium["compare_at_price"], medium["barcode"]) == (None, None)


def test_shopify_again_changes_what_differs(
    fresh_world: World, importer: Importer
) -> None:
    importer.send(SHOPIFY)

    same = importer.send(SHOPIFY)
    assert counts(same) == (0, 0, 4, 0), same
    changed = importer.send(SHOPIFY.replace("16.00", "17.50"))
    assert counts(changed) == (0, 1, 3, 0), changed
    assert variants(fresh_world)["T-M-R"][-1] == "17.50"
    more = "tee,,,,,,,,,L,,Red,T-L-R,190,9,16.00,0,,,5.00,\n"
    added = importer.send(SHOPIFY + more)
    assert counts(added) == (1, 1, 3, 0), added
    assert variants(fresh_world)["T-L-R"] == (
        *("Linen tee", "L / Red", "Clothing"),
        *(9, "16.00"),
    )


def test_woocommerce(fresh_world: World, importer: Importer) -> None:
    report = importer.send(WOOCOMMERCE)

    assert (report["format"], counts(report)) == ("woocommerce", (3, 0, 0, 0)), report
    assert variants(fresh_world) == {
        "HOOD-S": ("Hoodie", "S", "Clothing > Hoodies", 5, "40.00"),
        "HOOD-M": ("Hoodie", "M", "Clothing > Hoodies", 2, "42.00"),
        "BELT": ("Belt", "", "Clothing", 9, "18.00"),
    }
    assert any("passed over: 2, 6" in note for note in report["notes"]), report


def test_magento(fresh_world: World, importer: Importer) -> None:
    report = importer.send(MAGENTO)

    assert (report["format"], counts(report)) == ("magento", (3, 0, 0, 0)), report
    assert variants(fresh_world) == {
        "J-S": ("Jacket", "S", "Men", 4, "50.00"),
        "J-M": ("Jacket", "M", "Men", 1, "52.00"),
        "BAG": ("Bag", "", "Gear", 10, "34.00"),
    }


def test_squarespace(fresh_world: World, importer: Importer) -> None:
    report = importer.send(SQUARESPACE)

    assert (report["format"], counts(report)) == ("squarespace", (3, 0, 0, 0)), report
    assert variants(fresh_world) == {
        "CA-S": ("Candle", "Small", "Home", 4, "12.00"),
        "CA-L": ("Candle", "Large", "Home", 0, "18.00"),
        "MA": ("Matches", "", "Home", 50, "2.00"),
    }


def test_square(fresh_world: World, importer: Importer) -> None:
    report = importer.send(SQUARE, columns='{"Current Quantity Main": "quantity"}')

    assert (report["format"], counts(report)) == ("square", (3, 0, 0, 0)), report
    assert variants(fresh_world) == {
        "CO-250": ("Coffee", "250 g", "Coffee", 10, "7.50"),
        "CO-1000": ("Coffee", "1 kg", "Coffee", 3, "25.00"),
        "FI": ("Filter", "", "Coffee", 8, "4.00"),
    }


def test_medusa(fresh_world: World, importer: Importer) -> None:
    report = importer.send(MEDUSA)

    assert (report["format"], counts(report)) == ("medusa", (2, 0, 0, 0)), report
    assert variants(fresh_world) == {
        "SH-S": ("Shirt", "S", "Summer", 5, "19.50"),
        "SH-M": ("Shirt", "M", "Summer", 6, "20.50"),
    }


def test_wix(fresh_world: World, importer: Importer) -> None:
    report = importer.send(WIX)

    assert (report["format"], counts(report)) == ("wix", (3, 0, 0, 0)), report
    assert variants(fresh_world) == {
        "R-52": ("Ring", "52", "Rings", 3, "90.00"),
        "R-54": ("Ring", "54", "Rings", 0, "95.00"),
        "CH": ("Chain", "", "Chains", 6, "40.00"),
    }


def test_vendure(fresh_world: World, importer: Importer) -> None:
    report = importer.send(VENDURE)

    assert (report["format"], counts(report)) == ("vendure", (3, 0, 0, 0)), report
    assert variants(fresh_world) == {
        "L138": ("Laptop", "13 inch / 8GB", "Uncategorized", 5, "899.00"),
        "L1316": ("Laptop", "13 inch / 16GB", "Uncategorized", 2, "1029.00"),
        "M": ("Mouse", "", "Uncategorized", 9, "19.00"),
    }


def test_what_magento_has_disabled_is_a_draft(
    fresh_world: World, importer: Importer
) -> None:
    head, *rows = MAGENTO.splitlines()
    online = [f"{head},product_online"]
    online += [f"{row},{2 if row.startswith('J,') else 1}" for row in rows]

    report = importer.send("\n".join(online) + "\n")

    assert counts(report) == (3, 0, 0, 0), report
    assert set(variants(fresh_world)) == {"BAG"}


def test_etsy(fresh_world: World, importer: Importer) -> None:
    report = importer.send(ETSY)

    assert (report["format"], counts(report)) == ("etsy", (2, 0, 0, 0)), report
    # What it lists of variations does not say how many there are of which.
    assert variants(fresh_world) == {
        None: ("Ring", "", "Uncategorized", 3, "90.00"),
        "CH": ("Chain", "", "Uncategorized", 6, "40.00"),
    }


@pytest.mark.usefixtures("fresh_world")
def test_a_format_can_be_refused(importer: Importer) -> None:
    report = importer.send(WOOCOMMERCE, format="plain", on_error="skip_rows")

    assert report["format"] is None
    assert (3, "category", "missing") in told(report)


def test_a_draft_is_one_with_all_its_variants(
    fresh_world: World, importer: Importer
) -> None:
    draft = SHOPIFY.replace("https://e.example/a.jpg,5.00,active", ",5.00,draft")

    report = importer.send(draft)

    assert counts(report) == (4, 0, 0, 0), report
    assert set(variants(fresh_world)) == {"C-1", "G-1"}
    (tee,) = fresh_world.manager.get("/products?status=draft").json["items"]
    assert (tee["brand"], len(tee["variants"])) == ("Acme", 2)


def test_a_broken_row_does_not_give_its_variants_away(
    fresh_world: World, importer: Importer
) -> None:
    broken = SQUARESPACE.replace("p1,PHYSICAL,Candle,Nice", 'p1,PHYSICAL,"Big"Candle,x')
    report = importer.send(
        broken.replace("p2,PHYSICAL,Matches,,MA,,,2.00,0.00,50,Home\n", "").replace(
            "p1,", "p0,PHYSICAL,Jar,,JA,Size,One,1,0,4,Home\np1,", 1
        ),
        on_error="skip_rows",
    )

    assert set(variants(fresh_world)) == {"JA"}, report
    assert report["rejected"] == 2, report


@pytest.mark.usefixtures("fresh_world")
def test_a_variation_without_its_product_is_refused(importer: Importer) -> None:
    rows = WOOCOMMERCE.splitlines(keepends=True)

    report = importer.send("".join([rows[0], rows[2], rows[3]]))

    assert told(report) == [(2, None, "parent_missing"), (3, None, "parent_missing")]


@pytest.mark.parametrize("parent", ["1", "-1"])
def test_a_variation_that_is_not_published_is_not_sold(
    fresh_world: World, importer: Importer, parent: str
) -> None:
    rows = WOOCOMMERCE.replace("HOOD,Hoodie,1,", f"HOOD,Hoodie,{parent},").replace(
        '"Hoodie - M",1', '"Hoodie - M",0'
    )

    report = importer.send(rows)

    if parent == "1":  # One is sold and the other is not: which is meant, is asked.
        assert told(report) == [(4, "status", "differs_in_file")]
    else:
        assert counts(report) == (3, 0, 0, 0), report
        assert set(variants(fresh_world)) == {"BELT"}


def test_brand_and_tags_of_a_parent_are_its_variants(
    fresh_world: World, importer: Importer
) -> None:
    head, parent, *others = WOOCOMMERCE.splitlines()
    added = [f"{head},Tags,Brands", f"{parent},warm,Acme", *[f"{x},," for x in others]]
    file = "\n".join(added) + "\n"

    assert counts(importer.send(file)) == (3, 0, 0, 0)
    (hoodie,) = fresh_world.manager.get("/products?search=hoodie").json["items"]
    assert (hoodie["brand"], hoodie["tags"]) == ("Acme", ["warm"])
    assert counts(importer.send(file)) == (0, 0, 3, 0)


def test_the_case_of_a_sku_does_not_matter(
    fresh_world: World, importer: Importer
) -> None:
    assert counts(importer.send(MAGENTO.replace("sku=J-S", "sku=j-s"))) == (3, 0, 0, 0)
    assert variants(fresh_world)["J-S"][:2] == ("Jacket", "S")


def test_of_two_handles_of_one_title_the_first_is_meant(
    fresh_world: World, importer: Importer
) -> None:
    head = SHOPIFY.splitlines()[0].replace("Option2 Name,Option2 Value,", "")
    row = "{},{},,Acme,,Tees,,true,Size,{},{},1,3,15,,,,5,active"
    sizes = [("tee-b", "S", "BS"), ("tee-b", "M", "BM"), ("tee-a", "XS", "AX")]
    file = "\n".join([head, *[row.format(h, "Tee", s, k) for h, s, k in sizes]]) + "\n"

    for _ in range(2):
        report = importer.send(file, on_error="skip_rows")
        assert told(report)[0] == (4, "name", "duplicate_in_file"), report
        assert set(variants(fresh_world)) == {"BS", "BM"}
