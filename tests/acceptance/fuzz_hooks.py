"""What schemathesis has to be told to fuzz the API: how to log in, and what to order.

It makes up ids and countries of which nearly none are; so some are steered to what is
there, for otherwise no order would ever be made. The role of its own account is kept.
"""

import itertools
import math
import os
import random
import uuid
from ipaddress import ip_address
from typing import Any

import requests
import schemathesis

# Calls that end the login they are made with; each gets a login of its own.
ENDING = ("/users/logout", "/users/delete", "/users/update", "/users/refresh")
# Calls that would take the account away that all others are made with.
ON_ACCOUNTS = {"/users/role", "/users/close", "/users/end-logins", "/users/reset-token"}
# What is ordered is kept: its category is the first one.
REMOVING = {"/products/remove", "/categories/delete"}
KEPT = {"1", "2", "3"}
ON_ORDERS = {"/orders/execute", "/orders/refund"}
FIRST_ADDRESS = int(ip_address("10.0.0.0"))
BOOLEANS = {"in_stock", "bom", "dry_run", "create_categories", "category_from_above"}
AMOUNTS = {
    "price": 2,
    "cost": 4,
    "unit_cost": 4,
    "amount": 2,
    "compare_at_price": 2,
    "weight_grams": 3,
}
COUNTRIES = ("Poland", "EIRE", "NZ", "Österreich", "Côte d'Ivoire")
# What there is at first (see `test_openapi`); orders come to be on the way.
PRODUCTS = (1, 2, 3)
HALF = 0.5
LONGEST_TOKEN = 255
# By far: what may be in one is for its own pattern to say.
LONGEST_LOCATION = 40
LARGEST_ORDER, LARGEST_LINE = 100, 1_000_000
_serial = itertools.count()
_chance = random.Random(20261127)  # The same choices on every run.
_orders: list[int] = []


def _key(case: Any, _context: Any) -> str:
    path = case.operation.path
    return f"{path} {next(_serial)}" if path in ENDING else "shared"


@schemathesis.auth(cache_by_key=_key, refresh_interval=600)
class Login:
    def get(self, case: Any, _context: Any) -> str:
        number = next(_serial)
        answer = requests.post(
            f"{os.environ['SHOP_URL']}/users/login",
            json={
                "email": os.environ["SHOP_EMAIL"],
                "password": os.environ["SHOP_PASSWORD"],
            },
            # From somewhere else each time, or the fuzzed logins throttle this one.
            headers={"X-Forwarded-For": str(ip_address(FIRST_ADDRESS + number))},
            timeout=30,
        )
        answer.raise_for_status()
        kind = "refresh" if case.operation.path == "/users/refresh" else "access"
        return str(answer.json()[f"{kind}_token"])

    def set(self, case: Any, data: str, _context: Any) -> None:
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Order what there is, to where there is."""
    if not isinstance(body, dict):
        return body
    path = context.operation.path
    if path == "/orders/create" and _is_order(body):
        body["location"] = _chance.choice(COUNTRIES)
        wanted = _chance.sample(PRODUCTS, min(len(body["items"]), len(PRODUCTS)))
        body["items"] = [
            {"product_id": product, "quantity": _chance.randint(1, 3)}
            for product in wanted
        ]
    if path in ON_ORDERS and _is_id(body.get("id")):
        body["id"] = _chance.choice(_orders[-8:] or [1])
        payment = body.get("payment")
        if isinstance(payment, dict) and _is_text(payment.get("token")):
            del payment["token"]  # None that is made up pays.
        is_whole = path == "/orders/refund" and _chance.random() < HALF
        if is_whole and _are_lines(body.get("items", [])):
            body.pop("items", None)
    return body


def _is_id(value: Any) -> bool:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return is_whole and 0 < value < 2**63


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TOKEN


def _are_lines(lines: Any) -> bool:
    return (
        isinstance(lines, list)
        and len(lines) <= LARGEST_ORDER
        and all(
            isinstance(line, dict)
            and set(line) == {"product_id", "quantity"}
            and all(map(_is_id, line.values()))
            and line["quantity"] <= LARGEST_LINE
            for line in lines
        )
    )


def _is_order(body: dict[str, Any]) -> bool:
    """Whether it is an order by its form, and not one that is to be refused."""
    return (
        set(body) == {"location", "items"}
        and isinstance(body["location"], str)
        and 0 < len(body["location"].strip()) <= LONGEST_LOCATION
        and body["location"].isprintable()
        and _are_lines(body["items"])
        and bool(body["items"])
    )


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Give each request a key of its own, as a client has to; spare our account."""
    if case.headers and "Idempotency-Key" in case.headers:
        key = case.headers["Idempotency-Key"]
        if isinstance(key, str) and 0 < len(key) <= 255 and key.isprintable():
            case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if case.operation.path in ON_ORDERS and case.headers and _chance.random() < HALF:
        case.headers.pop("If-Match", None)  # No version that is made up is current.
    is_about_us = isinstance(case.body, dict) and case.body.get("id") == 1
    if is_about_us and case.operation.path in ON_ACCOUNTS:
        case.body["id"] = 999_999_999
    removed = str((case.query or {}).get("id"))
    if case.operation.path in REMOVING and removed in KEPT:
        case.query["id"] = 999_999_999
    for values in (case.body, case.query):
        if isinstance(values, dict):
            _mean_what_is_said(values)


def _mean_what_is_said(values: dict[str, Any]) -> None:
    """What no schema says: decimals of numbers are few, and 1 and 0 are booleans."""
    for name, digits in AMOUNTS.items():
        value = values.get(name)
        if isinstance(value, float) and 0 < value < math.inf:
            values[name] = max(round(value, digits), 10.0**-digits)
    for name in BOOLEANS:
        if str(values.get(name)) in {"0", "1"}:
            values[name] = "perhaps"


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    """Remember the orders that were made."""
    if case.operation.path == "/orders/create" and response.status_code == 201:
        _orders.append(response.json()["id"])
