"""Stripe, by its own library over real HTTP, against a stand-in."""

import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from structlog.testing import capture_logs
from testing.payments import let_time_pass, look_after, shop_settings
from testing.stripe_shop import SECRET, pay, send, shown
from testing.stripe_stand_in import StripeStandIn, sign
from testing.world import World, pointers, problem

from shopkeeper.payments.gateways.stripe_answers import minor_units
from shopkeeper.utils.settings import Settings, SettingsError, read_settings
from shopkeeper.web.application import Shop

NO_DATA = b'{"id": "evt_1", "object": "event", "type": "charge.refunded", "data": null}'


def signed_about(event: str, intent: str) -> bytes:
    about = {"object": "charge", "payment_intent": intent}
    told = {"id": event, "object": "event", "type": "charge.refunded"}
    return json.dumps({**told, "data": {"object": about}}).encode()


@pytest.fixture
def order(fresh_world: World, stripe: StripeStandIn) -> dict[str, Any]:
    assert not stripe.calls
    person, product = fresh_world.person(), fresh_world.product(quantity=5)
    made = fresh_world.order(person, [(product, 2)])
    return {**made, "person": person, "product": product}


def event_about(intent: str, kind: str, number: int = 1) -> dict[str, Any]:
    return {
        "id": f"evt_{kind}_{number}",
        "object": "event",
        "type": f"payment_intent.{kind}",
        "data": {"object": {"id": intent, "object": "payment_intent"}},
    }


def test_a_card_is_charged_once(stripe: StripeStandIn, order: dict[str, Any]) -> None:
    answer = pay(order, "pm_card_visa", "one")
    again = pay(order, "pm_card_visa", "one")

    assert answer.status_code == 200, answer.text
    assert answer.json["payment"]["reference"] == "pi_1"
    assert again.data == answer.data
    (intent,) = stripe.intents.values()
    assert (intent["status"], intent["amount"]) == ("succeeded", 998)
    assert intent["currency"] == "usd"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("pm_declined", "generic_decline"),
        ("pm_poor", "insufficient_funds"),
        ("nonsense", "resource_missing"),
    ],
)
def test_a_declined_card_takes_nothing(
    fresh_world: World,
    stripe: StripeStandIn,
    order: dict[str, Any],
    token: str,
    code: str,
) -> None:
    answer = pay(order, token)

    assert problem(answer) == (402, "payment_declined")
    assert answer.json["decline_code"] == code
    assert fresh_world.stock(order["product"]) == 5
    assert {i["status"] for i in stripe.intents.values()} != {"succeeded"}


def test_a_charge_stripe_does_not_take_is_declined(
    fresh_world: World, stripe: StripeStandIn
) -> None:
    person = fresh_world.person()
    order = fresh_world.order(person, [(fresh_world.product(price="0.20"), 1)])

    answer = pay({**order, "person": person}, "pm_card_visa")

    assert problem(answer) == (402, "payment_declined")
    assert answer.json["decline_code"] == "amount_too_small"
    assert not stripe.intents


def test_a_token_is_needed(order: dict[str, Any]) -> None:
    body = {"id": order["id"], "payment": {"method": "stripe"}}

    answer = order["person"].post("/orders/execute", json=body)

    assert problem(answer) == (422, "payment_method_unavailable")
    assert pointers(answer) == ["/payment/token"]


def test_a_lost_answer_is_asked_for_again(
    stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    stripe.silent = ["confirm$"]

    # The library asks a second time by itself, with the same idempotency key.
    assert pay(order, "pm_card_visa").status_code == 200
    assert sum(call.endswith("/confirm") for call in stripe.calls) == 2


def test_what_stays_unknown_is_found_out_by_the_reconciler(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    stripe.silent = ["confirm$", "confirm$"]
    assert problem(pay(order, "pm_card_visa", "one")) == (503, "payment_pending")
    let_time_pass(fresh_world.session)

    assert look_after(fresh_app) == 1

    assert pay(order, "pm_card_visa", "one").json["status"] == "executed"


def test_an_unreachable_stripe_takes_nothing(
    fresh_world: World, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    stripe.silent = ["payment_intents$", "payment_intents$"]

    assert problem(pay(order, "pm_card_visa")) == (503, "gateway_unavailable")

    assert fresh_world.stock(order["product"]) == 5


def test_an_undecided_charge_is_cancelled_at_the_deadline(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    stripe.undecided = True
    assert problem(pay(order, "pm_card_visa")) == (503, "payment_pending")
    let_time_pass(fresh_world.session)

    assert look_after(fresh_app) == 1

    assert stripe.intents["pi_1"]["status"] == "canceled"
    assert shown(order)["status"] == "pending"


def test_a_charge_that_succeeds_at_the_deadline_is_kept(
    fresh_app: Shop,
    fresh_world: World,
    stripe: StripeStandIn,
    order: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is decided between the look at it and the cancel."""
    stripe.undecided = True
    pay(order, "pm_card_visa")
    let_time_pass(fresh_world.session)
    cancel = stripe._cancel

    def decided_first(intent: dict[str, Any], form: dict[str, Any]) -> dict[str, Any]:
        intent["status"] = "succeeded"
        return cancel(intent, form)

    monkeypatch.setattr(stripe, "_cancel", decided_first)
    assert look_after(fresh_app) == 1

    assert shown(order)["status"] == "executed"


def test_messages_five_times_and_out_of_order_are_one_transition(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    stripe.undecided = True
    pay(order, "pm_card_visa", "one")
    stripe.intents["pi_1"]["status"] = "succeeded"

    for kind in ("processing", "created"):
        assert send(fresh_world, event_about("pi_1", kind)).status_code == 204
    assert look_after(fresh_app) == 0  # Nothing was decided with these.
    for kind in ("succeeded", "processing", "created", "payment_failed"):
        for _ in range(5):
            answer = send(fresh_world, event_about("pi_1", kind))
            assert answer.status_code == 204, answer.text
    settled = [look_after(fresh_app) for _ in range(3)]

    assert settled == [1, 0, 0]
    assert shown(order)["status"] == "executed"
    assert pay(order, "pm_card_visa", "one").json["status"] == "executed"


def test_a_message_while_a_customer_pays_gives_nothing_up(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    """It makes the reconciler look while the request has still to confirm."""
    act = stripe._act
    looked: list[int] = []

    def told_meanwhile(method: str, path: str, form: dict[str, Any]) -> Any:
        if path.endswith("/confirm"):
            stripe._act = act  # type: ignore[method-assign]
            stripe._lock.release()
            send(fresh_world, event_about("pi_1", "payment_failed"))
            looked.append(look_after(fresh_app))
            stripe._lock.acquire()
        return act(method, path, form)

    stripe._act = told_meanwhile  # type: ignore[method-assign]

    assert pay(order, "pm_card_visa").json["status"] == "executed"
    assert looked == [0]
    assert stripe.calls.count("GET /v1/payment_intents/pi_1") == 1


@pytest.mark.parametrize(
    ("about", "is_taken"),
    [
        ({"object": "charge", "payment_intent": "pi_1"}, True),
        ({"object": "charge", "payment_intent": {"id": "pi_1"}}, True),
        ({"object": "charge"}, False),
        ({"object": "customer", "id": "cus_1"}, False),
    ],
)
def test_a_message_says_in_its_own_way_what_it_is_about(  # noqa: PLR0917
    fresh_app: Shop,
    fresh_world: World,
    stripe: StripeStandIn,
    order: dict[str, Any],
    about: dict[str, Any],
    is_taken: bool,
) -> None:
    stripe.silent = ["confirm", "confirm"]
    pay(order, "pm_card_visa")
    event = {"id": "evt_1", "object": "event", "type": "charge.refunded"}

    assert send(fresh_world, {**event, "data": {"object": about}}).status_code == 204

    assert look_after(fresh_app) == is_taken
    let_time_pass(fresh_world.session)
    look_after(fresh_app)


@pytest.mark.parametrize(
    ("secret", "more"),
    [("whsec_of_somebody_else", {}), (SECRET, {"moment": 1_700_000_000})],
)
def test_only_what_stripe_has_signed_just_now_is_taken(
    fresh_world: World, stripe: StripeStandIn, secret: str, more: dict[str, int]
) -> None:
    assert not stripe.calls
    event = event_about("pi_1", "succeeded")

    assert problem(send(fresh_world, event, secret, **more)) == (
        400,
        "invalid_signature",
    )
    unsigned = fresh_world.client.post("/payments/stripe/webhook", json=event)
    assert problem(unsigned) == (400, "invalid_signature")


def test_a_shop_without_stripe_takes_no_messages(fresh_world: World) -> None:
    answer = send(fresh_world, event_about("pi_1", "succeeded"))

    assert problem(answer) == (400, "invalid_signature")


def test_refunds_are_exact_and_made_once(
    fresh_world: World, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    pay(order, "pm_card_visa")
    items = [{"product_id": order["product"]["id"], "quantity": 1}]
    body = {"id": order["id"], "items": items}

    first = fresh_world.manager.post("/orders/refund", json=body)
    rest = fresh_world.manager.post("/orders/refund", json={"id": order["id"]})

    assert first.json["status"] == "partially_refunded"
    assert rest.json["status"] == "refunded"
    assert [refund["amount"] for refund in stripe.refunds.values()] == [499, 499]


def test_a_refund_whose_answer_is_lost_is_found_by_our_key_days_later(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    pay(order, "pm_card_visa")
    stripe.silent = ["refunds$", "refunds$"]
    body, headers = {"id": order["id"]}, {"Idempotency-Key": "r"}
    lost = fresh_world.manager.post("/orders/refund", json=body, headers=headers)
    assert problem(lost) == (503, "refund_pending")
    stripe.forget_keys()
    let_time_pass(fresh_world.session)

    assert look_after(fresh_app) == 1

    assert len(stripe.refunds) == 1
    told = fresh_world.manager.post("/orders/refund", json=body, headers=headers)
    assert told.json["status"] == "refunded"


def test_a_refund_stripe_does_not_find_is_neither_given_again_nor_refused(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    pay(order, "pm_card_visa")
    stripe.refund_status = "pending"
    fresh_world.manager.post("/orders/refund", json={"id": order["id"]})
    ((reference, refund),) = stripe.refunds.items()
    fresh_world.session.execute(text("UPDATE refunds SET reference = 're_1'"))
    stripe.refunds = {}
    let_time_pass(fresh_world.session)

    assert look_after(fresh_app) == 0

    assert shown(order)["refunds"][0]["status"] == "pending"
    stripe.refunds = {"re_1": {**refund, "id": reference, "status": "succeeded"}}
    let_time_pass(fresh_world.session)
    assert look_after(fresh_app) == 1


def test_a_refund_needs_the_account_the_money_was_taken_with(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    pay(order, "pm_card_visa")
    body, headers = {"id": order["id"]}, {"Idempotency-Key": "r"}
    with shop_settings(fresh_app, payment_gateway="invoice", stripe_api_key=None):
        answer = fresh_world.manager.post("/orders/refund", json=body, headers=headers)

    assert problem(answer) == (503, "gateway_not_set_up")
    assert stripe.refunds == {}
    again = fresh_world.manager.post("/orders/refund", json=body, headers=headers)
    assert again.json["status"] == "refunded"


def test_a_refund_that_takes_days_is_waited_for(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: dict[str, Any]
) -> None:
    pay(order, "pm_card_visa")
    stripe.refund_status = "pending"
    answer = fresh_world.manager.post("/orders/refund", json={"id": order["id"]})
    assert problem(answer) == (503, "refund_pending")
    assert shown(order)["refunds"][0]["status"] == "pending"
    let_time_pass(fresh_world.session)
    assert look_after(fresh_app) == 0

    (refund,) = stripe.refunds.values()
    refund["status"] = "succeeded"
    about = {"id": refund["id"], "object": "refund", "payment_intent": "pi_1"}
    event = {"id": "evt_r", "object": "event", "type": "refund.updated"}
    assert send(fresh_world, {**event, "data": {"object": about}}).status_code == 204
    assert look_after(fresh_app) == 1

    assert shown(order)["status"] == "refunded"


@pytest.mark.parametrize("reason", ["expired_or_canceled_card", None])
def test_a_refused_refund_moves_nothing(
    fresh_world: World,
    stripe: StripeStandIn,
    order: dict[str, Any],
    reason: str | None,
) -> None:
    pay(order, "pm_card_visa")
    stripe.refund_status, stripe.refund_failure = "failed", reason

    answer = fresh_world.manager.post("/orders/refund", json={"id": order["id"]})

    assert problem(answer) == (409, "refund_refused")
    assert answer.json["failure_code"] == (reason or "refused")
    assert shown(order)["status"] == "executed"
    assert fresh_world.stock(order["product"]) == 3


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [("4.99", "USD", 499), ("500", "JPY", 500), ("7", "ISK", 700), ("0.50", "EUR", 50)],
)
def test_amounts_are_told_as_stripe_counts(
    amount: str, currency: str, units: int
) -> None:
    assert minor_units(Decimal(amount), currency) == units


def test_stripe_needs_a_key_and_a_currency_it_takes() -> None:
    with pytest.raises(SettingsError, match="STRIPE_API_KEY is required"):
        read_settings(payment_gateway="stripe")
    with pytest.raises(SettingsError, match="three decimals of KWD"):
        read_settings(payment_gateway="stripe", stripe_api_key="x", currency="KWD")
    assert Settings(payment_gateway="stripe", stripe_api_key=SecretStr("x"))


@pytest.mark.parametrize(
    "payload",
    [
        *(b"", b"nonsense", b"[]", b'{"id": 1}', b"\xff", NO_DATA),
        pytest.param(b"[" * 100_000, id="nested"),
        signed_about("evt_\0", "pi_1"),
        signed_about("evt_1", "pi_\0"),
    ],
)
def test_what_is_signed_and_no_event_is_malformed(
    fresh_world: World, stripe: StripeStandIn, payload: bytes
) -> None:
    assert not stripe.calls
    headers = {"Stripe-Signature": sign(payload, SECRET)}

    answer = fresh_world.client.post(
        "/payments/stripe/webhook", data=payload, headers=headers
    )

    assert problem(answer) == (400, "malformed_request")


def test_what_is_ignored_is_told_by_its_type(
    fresh_world: World, stripe: StripeStandIn
) -> None:
    assert not stripe.calls
    event = event_about("pi_1", "amount_capturable_updated")

    with capture_logs() as told:
        assert send(fresh_world, event).status_code == 204

    (ignored,) = [line for line in told if line["event"] == "gateway_event_ignored"]
    assert ignored["type"] == "payment_intent.amount_capturable_updated"
    assert ignored["log_level"] == "warning"
