"""Money that moves without us: refunds that come back, and what is done elsewhere."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from structlog.testing import capture_logs
from testing.books import close_today
from testing.payments import let_time_pass, look_after, shop_settings
from testing.stripe_shop import pay, send, shown
from testing.stripe_stand_in import StripeStandIn
from testing.world import World, gateways_of, pointers, problem

from shopkeeper.audit.service.provider import audit_provider
from shopkeeper.payments.gateways.port import OutcomeUnknownError
from shopkeeper.web.application import Shop

Json = dict[str, Any]


@pytest.fixture
def order(fresh_world: World, stripe: StripeStandIn) -> Json:
    assert not stripe.calls
    person = fresh_world.person()
    pen = fresh_world.product(quantity=10, price="4.99", cost="2.00")
    ink = fresh_world.product(quantity=10, price="0.02", cost="0.01")
    made = fresh_world.order(person, [(pen, 2), (ink, 1)])
    sold = {**made, "person": person, "product": pen, "ink": ink}
    assert pay(sold, "pm_card_visa").json["status"] == "executed"
    return sold


def refund(world: World, order: Json, **more: Any) -> Any:
    return world.manager.post("/orders/refund", json={"id": order["id"], **more})


def tell(world: World, kind: str, about: Json, number: int = 1) -> None:
    event = {"id": f"evt_{kind}_{number}", "object": "event", "type": kind}
    assert send(world, {**event, "data": {"object": about}}).status_code == 204


def profit(world: World, **query: str) -> Json:
    return dict(world.manager.get("/statistics/profit", query_string=query).json)


def one(world: World, order: Json, pieces: int = 1) -> list[Json]:
    assert world is not None
    return [{"product_id": order["product"]["id"], "quantity": pieces}]


@pytest.mark.parametrize("kind", ["refund.failed", "charge.refund.updated"])
def test_a_refund_that_comes_back_is_an_event_of_its_own_and_can_be_given_anew(
    fresh_app: Shop,
    fresh_world: World,
    stripe: StripeStandIn,
    order: Json,
    kind: str,
) -> None:
    given = refund(fresh_world, order).json
    assert given["status"] == "refunded"
    as_of = profit(fresh_world)["as_of"]
    (reference,) = stripe.refunds
    stripe.return_refund(reference)
    tell(fresh_world, kind, stripe.refunds[reference])

    assert look_after(fresh_app) == 1

    after = shown(order)
    assert (after["status"], after["refunded_total"]) == ("executed", "0.00")
    (reversed_one,) = after["refunds"]
    assert reversed_one["status"] == "reversed"
    assert reversed_one["failure_code"] == "lost_or_stolen_card"
    assert reversed_one["reversed_at"] > reversed_one["settled_at"]
    assert [item["refunded_quantity"] for item in after["items"]] == [0, 0]
    # The goods have come back all the same, and what is of then stays as it was.
    assert fresh_world.stock(order["product"]) == 10
    then, now = profit(fresh_world, as_of=as_of), profit(fresh_world)
    assert (then["total_revenue"], then["total_cost"]) == ("0.00", "0.0000")
    assert (now["total_revenue"], now["total_cost"]) == ("10.00", "0.0000")

    again = refund(fresh_world, order).json

    assert again["status"] == "refunded"
    assert again["refunds"][1]["amount"] == "10.00"
    assert fresh_world.stock(order["product"]) == 10  # They are there already.
    assert profit(fresh_world)["total_revenue"] == "0.00"
    close_today(fresh_app.dispatcher.sessions)
    assert profit(fresh_world)["total_revenue"] == "0.00"


def test_what_nobody_tells_us_is_found_by_looking_again(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    refund(fresh_world, order, items=one(fresh_world, order))
    (reference,) = stripe.refunds
    assert look_after(fresh_app) == 0  # A day has to pass first.
    stripe.return_refund(reference)
    let_time_pass(fresh_world.session)

    assert look_after(fresh_app) == 1

    assert shown(order)["status"] == "executed"
    let_time_pass(fresh_world.session)
    assert look_after(fresh_app) == 0


def test_goods_that_are_back_are_counted_once_piece_by_piece(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    refund(fresh_world, order, items=one(fresh_world, order))
    (reference,) = stripe.refunds
    stripe.return_refund(reference)
    tell(fresh_world, "refund.failed", stripe.refunds[reference])
    look_after(fresh_app)
    assert fresh_world.stock(order["product"]) == 9

    both = refund(fresh_world, order, items=one(fresh_world, order, 2)).json

    assert both["status"] == "partially_refunded"
    assert fresh_world.stock(order["product"]) == 10
    assert profit(fresh_world)["total_cost"] == "0.0100"


def test_the_test_gateway_rehearses_it(fresh_app: Shop, fresh_world: World) -> None:
    with shop_settings(fresh_app, payment_gateway="test", refund_check_seconds=1):
        person, product = fresh_world.person(), fresh_world.product(quantity=5)
        made = fresh_world.order(person, [(product, 2)])
        body = {"id": made["id"], "payment": {"token": "success_then_refund_returns"}}
        assert person.post("/orders/execute", json=body).json["status"] == "executed"
        assert refund(fresh_world, made).json["status"] == "refunded"
        let_time_pass(fresh_world.session)

        assert look_after(fresh_app) == 1

        assert person.get(f"/orders/{made['id']}").json["status"] == "executed"


def test_a_refund_made_elsewhere_waits_to_be_matched(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    reference = stripe.refund_by_hand("pi_1", 499)
    with capture_logs() as logs:
        tell(
            fresh_world,
            "charge.refunded",
            {"object": "charge", "payment_intent": "pi_1"},
        )
        assert look_after(fresh_app) == 1
        tell(
            fresh_world,
            "charge.refunded",
            {"object": "charge", "payment_intent": "pi_1"},
            2,
        )
        assert look_after(fresh_app) == 0
    assert [e["event"] for e in logs].count("outside_refund_found") == 1

    found = shown(order)
    assert found["status"] == "executed"
    assert found["outside_refunds"] == [
        {
            "reference": reference,
            "amount": "4.99",
            "status": "succeeded",
            "refund_id": None,
            "created_at": found["outside_refunds"][0]["created_at"],
        }
    ]
    listed = fresh_world.manager.get("/orders?payment=unmatched").json["items"]
    assert [item["id"] for item in listed] == [order["id"]]

    other = refund(
        fresh_world,
        order,
        items=one(fresh_world, order, 2),
        paid_by="outside",
        reference=reference,
    )
    assert problem(other) == (409, "outside_refund_differs")
    assert other.json["amount"] == "4.99"
    matched = refund(
        fresh_world,
        order,
        items=one(fresh_world, order),
        paid_by="outside",
        reference=reference,
        restock=False,
    ).json

    assert matched["status"] == "partially_refunded"
    (ours,) = matched["refunds"]
    assert (ours["paid_by"], ours["reference"]) == ("outside", reference)
    assert ours["credit_note_number"]
    assert matched["outside_refunds"][0]["refund_id"] == ours["id"]
    assert len(stripe.refunds) == 1  # Nobody was asked for money.
    assert fresh_world.manager.get("/orders?payment=unmatched").json["items"] == []
    twice = refund(
        fresh_world,
        order,
        items=one(fresh_world, order),
        paid_by="outside",
        reference=reference,
    )
    assert problem(twice) == (409, "outside_refund_differs")


def test_what_was_booked_before_it_was_told_is_matched(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    reference = stripe.refund_by_hand("pi_1", 3)
    booked = refund(
        fresh_world, order, amount="0.03", paid_by="outside", reference=reference
    ).json
    assert booked["refunded_total"] == "0.03"
    tell(fresh_world, "refund.created", stripe.refunds[reference])
    look_after(fresh_app)

    (outside,) = shown(order)["outside_refunds"]
    assert outside["refund_id"] == booked["refunds"][0]["id"]

    stripe.return_refund(reference)
    tell(fresh_world, "refund.failed", stripe.refunds[reference])
    assert look_after(fresh_app) == 1
    after = shown(order)
    assert (after["status"], after["refunded_total"]) == ("executed", "0.00")
    assert after["outside_refunds"][0]["status"] == "failed"


def test_money_for_no_goods_is_spread_over_the_lines(
    fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    given = refund(fresh_world, order, amount="5.01").json
    assert given["status"] == "partially_refunded"
    (ours,) = given["refunds"]
    amounts = [(item["quantity"], item["amount"]) for item in ours["items"]]
    assert amounts == [(0, "4.99"), (0, "0.02")] or (
        sum(Decimal(amount) for _, amount in amounts) == Decimal("5.01")
    )
    assert (ours["restocked"], fresh_world.stock(order["product"])) == (False, 8)

    too_much = refund(fresh_world, order, amount="5.00")
    assert problem(too_much) == (409, "refund_too_large")
    assert too_much.json["refundable_amount"] == "4.99"
    rest = refund(fresh_world, order).json

    assert (rest["status"], rest["refunded_total"]) == ("refunded", "10.00")
    assert [item["refunded_quantity"] for item in rest["items"]] == [2, 1]
    assert fresh_world.stock(order["product"]) == 10
    assert sum(each["amount"] for each in stripe.refunds.values()) == 1000
    assert profit(fresh_world)["total_profit"] == "0.0000"
    assert problem(refund(fresh_world, order))[0] == 409


def test_a_lost_dispute_is_money_out_on_its_day(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    dispute = stripe.dispute("pi_1")
    tell(fresh_world, "charge.dispute.created", dispute)
    look_after(fresh_app)
    open_one = shown(order)
    assert open_one["disputes"][0]["status"] == "open"
    assert open_one["status"] == "executed"
    listed = fresh_world.manager.get("/orders?payment=disputed").json["items"]
    assert [item["id"] for item in listed] == [order["id"]]
    before = profit(fresh_world)

    dispute["status"] = "lost"
    tell(fresh_world, "charge.dispute.closed", dispute)
    assert look_after(fresh_app) == 1

    lost = shown(order)
    assert (lost["status"], lost["refunded_total"]) == ("refunded", "10.00")
    (ours,) = lost["refunds"]
    assert (ours["paid_by"], ours["reference"]) == ("dispute", dispute["id"])
    assert ours["credit_note_number"] is None
    assert lost["disputes"][0]["refund_id"] == ours["id"]
    assert fresh_world.stock(order["product"]) == 8
    after = profit(fresh_world)
    assert before["total_profit"] == "5.9900"
    assert after["total_revenue"] == "0.00"
    assert after["total_profit"] == "-4.0100"
    assert stripe.refunds == {}
    assert fresh_world.manager.get("/orders?payment=disputed").json["items"] == []

    # Won after all: the money comes back.
    dispute["status"] = "won"
    tell(fresh_world, "charge.dispute.funds_reinstated", dispute)
    assert look_after(fresh_app) == 1
    assert shown(order)["status"] == "executed"
    assert profit(fresh_world)["total_profit"] == "5.9900"


def test_a_loss_stands_while_it_is_appealed(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    dispute = stripe.dispute("pi_1")
    for number, status in enumerate(("lost", "appeal_under_review", "needs_response")):
        dispute["status"] = status
        tell(fresh_world, "charge.dispute.updated", dispute, number)
        look_after(fresh_app)

        assert shown(order)["disputes"][0]["status"] == "lost", status
        assert shown(order)["refunded_total"] == "10.00"

    dispute["status"] = "won"
    tell(fresh_world, "charge.dispute.updated", dispute, 9)
    look_after(fresh_app)
    assert shown(order)["status"] == "executed"


def test_a_loss_beside_a_refund_on_its_way_is_booked_once_that_comes_back(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    stripe.refund_status = "pending"
    assert problem(refund(fresh_world, order)) == (503, "refund_pending")
    dispute = stripe.dispute("pi_1")
    dispute["status"] = "lost"
    tell(fresh_world, "charge.dispute.closed", dispute)
    look_after(fresh_app)
    assert shown(order)["disputes"][0]["refund_id"] is None
    (pending,) = stripe.refunds
    stripe.return_refund(pending)
    let_time_pass(fresh_world.session)

    look_after(fresh_app)
    let_time_pass(fresh_world.session)
    look_after(fresh_app)

    lost = shown(order)
    assert lost["refunded_total"] == "10.00"
    assert lost["disputes"][0]["refund_id"] is not None


def test_what_is_booked_is_not_booked_again_under_its_name(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    refund(fresh_world, order, items=one(fresh_world, order))
    (ours,) = stripe.refunds
    theirs = stripe.refund_by_hand("pi_1", 3)
    first = refund(
        fresh_world, order, amount="0.03", paid_by="outside", reference=theirs
    )
    assert first.status_code == 200

    for reference, amount in ((ours, "1.00"), (theirs, "0.03")):
        again = refund(
            fresh_world, order, amount=amount, paid_by="outside", reference=reference
        )
        assert problem(again) == (409, "outside_refund_differs"), reference

    assert shown(order)["refunded_total"] == "5.02"
    assert look_after(fresh_app) == 0


def test_what_is_told_during_a_check_is_looked_at_again(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    act, reference = stripe._act, ""

    def refunded_meanwhile(method: str, path: str, form: Json) -> Any:
        nonlocal reference
        answer = act(method, path, form)
        if path.endswith("/disputes") and not reference:
            stripe._act = act  # type: ignore[method-assign]
            reference = str(
                stripe._refund({"payment_intent": "pi_1", "amount": 3})["id"]
            )
            about = {"object": "charge", "payment_intent": "pi_1"}
            tell(fresh_world, "charge.refunded", about, 2)
        return answer

    stripe._act = refunded_meanwhile  # type: ignore[method-assign]
    tell(fresh_world, "charge.refunded", {"object": "charge", "payment_intent": "pi_1"})
    assert look_after(fresh_app) == 0

    assert look_after(fresh_app) == 1

    assert shown(order)["outside_refunds"][0]["reference"] == reference


def test_a_sale_alone_is_no_reason_to_ask_what_was_given_back(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    assert order
    stripe.calls.clear()
    intent = {"id": "pi_1", "object": "payment_intent"}
    tell(fresh_world, "payment_intent.succeeded", intent)

    assert look_after(fresh_app) == 0
    assert stripe.calls == []


def test_a_dispute_beyond_what_is_left_takes_what_is_left(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    refund(fresh_world, order, items=one(fresh_world, order))
    dispute = stripe.dispute("pi_1")
    dispute["status"] = "lost"
    tell(fresh_world, "charge.dispute.closed", dispute)

    with capture_logs() as logs:
        assert look_after(fresh_app) == 1

    assert "dispute_beyond_sale" in [entry["event"] for entry in logs]
    assert shown(order)["refunded_total"] == "10.00"


def test_a_won_dispute_moves_nothing(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    dispute = stripe.dispute("pi_1", 500)
    dispute["status"] = "won"
    tell(fresh_world, "charge.dispute.closed", dispute)

    assert look_after(fresh_app) == 1

    assert shown(order)["disputes"][0]["status"] == "won"
    assert shown(order)["status"] == "executed"


def test_an_order_of_a_provider_that_is_gone_can_be_refunded_outside(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    with shop_settings(fresh_app, payment_gateway="invoice", stripe_api_key=None):
        answer = refund(fresh_world, order, paid_by="outside", reference="SEPA 17")

    assert answer.json["status"] == "refunded"
    assert answer.json["refunds"][0]["reference"] == "SEPA 17"
    assert fresh_world.stock(order["product"]) == 10
    assert stripe.refunds == {}


@pytest.mark.parametrize(
    "body",
    [
        {"paid_by": "outside"},
        {"reference": "SEPA 17"},
        {"amount": "1.00", "items": [{"product_id": 1, "quantity": 1}]},
    ],
)
def test_a_refund_says_how_it_is_paid(
    fresh_world: World, order: Json, body: Json
) -> None:
    answer = refund(fresh_world, order, **body)

    assert problem(answer) == (422, "validation_failed")
    assert pointers(answer)


def differences(app: Shop, since: datetime | None = None) -> list[str]:
    gateways = gateways_of(app)
    gateway = gateways.gateway(gateways.default)
    assert gateway is not None
    found = audit_provider(app.dispatcher.sessions, gateways.default, gateway, since)
    return [
        f"{breach.subject}: {breach.found}; {breach.expected}"
        for finding in found
        for breach in finding.breaches
    ]


def test_the_books_are_held_against_the_providers_own_lists(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn, order: Json
) -> None:
    refund(fresh_world, order, items=one(fresh_world, order))
    for _ in range(2):
        other = fresh_world.order(order["person"], [(order["product"], 1)])
        declined = {**other, "person": order["person"]}
        assert pay(declined, "pm_declined").status_code == 402
    assert differences(fresh_app) == []

    reference = stripe.refund_by_hand("pi_1", 100)
    dispute = stripe.dispute("pi_1", 200)
    stripe.intents["pi_3"]["status"] = "succeeded"
    ours = next(iter(stripe.refunds))
    stripe.return_refund(ours)

    given = "gave back 4.99 in the books"
    assert differences(fresh_app) == [
        "charge pi_3 of order 2: nothing in the books; captured 4.99 at the provider",
        f"refund {ours} of order 1: {given}; nothing at the provider",
        f"refund {reference}: nothing in the books; gave back 1.00 at the provider",
        f"dispute {dispute['id']}: nothing in the books; open, of 2.00 at the provider",
    ]
    assert differences(fresh_app, datetime.now(UTC) + timedelta(days=1)) == []
    # What others take through the same account is none of the shop's business.
    others = {**stripe.intents["pi_1"], "id": "pi_donation", "metadata": {}}
    stripe.intents["pi_donation"] = others
    stripe.refund_by_hand("pi_donation", 100)
    stripe.dispute("pi_donation", 100)
    assert len(differences(fresh_app)) == 4
    with (
        shop_settings(fresh_app, stripe_api_base="http://127.0.0.1:9"),
        pytest.raises(OutcomeUnknownError),
    ):
        differences(fresh_app)
    stripe.intents["pi_3"]["status"] = "canceled"


def test_money_of_others_is_told_and_left_alone(
    fresh_app: Shop, fresh_world: World, stripe: StripeStandIn
) -> None:
    assert stripe.refunds == {}
    with capture_logs() as logs:
        tell(
            fresh_world,
            "charge.dispute.created",
            {"object": "dispute", "payment_intent": "pi_of_others"},
        )
        assert look_after(fresh_app) == 0
    (entry,) = [e for e in logs if e["event"] == "gateway_event_unknown"]
    assert entry["type"] == "charge.dispute.created"
