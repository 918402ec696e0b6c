"""What was sold of each variant, under what it was called then."""

from typing import Any

from testing.world import World


def test_each_variant_has_its_share(world: World) -> None:
    shirt = world.manager.post(
        "/products/add",
        json={
            "name": "T-shirt",
            "category": world.category()["name"],
            "price": "10",
            "options": [{"name": "Size", "values": ["S", "M", "L"]}],
            "variants": [
                {"options": {"Size": size}, "quantity": 9, "sku": f"T-{size}"}
                for size in "SML"
            ],
        },
    ).json
    pen, person = world.product(price="2", quantity=9), world.person()
    small, medium, _ = (variant["id"] for variant in shirt["variants"])
    order = person.post(
        "/orders/create",
        json={
            "location": "Ireland",
            "items": [
                {"variant_id": small, "quantity": 1},
                {"variant_id": medium, "quantity": 5},
                {"product_id": pen["id"], "quantity": 4},
            ],
        },
    ).json
    assert person.post("/orders/execute", json={"id": order["id"]}).status_code == 200
    body = {"id": order["id"], "items": [{"variant_id": medium, "quantity": 2}]}
    assert world.manager.post("/orders/refund", json=body).status_code == 200
    rename = {"product_id": shirt["id"], "name": "Size", "rename_values": {"M": "Mid"}}
    assert world.manager.put("/options/update", json=rename).status_code == 200

    def told(query: str = "") -> Any:
        answer = world.manager.get(f"/statistics/product-sales?by=variant{query}")
        assert answer.status_code == 200, answer.text
        return answer.json

    sales = told()
    assert sales["total_quantity_sold"] == 8
    assert [
        (item["sku"], item["variant_title"], item["total_quantity_sold"])
        for item in sales["items"]
    ] == [(None, "", 4), ("T-M", "M", 3), ("T-S", "S", 1)]
    assert sales["items"][1] == {
        **sales["items"][1],
        "product_id": shirt["id"],
        "variant_id": medium,
        "product_name": "T-shirt",
        "revenue": "30.00",
        "sales_percentage": "37.50",
    }
    of_shirts = told(f"&product_id={shirt['id']}")
    assert [item["sku"] for item in of_shirts["items"]] == ["T-M", "T-S"]
    first = told("&limit=1")
    rest = told(f"&limit=5&cursor={first['next_cursor']}")
    assert first["items"] + rest["items"] == sales["items"]
    table = world.manager.get("/statistics/product-sales?by=variant&format=csv").text
    assert (
        table.splitlines()[0]
        .lstrip("\ufeff")
        .startswith(
            "product_id,variant_id,product_name,variant_title,sku,total_quantity_sold"
        )
    )
    products = world.manager.get("/statistics/product-sales").json["items"]
    assert [item["total_quantity_sold"] for item in products] == [4, 4]
