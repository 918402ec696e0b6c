"""Payments in all their states at once: actions, invoices due, money that returns."""

import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from testing.torture.shop import PATIENCE_SECONDS, Figures, Torture, at_once

PIECES = 3
CLIENTS = 8


def payment_states(shop: Torture, *, orders: int) -> Figures:
    """Each order takes one of five ways; rivals meet on most of them.

    Whatever wins, an order is never given back beyond its total, an invoice never
    paid beyond its amount, and goods come back once.
    """
    product = shop.product(PIECES * orders)
    ways: list[Callable[[Torture, int], str]] = [
        _pay_after_an_action,
        _decline_after_an_action,
        _receive_in_parts,
        _refund_in_rival_ways,
        _refund_twice_for_it_returned,
    ]

    def live(number: int) -> str:
        return ways[number % len(ways)](shop, shop.order([(product, PIECES)]))

    with ThreadPoolExecutor(CLIENTS) as pool:
        told = Counter(pool.map(live, range(orders)))
    shop.wait_until_settled()
    gone = PIECES * (told["acted"] + told["received"])
    back = shop.stock(product)
    # Rivals gave back some for pieces, which are on the shelf, and some in money.
    assert PIECES * orders - gone - PIECES * told["rivals"] <= back
    assert back <= PIECES * orders - gone
    return dict(sorted(told.items()))


def _executed(shop: Torture, order: int, payment: Any) -> int:
    """Ask with one key until there is an end; how it was answered."""
    key, body = str(uuid.uuid4()), {"id": order, "payment": payment}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = shop.send("POST", "/orders/execute", body, key=key)
        if answer.status_code == 202:
            assert answer.json()["payment"]["next_action"], answer.text
        elif answer.status_code in {200, 402}:
            return answer.status_code
        else:
            assert answer.status_code in {409, 503}, answer.text
        assert time.monotonic() < deadline, f"order {order} stays unclear"
        time.sleep(0.2)


def _pay_after_an_action(shop: Torture, order: int) -> str:
    token = {"method": "test", "token": "action_then_success"}
    assert _executed(shop, order, token) == 200
    return "acted"


def _decline_after_an_action(shop: Torture, order: int) -> str:
    token = {"method": "test", "token": "action_then_declined"}
    assert _executed(shop, order, token) == 402
    return "declined"


def _receive_in_parts(shop: Torture, order: int) -> str:
    """Three halves of an invoice come at once: two of them are owed."""
    assert _executed(shop, order, {"method": "invoice"}) == 200
    total = Decimal(shop.admin_sees(order)["total"])
    half = (total / 2).quantize(Decimal("0.01"))
    body = {"order_id": order, "amount": str(half)}
    answers = at_once(
        [lambda: shop.until_clear("POST", "/payments/received", body)] * 3
    )
    taken = sum(answer.ok for answer in answers)
    assert taken == (2 if 2 * half <= total else 1), [a.text for a in answers]
    if 2 * half != total:
        shop.until_clear("POST", "/payments/received", {"order_id": order})
    payment = shop.admin_sees(order)["payment"]
    assert (payment["status"], Decimal(payment["received"])) == ("captured", total)
    return "received"


def _refund_in_rival_ways(shop: Torture, order: int) -> str:
    """A piece, an amount, and what was given back outside, all at once."""
    assert _executed(shop, order, {"method": "test", "token": "success"}) == 200
    found = shop.admin_sees(order)
    item = {"product_id": found["items"][0]["product_id"], "quantity": 2}
    most = {"amount": str(Decimal(found["total"]) - Decimal("0.01"))}
    bodies: list[dict[str, Any]] = [
        {"id": order, "items": [item]},
        {"id": order, **most},
        {"id": order, **most, "paid_by": "outside", "reference": "by hand"},
        {"id": order},
    ]
    answers = at_once(
        [
            lambda body=body: shop.until_clear("POST", "/orders/refund", body)  # type: ignore[misc]  # Bound early.
            for body in bodies
        ]
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert any(answer.ok for answer in answers)
    after = shop.admin_sees(order)
    given = sum(
        Decimal(refund["amount"])
        for refund in after["refunds"]
        if refund["status"] == "succeeded"
    )
    assert Decimal(after["refunded_total"]) == given <= Decimal(after["total"])
    return "rivals"


def _refund_twice_for_it_returned(shop: Torture, order: int) -> str:
    """The money comes back, while somebody looks; given anew outside, goods once."""
    token = {"method": "test", "token": "success_then_refund_returns"}
    assert _executed(shop, order, token) == 200
    assert shop.until_clear("POST", "/orders/refund", {"id": order}).ok
    deadline = time.monotonic() + PATIENCE_SECONDS
    while shop.admin_sees(order)["status"] != "executed":
        assert time.monotonic() < deadline, "the money does not come back"
        time.sleep(0.2)
    anew = {"id": order, "paid_by": "outside", "reference": f"transfer {order}"}
    answers = at_once([lambda: shop.until_clear("POST", "/orders/refund", anew)] * 2)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    after = shop.admin_sees(order)
    assert (after["status"], after["refunded_total"]) == ("refunded", after["total"])
    return "returned"
