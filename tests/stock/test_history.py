"""A shop that is upgraded to the stock ledger has its history told."""

from collections.abc import Callable

import pytest
from alembic import command
from sqlalchemy import Engine, text
from testing.payments import breaches
from testing.world import World

from shopkeeper.database.engine import DatabaseUrls
from shopkeeper.database.migrations import alembic_config
from shopkeeper.processes.server import prepare_database
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.application import Shop


@pytest.mark.parametrize(
    ("quantity", "told"),
    [
        # What explains it, and no more.
        (8, [("initial", 10), ("sale", -3), ("refund", 1)]),
        # Less than there must have been, and more than an integer counts.
        (0, [("initial", 3), ("sale", -3), ("refund", 1), ("adjustment", -1)]),
        (2**31 - 1, [("initial", 2**31 + 1), ("sale", -3), ("refund", 1)]),
    ],
)
def test_it_adds_up_to_what_is_there(  # noqa: PLR0917  # Fixtures and cases.
    fresh_app: Shop,
    fresh_world: World,
    fresh_engine: Engine,
    as_shop: Callable[[str], str],
    quantity: int,
    told: list[tuple[str, int]],
) -> None:
    product = fresh_world.product(quantity=10)
    order = fresh_world.executed_order(fresh_world.person(), [(product, 3)])
    lines = [{"product_id": product["id"], "quantity": 1}]
    body = {"id": order["id"], "items": lines}
    assert fresh_world.manager.post("/orders/refund", json=body).status_code == 200
    with fresh_engine.connect() as connection:
        command.downgrade(alembic_config(connection), "0006")
        connection.execute(
            text("UPDATE stock SET quantity = :there"), {"there": quantity}
        )
        connection.commit()

    url = fresh_engine.url.render_as_string(hide_password=False)
    urls = DatabaseUrls(url, as_shop(url))
    assert prepare_database(urls, get_settings())[0] == "0007"

    movements = fresh_world.session.execute(
        text("SELECT reason, delta FROM stock_movements ORDER BY sequence")
    )
    assert [tuple(row) for row in movements] == told
    assert fresh_world.stock(product) == quantity
    assert breaches(fresh_app.dispatcher.sessions) == []
