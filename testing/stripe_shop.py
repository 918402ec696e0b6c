"""A shop that takes its payments through the stand-in for Stripe."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import SecretStr
from testing.payments import breaches, shop_settings
from testing.stripe_stand_in import StripeStandIn, sign, stand_in_server
from testing.world import World

from shopkeeper.web.application import Shop

SECRET = "whsec_of_the_tests"


@contextmanager
def stripe_shop(app: Shop) -> Iterator[StripeStandIn]:
    """The stand-in, while the shop has its account there; then an audit."""
    with (
        stand_in_server() as (stand_in, address),
        shop_settings(
            app,
            payment_gateway="stripe",
            stripe_api_key=SecretStr("sk_test_123"),
            stripe_webhook_secret=SecretStr(SECRET),
            stripe_api_base=address,
            payment_timeout=2.0,
        ),
    ):
        yield stand_in
        assert breaches(app.dispatcher.sessions) == []


def pay(order: dict[str, Any], token: str, key: str | None = None) -> Any:
    return order["person"].post(
        "/orders/execute",
        json={"id": order["id"], "payment": {"method": "stripe", "token": token}},
        headers={"Idempotency-Key": key or str(uuid.uuid4())},
    )


def shown(order: dict[str, Any]) -> dict[str, Any]:
    return dict(order["person"].get(f"/orders/{order['id']}").json)


def send(world: World, event: dict[str, Any], secret: str = SECRET, **more: Any) -> Any:
    payload = json.dumps(event).encode()
    headers = {"Stripe-Signature": sign(payload, secret, **more)}
    return world.client.post("/payments/stripe/webhook", data=payload, headers=headers)
