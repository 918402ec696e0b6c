"""The ledger: every quantity explained, and no way round it."""

from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from testing.world import World


def movements(world: World, product: dict[str, Any]) -> list[dict[str, Any]]:
    answer = world.manager.get(f"/products/{product['id']}/stock-movements")
    assert answer.status_code == 200, answer.text
    return list(answer.json["items"])


def variant_of(session: Session, product: dict[str, Any]) -> int:
    """The id of a product's one variant."""
    found = text("SELECT default_variant_id FROM products WHERE id = :id")
    return int(session.execute(found, {"id": product["id"]}).scalar_one())


def test_each_way_of_moving_stock_leaves_its_row(world: World) -> None:
    person, product = world.person(), world.product(quantity=10)
    order = world.executed_order(person, [(product, 3)])
    refund = {
        "id": order["id"],
        "items": [{"product_id": product["id"], "quantity": 1}],
    }
    refunded = world.manager.post("/orders/refund", json=refund).json["refunds"][0]
    world.manager.put("/products/update", json={"id": product["id"], "quantity": 20})

    told = movements(world, product)

    assert [(m["reason"], m["delta"], m["balance_after"]) for m in told] == [
        ("adjustment", 12, 20),
        ("refund", 1, 8),
        ("sale", -3, 7),
        ("initial", 10, 10),
    ]
    assert [m["order_id"] for m in told] == [None, order["id"], order["id"], None]
    assert told[1]["refund_id"] == refunded["id"]
    assert [m["user_id"] for m in told] == [
        world.manager.id,
        world.manager.id,
        person.id,
        world.manager.id,
    ]
    assert world.stock(product) == 20


def test_a_product_without_stock_has_no_movement(world: World) -> None:
    assert movements(world, world.product(quantity=0)) == []


def test_movements_come_in_pages_also_of_a_removed_product(world: World) -> None:
    product = world.product(quantity=1)
    for quantity in (2, 3):
        change = {"id": product["id"], "quantity": quantity}
        world.manager.put("/products/update", json=change)
    world.manager.delete(f"/products/remove?id={product['id']}")
    path = f"/products/{product['id']}/stock-movements?limit=2"

    first = world.manager.get(path).json
    rest = world.manager.get(f"{path}&cursor={first['next_cursor']}").json

    assert [m["balance_after"] for m in first["items"]] == [3, 2]
    assert [m["balance_after"] for m in rest["items"]] == [1]
    assert rest["next_cursor"] is None


def test_only_managers_read_the_ledger(world: World) -> None:
    product = world.product()

    refused = world.person().get(f"/products/{product['id']}/stock-movements")
    assert refused.status_code == 403
    assert world.manager.get("/products/999999/stock-movements").status_code == 404


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stock SET quantity = 99 WHERE variant_id = :id",
        "UPDATE stock SET version = version + 1 WHERE variant_id = :id",
        "DELETE FROM stock WHERE variant_id = :id",
        "TRUNCATE stock CASCADE",
        "TRUNCATE products CASCADE",
        "UPDATE stock_movements SET delta = 99 WHERE variant_id = :id",
        "DELETE FROM stock_movements WHERE variant_id = :id",
        "TRUNCATE stock_movements",
        """
        INSERT INTO stock (variant_id, quantity, updated_at) VALUES (:id, 0, now())
        ON CONFLICT (variant_id, location_id) DO UPDATE SET quantity = 99
        """,
        """
        MERGE INTO stock USING variants ON variants.id = variant_id
        WHEN MATCHED THEN UPDATE SET quantity = 99
        """,
    ],
)
def test_the_database_refuses_to_go_round_the_ledger(
    world: World, session: Session, statement: str
) -> None:
    product = world.product(quantity=5)

    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))

    with pytest.raises(IntegrityError) as refused, session.begin_nested():
        session.execute(text(statement), {"id": variant_of(session, product)})

    cause = refused.value.orig
    assert isinstance(cause, psycopg.Error)
    assert cause.sqlstate == "23001"
    assert world.stock(product) == 5


def test_stock_begins_empty(world: World, session: Session) -> None:
    product = world.product()
    copy = text(
        "INSERT INTO variants"
        " (product_id, position, price, created_at, updated_at, removed_at)"
        " SELECT product_id, 2, price, created_at, updated_at, now() FROM variants"
        " WHERE product_id = :id RETURNING id"
    )
    copied = session.scalar(copy, {"id": product["id"]})
    full = text(
        "INSERT INTO stock (variant_id, quantity, updated_at) VALUES (:id, 1, now())"
    )

    with pytest.raises(IntegrityError, match="stock begins at 0"):
        session.execute(full, {"id": copied})


@pytest.mark.parametrize(
    ("columns", "values", "constraint"),
    [
        (
            "reason, delta, balance_after",
            "'adjustment', -6, -1",
            "balance_not_negative",
        ),
        (
            "reason, delta, balance_after, unit_cost",
            "'receipt', 1, 6, -1",
            "unit_cost_not_negative",
        ),
    ],
)
def test_the_ledger_has_checks_of_its_own(
    world: World, session: Session, columns: str, values: str, constraint: str
) -> None:
    product = world.product(quantity=5)
    session.execute(text("ALTER TABLE stock_movements DISABLE TRIGGER USER"))

    with pytest.raises(IntegrityError, match=constraint):
        session.execute(
            text(
                "INSERT INTO stock_movements"
                " (variant_id, sequence, value_delta, value_after, created_at,"
                f" {columns})"
                f" VALUES (:id, 9, 0, 0, now(), {values})"
            ),
            {"id": variant_of(session, product)},
        )
