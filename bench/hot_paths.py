"""The hot paths: what a client sends, beside the bare SQL of the same request."""

import json
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.bare_sql import CREATE, EXECUTE, PAGE, SHELVES
from bench.load import HEAD_ENDS, Client


@dataclass(frozen=True)
class Buyer:
    """A customer with a token."""

    id: int
    token: str


NOBODY = Buyer(0, "")


@dataclass
class Ground:
    """What requests are made of: products by their ids, pages, and who buys."""

    first: int
    last: int
    cursors: list[str]
    # The entity tags of some products, as they are now.
    tags: dict[int, str] = field(default_factory=dict)
    buyers: list[Buyer] = field(default_factory=list)
    manager: Buyer = NOBODY


@dataclass(frozen=True)
class HotPath:
    """A path, its clients, and its limit.

    `consumes` orders that wait to be executed: so many are made before. wrk tells
    no good status from another.
    """

    name: str
    goal: float | None
    client: Callable[[Ground, int, range], Client]
    sql: str
    expected: tuple[int, ...] = (200,)
    consumes: bool = False
    # Whether each request may be sent only once.
    once: bool = False
    # Whether its requests are made of the answers before them, or an answer takes so
    # long that wrk would leave before it is there.
    waits: bool = False
    # Requests that make up one of what pgbench counts.
    requests: int = 1


def encode(
    method: str, path: str, token: str | None = None, body: Any = None, **more: str
) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    data = b""
    if body is not None:
        data = json.dumps(body).encode()
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    return "\r\n".join([*lines, "", ""]).encode() + data


def over_and_over(make: Callable[[random.Random], bytes], seed: int) -> Client:
    chance = random.Random(seed)
    while True:
        yield make(chance)


def one_product(ground: Ground, number: int, _: range) -> Client:
    return over_and_over(
        lambda chance: encode(
            "GET", f"/products/{chance.randint(ground.first, ground.last)}"
        ),
        number,
    )


def matching(ground: Ground, number: int, _: range) -> Client:
    requests = [
        encode("GET", f"/products/{product}", If_None_Match=tag)
        for product, tag in ground.tags.items()
    ]
    return over_and_over(lambda chance: chance.choice(requests), number)


def page(ground: Ground, number: int, _: range) -> Client:
    return over_and_over(
        lambda chance: encode(
            "GET", f"/products?limit=20&cursor={chance.choice(ground.cursors)}"
        ),
        number,
    )


def filtered(_ground: Ground, number: int, _: range) -> Client:
    return over_and_over(
        lambda chance: encode(
            "GET",
            f"/products?category=Shelf+{chance.randint(1, SHELVES)}"
            "&sort=price&limit=20",
        ),
        number,
    )


def search(ground: Ground, number: int, _: range) -> Client:
    many = ground.last - ground.first
    return over_and_over(
        lambda chance: encode(
            "GET", f"/products?search={chance.randint(1000, many)}&limit=20"
        ),
        number,
    )


def buyer_of(ground: Ground, number: int) -> Buyer:
    return ground.buyers[number % len(ground.buyers)]


def new_order(ground: Ground, buyer: Buyer, chance: random.Random) -> bytes:
    first = chance.randint(ground.first, ground.last - 2)
    items = [
        {"product_id": first, "quantity": chance.randint(1, 3)},
        {"product_id": first + 1, "quantity": 1},
        {"product_id": first + 2, "quantity": 2},
    ]
    return encode(
        "POST",
        "/orders/create",
        buyer.token,
        {"location": "Ireland", "items": items},
        Idempotency_Key=str(uuid.UUID(int=chance.getrandbits(128))),
    )


def execution(buyer: Buyer, order_id: int) -> bytes:
    return encode(
        "POST",
        "/orders/execute",
        buyer.token,
        {"id": order_id},
        Idempotency_Key=str(uuid.uuid4()),
    )


def create(ground: Ground, number: int, waiting: range) -> Client:
    buyer = buyer_of(ground, number)
    chance = random.Random()
    for _ in waiting:
        yield new_order(ground, buyer, chance)


def execute(ground: Ground, number: int, waiting: range) -> Client:
    buyer = buyer_of(ground, number)
    for order_id in waiting:
        yield execution(buyer, order_id)


def create_and_execute(ground: Ground, number: int, _: range) -> Client:
    buyer = buyer_of(ground, number)
    chance = random.Random()
    while True:
        made = yield new_order(ground, buyer, chance)
        yield execution(buyer, json.loads(made.partition(HEAD_ENDS)[2])["id"])


def own_orders(ground: Ground, number: int, _: range) -> Client:
    request = encode("GET", "/orders/user?limit=20", buyer_of(ground, number).token)
    return over_and_over(lambda _: request, number)


def profit(ground: Ground, number: int, _: range) -> Client:
    request = encode("GET", "/statistics/profit", ground.manager.token)
    return over_and_over(lambda _: request, number)


def paths() -> Iterator[HotPath]:
    pick = "\\set id random(:first, :last)\n"
    yield HotPath(
        "one product", 0.15, one_product, pick + PAGE.format("AND p.id = :id;")
    )
    yield HotPath(
        "one product, matching ETag",
        None,
        matching,
        pick + PAGE.format("AND p.id = :id;"),
        expected=(200, 304),
    )
    yield HotPath(
        "catalogue page",
        0.20,
        page,
        "\\set n random(1, :last - :first)\n"
        + PAGE.format(
            "AND lower(p.name) > 'article ' || CAST(:n AS bigint)"
            " ORDER BY lower(p.name) LIMIT 21;"
        ),
    )
    yield HotPath(
        "page by category and price",
        0.25,
        filtered,
        f"\\set n random(1, {SHELVES})\n"
        + PAGE.format(
            "AND p.category_id = (SELECT id FROM categories"
            " WHERE lower(name) = 'shelf ' || CAST(:n AS bigint)"
            " AND removed_at IS NULL) ORDER BY p.price, p.id LIMIT 21;"
        ),
    )
    yield HotPath(
        "search",
        None,
        search,
        "\\set n random(1000, :last - :first)\n"
        + PAGE.format(
            "AND search_text(p.name, p.sku, p.description) LIKE"
            " '%' || CAST(:n AS bigint) || '%'"
            " AND search_fragments(search_text(p.name, p.sku, p.description)) @>"
            " search_fragments(CAST(CAST(:n AS bigint) AS text))"
            " ORDER BY lower(p.name) LIMIT 21;"
        ),
    )
    yield HotPath(
        "create, 3 lines", 0.40, create, CREATE + ";", expected=(200, 201), once=True
    )
    yield HotPath(
        "execute",
        0.40,
        execute,
        "\\set placed :base + :client_id * :share + :done\n\\set done :done + 1\n"
        + EXECUTE,
        consumes=True,
        once=True,
    )
    yield HotPath(
        "create + execute",
        None,
        create_and_execute,
        CREATE + " \\gset\n" + EXECUTE,
        expected=(200, 201),
        waits=True,
        requests=2,
    )
    yield HotPath(
        "own orders",
        None,
        own_orders,
        """
SELECT o.id, o.user_id, o.status, o.location, o.country_code, o.total,
    o.refunded_total, o.version, o.created_at, o.updated_at, o.executed_at,
    i.product_id, i.product_name, i.quantity, i.refunded_quantity, i.unit_price,
    i.line_cost, i.line_total, p.method, p.status, p.amount, p.reference, p.attempts,
    p.failure_code, p.failure_message, p.created_at, p.settled_at
FROM (SELECT * FROM orders WHERE user_id = :buyer ORDER BY created_at DESC, id DESC
    LIMIT 21) o
    JOIN order_items i ON i.order_id = o.id
    LEFT JOIN LATERAL (SELECT * FROM payments WHERE order_id = o.id
        ORDER BY id DESC LIMIT 1) p ON true
ORDER BY o.created_at DESC, o.id DESC, i.position;
""",
    )
    yield HotPath(
        "profit",
        None,
        profit,
        """
SELECT sum(orders), sum(revenue), sum(cost), sum(refunded_revenue)
FROM (
    SELECT orders, revenue, cost, refunded_revenue FROM sales_month_totals
    WHERE category_key = ''
    UNION ALL
    SELECT count(DISTINCT o.id), sum(line_total), sum(line_cost), 0
    FROM orders o JOIN order_items i ON i.order_id = o.id
    WHERE o.executed_at >= (SELECT closed_until FROM closing)
) AS parts;
""",
        waits=True,
    )
