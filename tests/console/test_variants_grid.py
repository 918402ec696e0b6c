"""The grid of a product's variants: many cells, all of them or none."""

from testing.visitor import Visitor
from testing.world import World


def test_many_cells_of_variants_are_changed_at_once(
    visitor: Visitor, world: World
) -> None:
    shirt = world.manager.post(
        "/products/add",
        json={
            "name": "Shirt",
            "category": world.category()["name"],
            "price": "9.00",
            "options": [{"name": "Size", "values": ["S", "M"]}],
            "variants": [
                {"options": {"Size": size}, "quantity": 1} for size in ("S", "M")
            ],
        },
    ).json
    small, medium = (each["id"] for each in shirt["variants"])
    path, action = (
        f"/products/{shirt['id']}",
        f"/console/products/{shirt['id']}/variants",
    )
    page = visitor.visit(path)

    def shown() -> list[tuple[str, str | None]]:
        told = world.manager.get(path).json["variants"]
        return [(each["price"], each["sku"]) for each in told]

    wrong = visitor.submit(
        page, action, **{f"price-{small}": "8.00", f"price-{medium}": "cheap"}
    )
    assert wrong.status_code == 422
    assert "M: price" in wrong.text
    assert 'value="cheap"' in wrong.text
    assert shown() == [("9.00", None), ("9.00", None)]

    typed = {f"price-{small}": "8.00", f"sku-{medium}": "SH-M"}
    visitor.follow(
        visitor.submit(wrong, action, **typed, **{f"price-{medium}": "9.00"})
    )
    assert shown() == [("8.00", None), ("9.00", "SH-M")]

    late = visitor.submit(page, action, **{f"price-{small}": "7.00"})
    assert late.status_code == 412
    assert "somebody has changed it meanwhile" in late.text
    assert shown() == [("8.00", None), ("9.00", "SH-M")]
