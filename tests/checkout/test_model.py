"""Random histories of a shop against a plain model of it in Python.

It is long because the model is one state machine, whose steps share its state.
"""

import itertools
import os
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from testing.histories import is_long
from testing.imports import HEAD, Importer
from testing.payments import (
    breaches,
    decide,
    let_time_pass,
    look_after,
    pay,
    shop_settings,
)
from testing.world import Person, World

from shopkeeper.payments.gateways import test as test_gateway
from shopkeeper.web.application import Shop

HISTORIES = int(os.environ.get("MODEL_HISTORIES", "12" if is_long() else "2"))
STEPS = int(os.environ.get("MODEL_STEPS", "40"))
_numbers = itertools.count(1)


@dataclass
class ModelProduct:
    """A product of one variant, or a variant of one of several (`siblings`)."""

    id: int
    variant_id: int
    name: str
    price: Decimal
    quantity: int
    is_removed: bool = False
    siblings: list["ModelProduct"] = field(default_factory=list)

    @property
    def named(self) -> dict[str, int]:
        """As an order names it."""
        if self.siblings:
            return {"variant_id": self.variant_id}
        return {"product_id": self.id}

    @property
    def not_found(self) -> str:
        return "variant_not_found" if self.siblings else "product_not_found"


@dataclass
class ModelLine:
    product: ModelProduct
    quantity: int
    unit_price: Decimal
    refunded: int = 0


@dataclass
class ModelOrder:
    id: int
    lines: list[ModelLine]
    status: str = "pending"

    @property
    def total(self) -> Decimal:
        return sum((x.quantity * x.unit_price for x in self.lines), Decimal(0))

    @property
    def refunded_total(self) -> Decimal:
        return sum((x.refunded * x.unit_price for x in self.lines), Decimal(0))

    def refusal(self) -> str | None:
        """Why it can not be executed."""
        if self.status != "pending":
            executed = {"executed", "partially_refunded", "refunded"}
            return (
                "already_executed" if self.status in executed else "order_not_pending"
            )
        if any(line.product.is_removed for line in self.lines):
            return "product_unavailable"
        if any(line.quantity > line.product.quantity for line in self.lines):
            return "insufficient_stock"
        return None

    def take(self) -> None:
        for line in self.lines:
            line.product.quantity -= line.quantity

    def give_back(self) -> None:
        for line in self.lines:
            line.product.quantity += line.quantity


@dataclass
class Stage:
    """What a history is played on."""

    app: Shop
    world: World
    importer: Importer
    person: Person = field(init=False)
    category: str = field(init=False)

    def __post_init__(self) -> None:
        self.person = self.world.person()
        self.category = self.world.category()["name"]


quantities = st.integers(0, 12)
parts = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 6)), min_size=1, max_size=3
)


class History(RuleBasedStateMachine):
    """One history; `stage` is set by the test that plays it."""

    stage: Stage
    products = Bundle("products")
    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.known: list[ModelProduct] = []
        self.all_orders: list[ModelOrder] = []

    @property
    def manager(self) -> Person:
        return self.stage.world.manager

    @property
    def person(self) -> Person:
        return self.stage.person

    @rule(target=products, quantity=quantities, cents=st.integers(1, 999))
    def put_on_sale(self, quantity: int, cents: int) -> ModelProduct:
        made = self.stage.world.product(
            name=f"Model {next(_numbers)}",
            quantity=quantity,
            price=str(Decimal(cents) / 100),
            category=self.stage.category,
        )
        product = ModelProduct(
            made["id"],
            made["variant_id"],
            made["name"],
            Decimal(made["price"]),
            quantity,
        )
        self.known.append(product)
        return product

    @rule(target=products, pieces=st.lists(quantities, min_size=2, max_size=3))
    def put_several_on_sale(self, pieces: list[int]) -> Any:
        body: dict[str, Any] = {
            "name": f"Model {next(_numbers)}",
            "category": self.stage.category,
            "price": "2.50",
            "options": [{"name": "Size", "values": ["S", "M", "L"][: len(pieces)]}],
            "variants": [
                {"options": {"Size": size}, "quantity": quantity}
                for size, quantity in zip("SML", pieces, strict=False)
            ],
        }
        answer = self.manager.post("/products/add", json=body)
        assert answer.status_code == 201, answer.text
        siblings: list[ModelProduct] = []
        for shown, quantity in zip(answer.json["variants"], pieces, strict=True):
            siblings.append(
                ModelProduct(
                    answer.json["id"],
                    shown["id"],
                    body["name"],
                    Decimal("2.50"),
                    quantity,
                    siblings=siblings,
                )
            )
        self.known += siblings
        return multiple(*siblings)

    @rule(product=products, quantity=quantities)
    def say_how_many(self, product: ModelProduct, quantity: int) -> None:
        path, id_ = "/products/update", product.id
        if product.siblings:
            path, id_ = "/variants/update", product.variant_id
        answer = self.manager.put(path, json={"id": id_, "quantity": quantity})
        assert answer.status_code == (404 if product.is_removed else 200)
        if not product.is_removed:
            product.quantity = quantity

    @rule(
        chosen=st.lists(products, min_size=1, max_size=3, unique_by=id),
        pieces=st.integers(1, 6),
        reason=st.sampled_from(["damage", "theft", "loss", "found"]),
    )
    def adjust(self, chosen: list[ModelProduct], pieces: int, reason: str) -> None:
        """All lines or none: one that is not there, or short, refuses the rest."""
        delta = pieces if reason == "found" else -pieces
        lines = [{"variant_id": each.variant_id, "delta": delta} for each in chosen]
        body = {"lines": lines, "reason": reason, "note": "Shelf 4"}
        answer = self.manager.post("/stock/adjust", json=body)
        if any(each.is_removed for each in chosen):
            assert answer.status_code == 404
        elif any(each.quantity + delta < 0 for each in chosen):
            assert answer.json["code"] == "insufficient_stock"
        else:
            assert answer.status_code == 200, answer.text
            for product in chosen:
                product.quantity += delta

    @rule(product=products, counted=quantities)
    def count(self, product: ModelProduct, counted: int) -> None:
        lines = [{"variant_id": product.variant_id, "counted": counted}]
        answer = self.manager.post("/stock/count", json={"lines": lines})
        assert answer.status_code == (404 if product.is_removed else 200)
        if not product.is_removed:
            product.quantity = counted

    @rule(product=products)
    def remove(self, product: ModelProduct) -> None:
        if product.siblings:
            self._remove_one(product)
            return
        answer = self.manager.delete(f"/products/remove?id={product.id}")
        assert answer.status_code == (404 if product.is_removed else 204)
        product.is_removed = True

    def _remove_one(self, product: ModelProduct) -> None:
        answer = self.manager.delete(f"/variants/remove?id={product.variant_id}")
        if product.is_removed:
            assert answer.status_code == 404
        elif all(x.is_removed for x in product.siblings if x is not product):
            assert answer.json["code"] == "last_variant"
        else:
            assert answer.status_code == 204
            product.is_removed = True

    @rule(
        chosen=st.lists(products, min_size=1, max_size=3, unique_by=id),
        quantity=quantities,
        mode=st.sampled_from(["set", "add"]),
    )
    def receive_a_file(
        self, chosen: list[ModelProduct], quantity: int, mode: str
    ) -> None:
        listed = [each for each in chosen if not (each.is_removed or each.siblings)]
        assume(listed)
        rows = "".join(
            f"{p.name},{self.stage.category},{quantity},{p.price},,\n" for p in listed
        )
        report = self.stage.importer.send(HEAD + rows, quantity_mode=mode)
        assert report["status"] == "succeeded", report
        for product in listed:
            product.quantity = quantity + (product.quantity if mode == "add" else 0)

    @rule(target=orders, chosen=parts)
    def create(self, chosen: list[tuple[int, int]]) -> Any:
        assume(self.known)
        lines = self._lines(chosen)
        answer = self.person.post("/orders/create", json=self._body(lines))
        if not self._is_possible(lines, answer):
            return multiple()
        assert answer.status_code == 201
        order = ModelOrder(answer.json["id"], lines)
        self.all_orders.append(order)
        return order

    @rule(order=orders, chosen=parts)
    def update(self, order: ModelOrder, chosen: list[tuple[int, int]]) -> None:
        lines = self._lines(chosen)
        items = self._body(lines)["items"]
        answer = self.person.put(
            "/orders/update", json={"id": order.id, "items": items}
        )
        if order.status != "pending":
            assert answer.json["code"] == "order_not_pending"
        elif self._is_possible(lines, answer):
            order.lines = lines

    @rule(order=orders)
    def cancel(self, order: ModelOrder) -> None:
        answer = self.person.delete(f"/orders/delete?id={order.id}")
        if order.status == "pending":
            assert answer.status_code == 204
            order.status = "cancelled"
        else:
            assert answer.status_code == 409

    @rule(
        order=orders,
        token=st.sampled_from(["success", "success", "declined", "insufficient_funds"]),
        twice=st.booleans(),
    )
    def execute(self, order: ModelOrder, token: str, *, twice: bool) -> None:
        key, refusal = str(uuid.uuid4()), order.refusal()
        answer = pay(self.person, order.__dict__, token, key)
        if twice:
            assert pay(self.person, order.__dict__, token, key).data == answer.data
        if refusal:
            assert answer.json["code"] == refusal
        elif token == "success":
            assert answer.json["status"] == "executed"
            order.status = "executed"
            order.take()
        else:
            assert answer.json["code"] == "payment_declined"

    @rule(order=orders)
    def execute_by_invoice(self, order: ModelOrder) -> None:
        refusal = order.refusal()
        body = {"id": order.id, "payment": {"method": "invoice"}}
        answer = self.person.post("/orders/execute", json=body)
        if refusal:
            assert answer.json["code"] == refusal
        else:
            assert answer.json["status"] == "executed"
            order.status = "executed"
            order.take()

    @rule(order=orders, outcome=st.sampled_from(["success", "declined", "never"]))
    def execute_in_silence(self, order: ModelOrder, outcome: str) -> None:
        """The provider says nothing until the reconciler asks."""
        refusal = order.refusal()
        known = "success" if outcome == "never" else outcome
        answer = pay(self.person, order.__dict__, f"timeout_then_{known}")
        if refusal:
            assert answer.json["code"] == refusal
            return
        assert answer.json["code"] == "payment_pending"
        order.take()
        self._compare_stock()
        session = self.stage.world.session
        if outcome != "never":
            decide(session)
        let_time_pass(session)
        assert look_after(self.stage.app) == 1
        if outcome == "success":
            order.status = "executed"
        else:
            order.give_back()

    @rule(
        order=orders,
        outcome=st.sampled_from(["success", "declined", "never"]),
        by_customer=st.booleans(),
    )
    def execute_with_an_action(
        self, order: ModelOrder, outcome: str, *, by_customer: bool
    ) -> None:
        """The customer has to do something; they, or the reconciler, end it."""
        key, refusal = str(uuid.uuid4()), order.refusal()
        token = "action_never" if outcome == "never" else f"action_then_{outcome}"
        answer = pay(self.person, order.__dict__, token, key)
        if refusal:
            assert answer.json["code"] == refusal
            return
        assert answer.status_code == 202
        order.take()
        self._compare_stock()
        session = self.stage.world.session
        if outcome != "never":
            decide(session)
        if by_customer and outcome != "never":
            ended = pay(self.person, order.__dict__, token, key)
            assert ended.status_code == (200 if outcome == "success" else 402)
        else:
            let_time_pass(session)
            assert look_after(self.stage.app) == 1
        if outcome == "success":
            order.status = "executed"
        else:
            order.give_back()

    @rule(
        order=orders,
        chosen=st.none() | st.tuples(st.integers(0, 2), st.integers(1, 4)),
        restock=st.booleans(),
    )
    def refund(
        self, order: ModelOrder, chosen: tuple[int, int] | None, *, restock: bool
    ) -> None:
        body: dict[str, Any] = {"id": order.id, "restock": restock}
        left = {
            line.product.variant_id: line.quantity - line.refunded
            for line in order.lines
        }
        wanted = dict(left)
        if chosen is not None:
            line = order.lines[chosen[0] % len(order.lines)]
            wanted = {line.product.variant_id: chosen[1]}
            item = {**line.product.named, "quantity": chosen[1]}
            body["items"] = [item]
        answer = self.manager.post("/orders/refund", json=body)
        if order.status in {"pending", "cancelled"}:
            assert answer.json["code"] == "order_not_executed"
        elif order.status == "refunded" or any(n > left[p] for p, n in wanted.items()):
            assert answer.json["code"] == "refund_too_large"
        else:
            assert answer.status_code == 200, answer.text
            self._note_refund(order, wanted, restock=restock)

    def _note_refund(
        self, order: ModelOrder, wanted: dict[int, int], *, restock: bool
    ) -> None:
        for line in order.lines:
            quantity = wanted.get(line.product.variant_id, 0)
            line.refunded += quantity
            line.product.quantity += quantity if restock else 0
        whole = all(line.refunded == line.quantity for line in order.lines)
        order.status = "refunded" if whole else "partially_refunded"

    def _lines(self, chosen: list[tuple[int, int]]) -> list[ModelLine]:
        wanted = {self.known[n % len(self.known)].variant_id: q for n, q in chosen}
        by_id = {product.variant_id: product for product in self.known}
        return [ModelLine(by_id[p], q, by_id[p].price) for p, q in wanted.items()]

    def _body(self, lines: list[ModelLine]) -> dict[str, Any]:
        items = [{**line.product.named, "quantity": line.quantity} for line in lines]
        return {"location": "Ireland", "items": items}

    def _is_possible(self, lines: list[ModelLine], answer: Any) -> bool:
        gone = [line.product for line in lines if line.product.is_removed]
        if gone:
            assert answer.json["code"] == gone[0].not_found
            return False
        if any(line.quantity > line.product.quantity for line in lines):
            assert answer.json["code"] == "insufficient_stock"
            return False
        return True

    @invariant()
    def _compare_stock(self) -> None:
        for product in self.known:
            path = f"/variants/{product.variant_id}/stock-movements?limit=1"
            last = self.manager.get(path).json["items"]
            assert (last[0]["balance_after"] if last else 0) == product.quantity
            shown = self.stage.world.client.get(f"/products/{product.id}")
            if product.siblings:
                there = {x["id"]: x["quantity"] for x in shown.json["variants"]}
                assert there == {
                    x.variant_id: x.quantity
                    for x in product.siblings
                    if not x.is_removed
                }
            elif product.is_removed:
                assert shown.status_code == 404
            else:
                assert shown.json["quantity"] == product.quantity

    def teardown(self) -> None:
        for order in self.all_orders:
            shown = self.person.get(f"/orders/{order.id}").json
            assert shown["status"] == order.status
            assert Decimal(shown["total"]) == order.total
            assert Decimal(shown["refunded_total"]) == order.refunded_total
        assert breaches(self.stage.app.dispatcher.sessions) == []


def test_the_database_is_what_a_plain_model_says(
    fresh_app: Shop,
    fresh_world: World,
    importer: Importer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(test_gateway, "SILENT_SECONDS", 0)
    stage = Stage(fresh_app, fresh_world, importer)
    machine = type("OneHistory", (History,), {"stage": stage})
    with shop_settings(fresh_app, payment_gateway="test"):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=HISTORIES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
