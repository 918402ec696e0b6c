"""Bad rows come back corrected, without options, and mean what they meant."""

from testing.imports import HEAD, Importer, counts
from testing.world import problem


def test_defaults_come_back_with_new_products_only(importer: Importer) -> None:
    importer.world.product(name="Known", quantity=10)
    failed = importer.send(
        "name,price\nKnown,x\nFresh,y\n",
        default_category="Misc",
        default_quantity="3",
        on_error="skip_rows",
    )
    sheet = importer.world.manager.get(failed["errors_url"]).text
    assert "Known,x,,," in sheet
    assert "Fresh,y,Misc,3," in sheet

    report = importer.send(sheet.replace("Known,x", "Known,7").replace("h,y", "h,8"))

    assert counts(report) == (1, 1, 0, 0)
    known = importer.world.client.get("/products?search=known").json["items"][0]
    assert (known["quantity"], known["price"]) == (10, "7.00")
    assert known["category"] != "Misc"


def test_empty_cells_of_new_products_come_back_filled(importer: Importer) -> None:
    failed = importer.send(
        HEAD + "Fresh,,,x,,\n",
        default_category="Misc",
        default_quantity="3",
        on_error="skip_rows",
    )
    sheet = importer.world.manager.get(failed["errors_url"]).text

    assert counts(importer.send(sheet.replace(",x,", ",5,"))) == (1, 0, 0, 0)


def test_what_was_to_be_added_is_never_taken_for_the_stock(importer: Importer) -> None:
    importer.world.product(name="Pen", quantity=10)
    failed = importer.send("name,quantity\nPen,x\n", quantity_mode="add")
    sheet = importer.world.manager.get(failed["errors_url"]).text.replace("x", "5")

    refused = importer.send(sheet)
    assert "quantity_mode=add" in refused["failure"]["detail"]
    importer.send(sheet, quantity_mode="add")

    pen = importer.world.client.get("/products?search=pen").json["items"][0]
    assert pen["quantity"] == 15


def test_what_was_said_of_money_and_status_comes_back(importer: Importer) -> None:
    data = "name,category,quantity,Price (EUR),Status\nPen,Pens,x,5,draft\n"
    said = '{"Price (EUR)": "price", "Status": null}'
    failed = importer.send(data, columns=said, on_error="skip_rows")
    sheet = importer.world.manager.get(failed["errors_url"]).text

    assert counts(importer.send(sheet.replace(",x,", ",5,"))) == (1, 0, 0, 0)


def test_rows_come_with_all_their_cells_and_where_they_are_wrong(
    importer: Importer,
) -> None:
    importer.world.product(name="Known")
    failed = importer.send(
        "name,price,Note\nKnown,x,first\nFresh,y,second\nGood,3,third\n",
        default_category="Misc",
        default_quantity="3",
        on_error="skip_rows",
    )
    address = f"/imports/{failed['id']}/bad-rows"

    told = importer.world.manager.get(address).json

    assert told["header"] == ["name", "price", "Note", "category", "quantity"]
    assert told["next_cursor"] is None
    assert [(each["row"], each["cells"]) for each in told["items"]] == [
        (2, ["Known", "x", "first", "", ""]),
        (3, ["Fresh", "y", "second", "Misc", "3"]),
    ]
    (error,) = told["items"][0]["errors"]
    assert (error["place"], error["column"]) == (1, "price")
    assert error["message"]


def test_lines_and_cells_without_a_header_are_told(importer: Importer) -> None:
    failed = importer.send('name,price\n"Two\nlines",x\nPen,y,surplus\n')

    told = importer.world.manager.get(f"/imports/{failed['id']}/bad-rows").json

    lines, surplus = told["items"]
    assert (lines["cells"][0], lines["extra"]) == ("Two\nlines", [])
    assert (surplus["cells"][:2], surplus["extra"]) == (["Pen", "y"], ["surplus"])


def test_pages_of_bad_rows_follow_each_other(importer: Importer) -> None:
    rows = "".join(f"Pen {n},Pens,x,1,,\n" for n in range(7))
    failed = importer.send(HEAD + rows, quantity_mode="add")
    get = importer.world.manager.get
    address, cursor = f"/imports/{failed['id']}/bad-rows?limit=3", ""
    seen = []
    while True:
        page = get(f"{address}&cursor={cursor}" if cursor else address).json
        assert page["options"]["quantity_mode"] == "add"
        seen += [each["row"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == list(range(2, 9))


def test_of_an_import_that_is_none(importer: Importer) -> None:
    answer = importer.world.manager.get("/imports/99/bad-rows")

    assert problem(answer) == (404, "import_not_found")
