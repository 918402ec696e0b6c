"""Heads of requests that are too large are refused with a problem."""

from testing.world import World, problem


def test_an_address_longer_than_any_is_refused(world: World) -> None:
    answer = world.client.get(f"/products?search={'x' * 17_000}")

    assert problem(answer) == (414, "target_too_long")


def test_header_fields_larger_than_any_clients_are_refused(world: World) -> None:
    one = world.client.get("/products", headers={"X-Large": "x" * 33_000})
    many = world.client.get(
        "/products", headers={f"X-{n}": "x" * 700 for n in range(50)}
    )
    fine = world.client.get("/products", headers={"X-Large": "x" * 16_000})

    assert problem(one) == problem(many) == (431, "head_too_large")
    assert fine.status_code == 200
