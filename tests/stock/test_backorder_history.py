"""Random histories of a stock that sells what is not there, against a model of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from random import Random
from typing import Any

import pytest
from testing.books import close_today
from testing.histories import is_long
from testing.payments import breaches
from testing.world import Person, World, problem

from shopkeeper.web.application import Shop

STEPS = 120 if is_long() else 45


@pytest.fixture(autouse=True)
def _precisely() -> Iterator[None]:
    with localcontext() as context:
        context.prec = 80
        yield


def half_up(value: Decimal) -> Decimal:
    return value.quantize(Decimal("1e-10"), rounding=ROUND_HALF_UP)


@dataclass
class Line:
    """A line of an order: what has left for it at what cost, and what came back."""

    order_id: int
    sold: int
    waiting: int = 0
    cost: Decimal = Decimal(0)
    refunded: int = 0
    cancelled: int = 0
    cost_back: Decimal = Decimal(0)

    def give_back(self, pieces: int) -> tuple[int, Decimal]:
        """Pieces that come back to the shelf, and what they had cost."""
        cancelled = min(pieces, self.waiting)
        self.waiting -= cancelled
        sent = pieces - cancelled
        all_sent = self.sold - self.waiting - self.cancelled - cancelled
        before = self.refunded - self.cancelled
        self.refunded += pieces
        self.cancelled += cancelled
        if not sent:
            return 0, Decimal(0)
        whole = half_up(self.cost * (before + sent) / all_sent)
        back = max(whole - self.cost_back, Decimal(0))
        self.cost_back += back
        return sent, back


@dataclass
class Shelf:
    """A stock at its moving average, and the queue of those who wait for it."""

    quantity: int = 0
    value: Decimal = Decimal(0)
    cost: Decimal | None = None
    limit: int | None = 0
    queue: list[Line] = field(default_factory=list)
    cost_of_sales: Decimal = Decimal(0)

    @property
    def waiting(self) -> int:
        return sum(line.waiting for line in self.queue)

    @property
    def available(self) -> int | None:
        if self.limit is None:
            return None
        return self.quantity + max(self.limit - self.waiting, 0)

    def enter(self, pieces: int, value: Decimal, *, is_known: bool = False) -> None:
        self.quantity += pieces
        self.value += value
        if self.quantity and (self.cost is not None or self.value or is_known):
            self.cost = half_up(self.value / self.quantity)

    def leave(self, pieces: int) -> Decimal:
        value = self.value
        if pieces < self.quantity:
            value = half_up(self.value * pieces / self.quantity)
        if pieces:
            self.enter(-pieces, -value)
            return value
        return Decimal(0)

    def find(self, pieces: int) -> None:
        if self.quantity:
            self.enter(pieces, half_up(self.value * pieces / self.quantity))
        else:
            self.enter(pieces, half_up((self.cost or Decimal(0)) * pieces))

    def sell(self, line: Line) -> None:
        there = min(line.sold, self.quantity)
        line.cost = self.leave(there)
        self.cost_of_sales += line.cost
        line.waiting = line.sold - there
        self.queue.append(line)

    def serve(self) -> None:
        """What is there goes to whoever waits, the longest first."""
        for line in self.queue:
            pieces = min(line.waiting, self.quantity)
            if pieces:
                cost = self.leave(pieces)
                line.waiting -= pieces
                line.cost += cost
                self.cost_of_sales += cost


class History:
    """Does things to a product, and to the model of it."""

    def __init__(self, world: World, person: Person, seed: int) -> None:
        self.world, self.person, self.random = world, person, Random(seed)
        self.product = world.product(
            quantity=0, price="1000", sku="P-1", backorder_limit=0
        )
        self.shelf, self.lines = Shelf(), list[Line]()
        self.asked: list[dict[str, Any]] = []

    def step(self) -> None:
        """Do something at random."""
        kinds = [self.sell] * 5 + [self.receive] * 3 + [self.refund] * 2
        kinds += [self.adjust, self.count, self.limit, self.ask]
        self.random.choice(kinds)()

    def sell(self) -> None:
        pieces = self.random.randint(1, 6)
        items = [{"product_id": self.product["id"], "quantity": pieces}]
        body = {"location": "IE", "items": items}
        made = self.person.post("/orders/create", json=body)
        available = self.shelf.available
        if available is not None and pieces > available:
            assert problem(made) == (409, "insufficient_stock")
            assert made.json["lines"][0]["available"] == available
            return
        assert made.status_code == 201, made.text
        order_id = made.json["id"]
        done = self.person.post("/orders/execute", json={"id": order_id})
        assert done.status_code == 200, done.text
        line = Line(order_id, pieces)
        self.shelf.sell(line)
        self.lines.append(line)
        assert done.json["items"][0]["waiting"] == line.waiting

    def receive(self) -> None:
        pieces = self.random.randint(1, 7)
        cost = Decimal(self.random.randint(0, 99999)).scaleb(-4)
        body = {"id": self.product["id"], "quantity": pieces, "unit_cost": str(cost)}
        assert (
            self.world.manager.post("/products/receive", json=body).status_code == 200
        )
        self.shelf.enter(pieces, cost * pieces, is_known=True)

    def refund(self) -> None:
        left = [line for line in self.lines if line.refunded < line.sold]
        if not left:
            return
        line = self.random.choice(left)
        pieces = self.random.randint(1, line.sold - line.refunded)
        restock = self.random.random() < 0.7
        items = [{"product_id": self.product["id"], "quantity": pieces}]
        body = {"id": line.order_id, "items": items, "restock": restock}
        answer = self.world.manager.post("/orders/refund", json=body)
        assert answer.status_code == 200, answer.text
        sent, cost = line.give_back(pieces)
        if restock and sent:
            self.shelf.enter(sent, cost)
            self.shelf.cost_of_sales -= cost

    def adjust(self) -> None:
        delta = self.random.randint(-2, 4)
        if not delta or self.shelf.quantity + delta < 0:
            return
        lines = [{"sku": "P-1", "delta": delta}]
        body = {"lines": lines, "reason": "adjustment"}
        assert self.world.manager.post("/stock/adjust", json=body).status_code == 200
        self._move(delta)

    def count(self) -> None:
        counted = self.random.randint(0, 8)
        body = {"lines": [{"sku": "P-1", "counted": counted}]}
        assert self.world.manager.post("/stock/count", json=body).status_code == 200
        self._move(counted - self.shelf.quantity)

    def _move(self, delta: int) -> None:
        if delta < 0:
            self.shelf.leave(-delta)
        elif delta:
            self.shelf.find(delta)

    def limit(self) -> None:
        limit = self.random.choice([0, 3, 8, 20, None])
        body = {"id": self.product["id"], "backorder_limit": limit}
        assert self.world.manager.put("/products/update", json=body).status_code == 200
        self.shelf.limit = limit

    def ask(self) -> None:
        self.asked.append(self.world.manager.get("/statistics/profit").json)

    def compare(self) -> None:
        """Whether the shop says what the model does."""
        self.shelf.serve()
        told = self.world.manager.get(f"/products/{self.product['id']}").json
        assert (told["quantity"], told["waiting"]) == (
            self.shelf.quantity,
            self.shelf.waiting,
        )
        profit = self.world.manager.get("/statistics/profit").json
        assert Decimal(profit["total_cost"]) == self.shelf.cost_of_sales.quantize(
            Decimal("0.0001"), rounding=ROUND_HALF_EVEN
        )
        if self.lines:
            line = self.random.choice(self.lines)
            shown = self.person.get(f"/orders/{line.order_id}").json
            assert shown["items"][0]["waiting"] == line.waiting


@pytest.mark.parametrize("seed", range(12 if is_long() else 3))
def test_the_shop_agrees_with_the_model(
    fresh_world: World, fresh_app: Shop, seed: int
) -> None:
    history = History(fresh_world, fresh_world.person(), seed)

    for _ in range(STEPS):
        history.step()
        history.compare()

    assert breaches(fresh_app.dispatcher.sessions) == []
    close_today(fresh_app.dispatcher.sessions)
    history.compare()
    for answer in history.asked:
        again = fresh_world.manager.get(
            f"/statistics/profit?as_of={answer['as_of'].replace('+', '%2B')}"
        ).json
        assert again == answer
    assert breaches(fresh_app.dispatcher.sessions) == []
