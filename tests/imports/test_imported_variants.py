"""Rows about variants: found by name and sku, or by sku; a row for each in exports."""

from typing import Any

import pytest
from testing.imports import HEAD, Importer, counts, told
from testing.world import World

from shopkeeper.imports.repository import rules


def shirt(world: World) -> dict[str, Any]:
    body = {
        "name": "T-shirt",
        "category": "Shirts",
        "price": "20.00",
        "options": [{"name": "Size", "values": ["S", "M"]}],
        "variants": [
            {"options": {"Size": "S"}, "quantity": 5, "sku": "TS-S", "cost": "4"},
            {"options": {"Size": "M"}, "quantity": 2, "sku": "TS-M"},
        ],
    }
    world.category("Shirts")
    answer = world.manager.post("/products/add", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def shown(world: World, product: dict[str, Any]) -> list[tuple[str, str, int]]:
    found = world.client.get(f"/products/{product['id']}").json
    return [(x["sku"], x["price"], x["quantity"]) for x in found["variants"]]


@pytest.mark.parametrize("match_by", ["name", "sku"])
def test_an_export_comes_back_unchanged(
    fresh_world: World, importer: Importer, match_by: str
) -> None:
    shirt(fresh_world)
    fresh_world.product(name="Pen", sku="PEN", category="Shirts")

    exported = fresh_world.manager.get("/products/export").text
    report = importer.send(exported, match_by=match_by)

    assert len(exported.splitlines()) == 4
    assert (report["status"], report["unchanged"]) == ("succeeded", 3), report


@pytest.mark.parametrize("match_by", ["name", "sku"])
def test_a_row_changes_the_variant_that_its_sku_tells(
    fresh_world: World, importer: Importer, match_by: str
) -> None:
    product = shirt(fresh_world)

    rows = "T-shirt,Shirts,7,21.00,,ts-m\nT-shirt,Shirts,5,20.00,4,TS-S\n"
    head = "name,category,quantity,price,cost,sku\n"
    report = importer.send(head + rows, match_by=match_by)

    assert (report["updated"], report["unchanged"]) == (1, 1), report
    assert shown(fresh_world, product) == [("TS-S", "20.00", 5), ("ts-m", "21.00", 7)]
    found = fresh_world.client.get(f"/products/{product['id']}").json
    assert (found["price"], found["quantity"]) == ("20.00", 12)


def test_a_row_that_does_not_say_which_is_refused(
    fresh_world: World, importer: Importer
) -> None:
    product = shirt(fresh_world)

    report = importer.send(HEAD + "T-shirt,Shirts,7,21.00,,\n")

    assert (report["status"], report["rejected"]) == ("failed", 1), report
    (error,) = report["errors"]
    assert (error["row"], error["code"]) == (2, "variant_required")
    assert shown(fresh_world, product) == [("TS-S", "20.00", 5), ("TS-M", "20.00", 2)]


def test_another_product_does_not_take_its_sku(
    fresh_world: World, importer: Importer
) -> None:
    shirt(fresh_world)

    head = "name,category,quantity,price,sku\n"
    report = importer.send(head + "Vest,Shirts,7,21.00,TS-M\n")

    (error,) = report["errors"]
    assert (error["column"], error["code"]) == ("sku", "sku_taken")


def test_two_products_do_not_get_the_same_name(
    fresh_world: World, importer: Importer
) -> None:
    shirt(fresh_world)
    fresh_world.product(name="Pen", sku="PEN", category="Shirts")

    report = importer.send("name,sku\nNew,PEN\nNew,TS-S\n", match_by="sku")

    (error,) = report["errors"]
    assert (error["row"], error["code"]) == (3, "duplicate_in_file")


def plain_rows(*rows: str, head: str = "name,category,quantity,price,sku") -> str:
    return "\n".join([head, *rows]) + "\n"


def titles(world: World, name: str) -> dict[str, tuple[str, int]]:
    """Title and stock of each variant of a product, by its sku."""
    found = [
        item
        for item in world.manager.get("/products?limit=100").json["items"]
        if item["name"] == name
    ]
    (product,) = found
    return {x["sku"]: (x["title"], x["quantity"]) for x in product["variants"]}


def test_rows_of_one_name_are_variants_by_their_sku(
    fresh_world: World, importer: Importer
) -> None:
    report = importer.send(plain_rows("Vest,Tops,3,5.00,V-S", "vest,Tops,4,6.00,V-M"))

    assert counts(report) == (2, 0, 0, 0), report
    assert titles(fresh_world, "Vest") == {"V-S": ("V-S", 3), "V-M": ("V-M", 4)}


def test_rows_of_one_name_differ_in_a_column(
    fresh_world: World, importer: Importer
) -> None:
    head = "name,category,quantity,price,sku,Colour,Größe"
    rows = ["Vest,Tops,3,5.00,,Red,S", "Vest,Tops,4,6.00,,Red,M", "Cap,Tops,1,2,,Red,L"]

    report = importer.send(plain_rows(*rows, head=head))

    assert counts(report) == (3, 0, 0, 0), report
    products = fresh_world.manager.get("/products").json["items"]
    by_name = {item["name"]: item for item in products}
    assert by_name["Vest"]["options"] == [{"name": "Größe", "values": ["S", "M"]}]
    assert by_name["Cap"]["options"] == []
    same = importer.send(plain_rows(*rows, head=head))
    assert counts(same) == (0, 0, 3, 0), same


def test_a_header_can_be_said_to_be_an_option(
    fresh_world: World, importer: Importer
) -> None:
    head = "name,category,quantity,price,sku,Kind"
    report = importer.send(
        plain_rows("Vest,Tops,3,5.00,V-S,Slim", head=head),
        columns='{"Kind": "option"}',
    )

    assert counts(report) == (1, 0, 0, 0), report
    assert titles(fresh_world, "Vest") == {"V-S": ("Slim", 3)}


def test_a_product_becomes_one_of_variants(
    fresh_world: World, importer: Importer
) -> None:
    importer.send(plain_rows("Vest,Tops,3,5.00,V-S"))
    (before,) = fresh_world.manager.get("/products").json["items"]

    report = importer.send(plain_rows("Vest,Tops,3,5.00,V-S", "Vest,Tops,4,6.00,V-M"))

    assert counts(report) == (1, 1, 0, 0), report
    assert titles(fresh_world, "Vest") == {"V-S": ("V-S", 3), "V-M": ("V-M", 4)}
    (after,) = fresh_world.manager.get("/products").json["items"]
    assert (after["id"], after["variant_id"]) == (before["id"], before["variant_id"])
    added = importer.send(plain_rows("Vest,Tops,9,7.00,V-L"))
    assert counts(added) == (1, 0, 0, 0), added
    assert titles(fresh_world, "Vest")["V-L"] == ("V-L", 9)


@pytest.mark.usefixtures("fresh_world")
def test_a_product_of_another_sku_is_not_made_one_of_variants_silently(
    importer: Importer,
) -> None:
    importer.send(plain_rows("Vest,Tops,3,5.00,V-S"))

    report = importer.send(plain_rows("Vest,Tops,3,5.00,V-M", "Vest,Tops,4,6.00,V-L"))

    assert told(report) == [
        (2, "sku", "variant_required"),
        (3, "sku", "variant_required"),
    ]


@pytest.mark.usefixtures("fresh_world")
def test_what_tells_two_rows_apart_is_needed(importer: Importer) -> None:
    twice = importer.send(plain_rows("Vest,Tops,3,5.00,", "Vest,Tops,4,6.00,"))
    assert told(twice) == [(3, "name", "duplicate_in_file")]
    one = importer.send(
        plain_rows("Vest,Tops,3,5,V-S", "Vest,Tops,4,6,V-M", "Vest,Tops,4,6,")
    )
    assert told(one) == [(4, "sku", "missing")]


@pytest.mark.usefixtures("fresh_world")
def test_rows_of_one_product_do_not_contradict_each_other(importer: Importer) -> None:
    report = importer.send(plain_rows("Vest,Tops,3,5.00,V-S", "Vest,Hats,4,6.00,V-M"))

    assert told(report) == [(3, "category", "differs_in_file")]
    assert "'" not in report["errors"][0]["message"]


def test_a_description_is_told_once(fresh_world: World, importer: Importer) -> None:
    head = "name,category,quantity,price,sku,description"
    rows = plain_rows("Vest,Tops,3,5.00,V-S,Warm", "Vest,Tops,4,6.00,V-M,", head=head)

    assert counts(importer.send(rows)) == (2, 0, 0, 0)
    (vest,) = fresh_world.manager.get("/products").json["items"]
    assert vest["description"] == "Warm"
    assert counts(importer.send(rows)) == (0, 0, 2, 0)


@pytest.mark.usefixtures("fresh_world")
def test_a_sku_that_is_another_variant_is_refused(importer: Importer) -> None:
    head = "name,category,quantity,price,sku,option1 name,option1 value"
    rows = ["Vest,Tops,3,5.00,V-S,Size,S", "Vest,Tops,4,6.00,V-M,Size,M"]
    importer.send(plain_rows(*rows, head=head))

    report = importer.send(plain_rows("Vest,Tops,3,5.00,V-S,Size,M", head=head))

    assert told(report) == [(2, "sku", "options_differ")]


@pytest.mark.parametrize("mode", ["insert", "update"])
@pytest.mark.usefixtures("fresh_world")
def test_modes_are_about_variants(importer: Importer, mode: str) -> None:
    rows = ["Vest,Tops,3,5.00,V-S", "Vest,Tops,4,6.00,V-M"]
    importer.send(plain_rows(*rows))

    report = importer.send(
        plain_rows(*rows, "Vest,Tops,4,6.00,V-L"), mode=mode, on_error="skip_rows"
    )

    if mode == "insert":
        assert counts(report) == (1, 0, 0, 2), report
    else:
        assert counts(report) == (0, 0, 2, 1), report
        assert told(report) == [(4, "name", "not_found")]


def test_an_export_of_options_comes_back_elsewhere(
    fresh_world: World, importer: Importer
) -> None:
    body = {
        "name": "T-shirt",
        "category": "Shirts",
        "price": "20.00",
        "options": [
            {"name": "Size", "values": ["S", "M"]},
            {"name": "Colour", "values": ["Red"]},
        ],
        "variants": [
            {
                "options": {"Size": "S", "Colour": "Red"},
                "quantity": 5,
                "barcode": "4006381333931",
                "weight_grams": 180.5,
                "compare_at_price": "25.00",
            },
            {"options": {"Size": "M", "Colour": "Red"}, "quantity": 2},
        ],
    }
    fresh_world.category("Shirts")
    made = fresh_world.manager.post("/products/add", json=body).json
    fresh_world.product(name="Pen", sku="PEN", category="Shirts")
    exported = fresh_world.manager.get("/products/export").text

    assert counts(importer.send(exported)) == (0, 0, 3, 0)
    for name in (made["id"],):
        fresh_world.manager.delete(f"/products/remove?id={name}")
    again = importer.send(exported)

    assert counts(again) == (2, 0, 1, 0), again
    items = fresh_world.manager.get("/products").json["items"]
    (shirt_again,) = [item for item in items if item["name"] == "T-shirt"]
    kept = ("options", "title", "price", "quantity", "barcode", "weight_grams")
    for key in (*kept, "compare_at_price", "cost"):
        assert [x[key] for x in shirt_again["variants"]] == [
            x[key] for x in made["variants"]
        ], key


@pytest.mark.parametrize("mode", ["upsert", "update"])
def test_a_sku_that_nobody_has_is_no_variant_of_whatever(
    fresh_world: World, importer: Importer, mode: str
) -> None:
    importer.send(plain_rows("Pen,Pens,5,1.50,P1", "Ink,Ink,3,12,I1"))

    stock = "sku,quantity\nI1,4\nP1,7\nNEW,4\n"
    report = importer.send(stock, match_by="sku", mode=mode, on_error="skip_rows")

    assert (counts(report)[1], report["rejected"]) == (2, 1), report
    items = fresh_world.manager.get("/products").json["items"]
    shown = {item["name"]: (item["options"], item["quantity"]) for item in items}
    assert shown == {"Ink": ([], 4), "Pen": ([], 7)}


def test_a_new_sku_does_not_take_the_options_of_another(
    fresh_world: World, importer: Importer
) -> None:
    head = "name,category,quantity,price,sku,size,colour"
    rows = ["Shirt,C,1,10,S1,S,Red", "Shirt,C,2,10,S2,M,Red"]
    importer.send(plain_rows(*rows, head=head))

    report = importer.send(
        plain_rows("Shirt,C,9,15,S3,M,Blue", head=head), match_by="sku"
    )

    assert told(report) == [(2, "sku", "options_differ")]
    assert titles(fresh_world, "Shirt") == {"S1": ("S", 1), "S2": ("M", 2)}


@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_what_is_left_of_rows_is_sound(
    fresh_world: World, importer: Importer, dry_run: str
) -> None:
    importer.send(plain_rows("Pen,Pens,5,1.50,P1"))

    report = importer.send(
        plain_rows("Pen,Pens,abc,1.50,P1", "Pen,Pens,3,2.50,P2"),
        on_error="skip_rows",
        dry_run=dry_run,
    )

    assert (report["status"], counts(report)) == ("succeeded", (0, 0, 0, 2)), report
    (pen,) = fresh_world.manager.get("/products").json["items"]
    assert (pen["options"], pen["sku"]) == ([], "P1")


@pytest.mark.usefixtures("fresh_world")
def test_options_are_told_apart_whatever_their_case(importer: Importer) -> None:
    head = "name,category,quantity,price,sku,option1 name,option1 value"
    twins = importer.send(
        plain_rows("Shirt,C,1,1,A,Size,S", "Shirt,C,1,1,B,size,s", head=head)
    )
    assert told(twins) == [(3, "name", "duplicate_in_file")]
    twice = importer.send(
        plain_rows(
            "Shirt,C,1,1,A,Size,S,size,M",
            head=f"{head},option2 name,option2 value",
        )
    )
    assert told(twice) == [(2, None, "options_differ")]


@pytest.mark.usefixtures("fresh_world")
def test_products_of_two_makers_are_not_one(importer: Importer) -> None:
    head = "name,category,quantity,price,sku,brand"
    rows = ["T-shirt,Tops,5,30,NK-1,Nike", "T-shirt,Tops,3,25,AD-1,Adidas"]

    assert told(importer.send(plain_rows(*rows, head=head))) == [
        (3, "brand", "differs_in_file")
    ]


def test_tags_of_any_row_are_the_products(
    fresh_world: World, importer: Importer
) -> None:
    head = "name,category,quantity,price,sku,tags"
    rows = plain_rows("Vest,Tops,5,30,V1,", 'Vest,Tops,3,25,V2,"a, b"', head=head)

    assert counts(importer.send(rows)) == (2, 0, 0, 0)
    assert counts(importer.send(rows)) == (0, 0, 2, 0)
    (vest,) = fresh_world.manager.get("/products").json["items"]
    assert vest["tags"] == ["a", "b"]


def test_a_product_gets_no_more_variants_than_it_may_have(
    fresh_world: World, importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_VARIANTS", 3)
    importer.send(plain_rows("Vest,Tops,3,5,V-S", "Vest,Tops,4,6,V-M"))

    one = importer.send(plain_rows("Vest,Tops,3,5,V-L"))
    more = importer.send(plain_rows("Vest,Tops,3,5,V-XL"))

    assert counts(one) == (1, 0, 0, 0), one
    assert told(more) == [(2, "name", "too_many_variants")]
    assert set(titles(fresh_world, "Vest")) == {"V-S", "V-M", "V-L"}
