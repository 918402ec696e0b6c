"""A large shop, made straight in PostgreSQL: years of executed orders in minutes.

    .venv/bin/python bench/big_shop.py URL [--orders 3300000] [--products 50000]

What is made is what the shop's own use cases would have made, but for the
stock ledger, which has one first movement of each product and none of the
sales: statistics of sales do not read it.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine, create_engine, text

from shopkeeper.statistics.repository.closing import STORY

COUNTRIES = [
    *("US", "GB", "DE", "FR", "IE", "ES", "IT", "NL", "SE", "PL"),
    *("AT", "BE", "DK", "FI", "PT", "JP", "AU", "CA", "IN", "BR"),
]


@dataclass(frozen=True)
class Size:
    orders: int = 3_300_000
    products: int = 50_000
    categories: int = 60
    customers: int = 20_000
    days: int = 3 * 365


# Foreign keys and guards are not looked at, and indexes are made at the end:
# this is history, not trade.
STEPS = {
    "people": """
        INSERT INTO users (email, full_name, password_hash, role, created_at,
            updated_at)
        SELECT 'buyer-' || n || '@example.com', 'Buyer ' || n, 'x', 'customer',
            now() - :days * interval '1 day', now() - :days * interval '1 day'
        FROM generate_series(1, :customers) AS n
    """,
    "categories": """
        INSERT INTO categories (name, created_at, updated_at)
        SELECT 'Shelf ' || n, now() - :days * interval '1 day',
            now() - :days * interval '1 day'
        FROM generate_series(1, :categories) AS n
    """,
    "products": """
        INSERT INTO products (name, slug, skus, default_variant_id, category_id, price,
            created_at, updated_at)
        SELECT 'Article ' || n, 'article-' || n, 'A-' || n, nextval('variants_id_seq'),
            (SELECT min(id) FROM categories) + n % :categories,
            round((1 + 200 * power(random(), 3))::numeric, 2),
            now() - :days * interval '1 day', now() - :days * interval '1 day'
        FROM generate_series(1, :products) AS n
    """,
    "variants": """
        INSERT INTO variants (id, product_id, position, sku, price, created_at,
            updated_at)
        OVERRIDING SYSTEM VALUE
        SELECT default_variant_id, id, 1, skus, price, created_at, updated_at
        FROM products ORDER BY id
    """,
    "stock": """
        INSERT INTO stock (variant_id, quantity, value, cost, version, updated_at)
        SELECT id, q, q * c, c, 2, created_at
        FROM (
            SELECT id, created_at, 1 + floor(random() * 500)::bigint AS q,
                round(price * 0.6, 4) AS c
            FROM variants
        ) AS made
    """,
    "first movements": """
        INSERT INTO stock_movements (variant_id, sequence, delta, balance_after,
            value_delta, value_after, reason, created_at)
        SELECT variant_id, 2, quantity, quantity, value, value, 'initial', updated_at
        FROM stock
    """,
    # Some sell often, most seldom; trade grows over the years.
    "lines": """
        CREATE UNLOGGED TABLE made AS
        SELECT DISTINCT ON (n, product) n,
            (SELECT min(id) FROM products) + product AS product_id, quantity
        FROM (
            SELECT n, least(floor(power(random(), 2.5) * :products), :products - 1)
                ::bigint AS product,
                1 + floor(power(random(), 3) * 5)::integer AS quantity
            FROM generate_series(1, :orders) AS n,
                generate_series(1, 1 + (n % 5 + n % 2)::integer)
        ) AS lines
    """,
    "orders": """
        INSERT INTO orders (id, user_id, status, location, country_code, total,
            created_at, updated_at, executed_at, invoice_number)
        OVERRIDING SYSTEM VALUE
        SELECT n, (SELECT min(id) FROM users WHERE role = 'customer')
                + n % :customers, 'executed', 'Somewhere',
            (CAST(:countries AS text[]))
                [1 + floor(power(random(), 2) * :many)::integer],
            total, moment, moment, moment, 'INV-' || n
        FROM (
            SELECT n, sum(quantity * price) AS total,
                now() - :days * interval '1 day'
                    * (1 - power(n::double precision / :orders, 0.8)) AS moment
            FROM made JOIN products ON products.id = product_id
            GROUP BY n
        ) AS totals
        ORDER BY n
    """,
    "order_items": """
        INSERT INTO order_items (order_id, product_id, variant_id, position,
            product_name, category_id, category_name, quantity, unit_price, line_cost)
        SELECT n, product_id, default_variant_id,
            row_number() OVER (PARTITION BY n ORDER BY product_id),
            products.name, category_id, categories.name, quantity, price,
            quantity * round(price * 0.6, 4)
        FROM made
        JOIN products ON products.id = product_id
        JOIN categories ON categories.id = category_id
        ORDER BY n, product_id
    """,
    "payments": """
        INSERT INTO payments (order_id, user_id, method, reference, status, amount,
            created_at, settled_at)
        SELECT id, user_id, 'invoice', 'INV-' || id, 'captured', total, executed_at,
            executed_at
        FROM orders
    """,
    "activities": """
        INSERT INTO activities (id, at, user_id, role, operation, entity, entity_id,
            request_id, client)
        SELECT uuidv7(), moment, (SELECT min(id) FROM users) + n % 7, 'manager',
            'update_product', 'products', (SELECT min(id) FROM products) + n
            % :products, n, '0123456789abcdef'
        FROM (
            SELECT n, now() - n * interval '1 minute' AS moment
            FROM generate_series(1, :products) AS n
        ) AS made
    """,
    "activity changes": """
        INSERT INTO activity_changes (activity_id, entity, entity_id, product_id,
            before, after)
        SELECT activities.id, 'variants', variants.id, product_id, '{"price": 1.5000}',
            '{"price": 2.5000}'
        FROM activities JOIN variants ON variants.product_id = entity_id
    """,
    "refunds": """
        WITH back AS (
            SELECT orders.id, executed_at + interval '3 days' AS moment, payments.id
                AS payment_id
            FROM orders JOIN payments ON payments.order_id = orders.id
            WHERE orders.id % 25 = 0 AND executed_at < now() - interval '4 days'
        ), items AS (
            SELECT DISTINCT ON (order_id) back.*, line.id AS line_id, line.unit_price,
                line.line_cost / line.quantity AS cost
            FROM back JOIN order_items AS line ON line.order_id = back.id
            ORDER BY order_id, product_id
        ), noted AS (
            INSERT INTO refunds (order_id, payment_id, user_id, reference,
                credit_note_number, status, amount, restocked, created_at, settled_at)
            SELECT id, payment_id, (SELECT min(id) FROM users), 'CRN-' || id,
                'CRN-' || id, 'succeeded', unit_price, true, moment, moment
            FROM items
            RETURNING id, order_id
        )
        INSERT INTO refund_items (refund_id, order_id, order_item_id, quantity, amount,
            cost, restocked_cost, restocked_quantity)
        SELECT noted.id, noted.order_id, line_id, 1, unit_price, cost, cost, 1
        FROM noted JOIN items ON items.id = noted.order_id
    """,
    "refunded quantities": """
        UPDATE order_items AS line SET refunded_quantity = item.quantity
        FROM refund_items AS item
        WHERE item.order_id = line.order_id AND item.order_item_id = line.id
    """,
    "refunded orders": """
        UPDATE orders
        SET refunded_total = refunds.amount,
            status = CASE WHEN refunds.amount = total
                THEN 'refunded' ELSE 'partially_refunded' END
        FROM refunds WHERE refunds.order_id = orders.id
    """,
    "numbers": "SELECT setval(pg_get_serial_sequence('orders', 'id'), :orders)",
    "cleaning": "DROP TABLE made",
}


def fill(engine: Engine, size: Size, tell: Callable[[str], None] = print) -> None:
    """Fill an empty, migrated database."""
    values = {**size.__dict__, "countries": COUNTRIES, "many": len(COUNTRIES)}
    with engine.connect() as connection:
        for setting in (
            "session_replication_role = replica",
            "statement_timeout = 0",
            "work_mem = '512MB'",
            "maintenance_work_mem = '512MB'",
            "synchronous_commit = off",
            "plan_cache_mode = force_custom_plan",
            "max_parallel_workers_per_gather = 2",
        ):
            connection.execute(text(f"SET {setting}"))
        # No day is closed of which half is there.
        connection.execute(text(f"SELECT pg_advisory_lock_shared({STORY})"))
        indexes = _drop_indexes(connection.execute)
        for name, statement in STEPS.items():
            started = time.perf_counter()
            connection.execute(text(statement), values)
            connection.commit()
            tell(f"{name}: {time.perf_counter() - started:.0f} s")
        for definition in indexes:
            connection.execute(text(definition))
        connection.commit()
        connection.execute(text(f"SELECT pg_advisory_unlock_shared({STORY})"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))


def _drop_indexes(execute: Callable[..., object]) -> list[str]:
    """Drop what is quicker made at once; give the statements that make it."""
    found = execute(
        text(
            """
            SELECT indexrelid::regclass::text AS name,
                pg_get_indexdef(indexrelid) AS definition
            FROM pg_index
            WHERE indrelid IN ('orders'::regclass, 'order_items'::regclass,
                    'payments'::regclass, 'products'::regclass)
                AND NOT indisprimary AND NOT indisunique
            """
        )
    )
    rows = list(found)  # type: ignore[call-overload]  # A result of rows.
    for row in rows:
        execute(text(f"DROP INDEX {row.name}"))
    return [row.definition for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("url", help="of an empty, migrated database")
    parser.add_argument("--orders", type=int, default=Size.orders)
    parser.add_argument("--products", type=int, default=Size.products)
    chosen = parser.parse_args()
    engine = create_engine(chosen.url)
    fill(engine, Size(orders=chosen.orders, products=chosen.products))
    engine.dispose()


if __name__ == "__main__":
    main()
