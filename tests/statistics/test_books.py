"""Random histories of a shop against a plain model of its books in Python.

The history is told with the clock standing at its moments, over weeks around
changes of the day in several time zones; days are closed now and then. Every
statistic, of every kind of period and filter, now and as of the past, has to
be what the model says; what was answered as of a moment has to stay so.

It is long because the model is one: each of its parts is held against the others.
"""

import itertools
import json
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from testing.books import close_until
from testing.histories import is_long
from testing.payments import breaches, shop_settings
from testing.world import Person, World

from shopkeeper.checkout.service.outside_money import GivenBack, note_given_back
from shopkeeper.database.sessions import in_transaction
from shopkeeper.models import Payment
from shopkeeper.payments.gateways.port import (
    DisputeOutcome,
    GatewayRefundStatus,
    KnownDispute,
    KnownRefund,
)
from shopkeeper.utils import clock
from shopkeeper.web.application import Shop

HISTORIES = int(os.environ.get("BOOKS_HISTORIES", "8" if is_long() else "3"))
STEPS = int(os.environ.get("BOOKS_STEPS", "45"))
TEN = Decimal("0.0000000001")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu")
COUNTRIES = {"IE": "Ireland", "DE": "Germany", "NP": "Nepal"}
# Around the end of a month, of summer time in Europe, and of a year's half.
BEGINNING = datetime(2025, 10, 24, 21, 30, tzinfo=UTC)
Answer = dict[str, Any]


@pytest.fixture(autouse=True)
def _precisely() -> Iterator[None]:
    with localcontext() as context:
        context.prec = 80
        yield


def half_up(value: Decimal) -> Decimal:
    return value.quantize(TEN, rounding=ROUND_HALF_UP)


def cents(value: Decimal) -> str:
    return f"{value:.2f}"


def four(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN)


@dataclass
class Category:
    """A category, and the one that it stands below."""

    id: int
    name: str
    parent: "Category | None" = None

    @property
    def path(self) -> str:
        return self.name if self.parent is None else f"{self.parent.path} > {self.name}"

    def is_at_or_below(self, other: "Category") -> bool:
        above = self.parent
        return self is other or (above is not None and above.is_at_or_below(other))


@dataclass
class Product:
    """A product, and the stock of it at the moving average."""

    id: int
    name: str
    price: Decimal
    category: Category
    cost: Decimal | None
    quantity: int = 0
    value: Decimal = Decimal(0)
    is_removed: bool = False

    def enter(self, pieces: int, value: Decimal, *, is_receipt: bool = False) -> None:
        self.quantity += pieces
        self.value += value
        known = self.cost is not None or self.value or is_receipt
        if self.quantity and known:
            self.cost = half_up(self.value / self.quantity)

    def leave(self, pieces: int) -> Decimal:
        value = self.value
        if pieces < self.quantity:
            value = half_up(self.value * pieces / self.quantity)
        self.enter(-pieces, -value)
        return value

    def find(self, pieces: int) -> None:
        """Pieces that turn up have the average, or the last known cost."""
        if self.quantity:
            value = half_up(self.value * pieces / self.quantity)
        else:
            value = half_up((self.cost or Decimal(0)) * pieces)
        self.enter(pieces, value)

    def revalue(self, cost: Decimal | None) -> None:
        self.value = (cost or Decimal(0)) * self.quantity
        self.cost = cost


@dataclass
class Line:
    product: Product
    name: str
    quantity: int
    price: Decimal
    cost: Decimal = Decimal(0)
    category: tuple[int, str] = (0, "")
    refunded: int = 0
    refunded_cost: Decimal = Decimal(0)
    given: Decimal = Decimal(0)
    # Pieces that came back with a refund whose money was reversed.
    unpaid: int = 0

    @property
    def left(self) -> Decimal:
        return self.price * self.quantity - self.given


@dataclass
class Order:
    id: int
    country: str
    lines: list[Line]
    is_by_provider: bool

    @property
    def left(self) -> Decimal:
        return sum((line.left for line in self.lines), Decimal(0))


@dataclass
class Part:
    """What a refund took back of a line."""

    line: Line
    pieces: int
    amount: Decimal
    cost: Decimal = Decimal(0)
    restocked: int = 0
    already_back: int = 0


@dataclass
class Given:
    """A refund that stands."""

    order: Order
    parts: list[Part]
    reference: str
    dispute: KnownDispute | None = None

    @property
    def amount(self) -> Decimal:
        return sum((part.amount for part in self.parts), Decimal(0))


@dataclass(frozen=True)
class Event:
    """A line that was sold, or some of it that came back."""

    moment: datetime
    order: int | None
    country: str
    product: int
    name: str
    category: tuple[int, str]
    units: int = 0
    revenue: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    is_costless: bool = False


@dataclass(frozen=True)
class Scope:
    start: datetime | None = None
    end: datetime | None = None
    as_of: datetime | None = None
    category: str | None = None
    product: int | None = None
    country: str | None = None
    category_id: int | None = None

    @property
    def query(self) -> str:
        given = {
            "from": moment(self.start),
            "to": moment(self.end),
            "as_of": moment(self.as_of),
            "category": self.category,
            "product_id": self.product,
            "country": self.country and COUNTRIES[self.country],
            "category_id": self.category_id,
        }
        return "&".join(f"{k}={v}" for k, v in given.items() if v is not None)

    def holds(self, event: Event) -> bool:
        return (
            (self.start is None or event.moment >= self.start)
            and (self.end is None or event.moment < self.end)
            and (self.as_of is None or event.moment <= self.as_of)
            and (self.category is None or is_below(event.category[1], self.category))
            and self.product in {None, event.product}
            and self.country in {None, event.country}
            and self.category_id in {None, event.category[0]}
        )


def is_below(path: str, above: str) -> bool:
    return path == above or path.startswith(f"{above} > ")


def moment(value: datetime | None) -> str | None:
    if value is None:
        return None
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def shares(units: list[int]) -> list[str]:
    """Largest remainder, by the book."""
    whole = sum(max(n, 0) for n in units)
    if not whole:
        return ["0.00"] * len(units)
    exact = [Decimal(max(n, 0)) * 10000 / whole for n in units]
    floors = [int(share) for share in exact]
    left = sorted(
        range(len(units)), key=lambda n: (-(max(units[n], 0) * 10000 % whole), n)
    )
    for place in left[: 10000 - sum(floors)]:
        floors[place] += 1
    return [cents(Decimal(floor) / 100) for floor in floors]


def figures(events: list[Event]) -> Answer:
    revenue = sum((event.revenue for event in events), Decimal(0))
    cost = four(sum((event.cost for event in events), Decimal(0)))
    return {
        "orders": len({event.order for event in events} - {None}),
        "units": sum(event.units for event in events),
        "revenue": cents(revenue),
        "cost": f"{cost:.4f}",
        "profit": f"{revenue - cost:.4f}",
        "refunds": cents(sum((event.refunded for event in events), Decimal(0))),
    }


def last_name(events: list[Event], what: str) -> Any:
    """As last sold; of what was not sold, as it came back last."""
    last = max(events, key=lambda e: (e.order is not None, e.moment, e.order or 0))
    return getattr(last, what)


@dataclass
class Model:
    """The books, as a list of what has happened."""

    events: list[Event] = field(default_factory=list)

    def of(self, scope: Scope) -> list[Event]:
        return [event for event in self.events if scope.holds(event)]

    def profit(self, scope: Scope) -> Answer:
        told = figures(self.of(scope))
        costless = figures([event for event in self.of(scope) if event.is_costless])
        revenue, profit = Decimal(told["revenue"]), Decimal(told["profit"])
        margin = None
        if revenue > 0:
            margin = (profit * 100 / revenue).quantize(
                Decimal("0.01"), rounding=ROUND_HALF_EVEN
            )
        return {
            "number_of_executed_orders": told["orders"],
            "total_revenue": told["revenue"],
            "total_cost": told["cost"],
            "total_profit": told["profit"],
            "margin_percentage": None if margin is None else cents(margin),
            "refunded_revenue": told["refunds"],
            "without_cost": {
                "units": costless["units"],
                "revenue": costless["revenue"],
            },
        }

    def products(self, scope: Scope) -> Answer:
        groups = defaultdict(list)
        for event in self.of(scope):
            groups[event.product].append(event)
        told = {product: figures(events) for product, events in groups.items()}
        ranking = sorted(groups, key=lambda p: (-told[p]["units"], p))
        percentages = shares([told[product]["units"] for product in ranking])
        return {
            "total_quantity_sold": sum(told[p]["units"] for p in ranking),
            "items": [
                {
                    "product_id": product,
                    "product_name": last_name(groups[product], "name"),
                    "total_quantity_sold": told[product]["units"],
                    "revenue": told[product]["revenue"],
                    "profit": told[product]["profit"],
                    "sales_percentage": share,
                }
                for product, share in zip(ranking, percentages, strict=True)
            ],
        }

    def categories(self, scope: Scope) -> list[Answer]:
        groups = defaultdict(list)
        for event in self.of(scope):
            groups[event.category[0]].append(event)
        told = []
        for category, events in groups.items():
            within = defaultdict(list)
            for event in events:
                within[event.product].append(event)
            units = {p: sum(e.units for e in group) for p, group in within.items()}
            ranking = sorted(units, key=lambda p: (-units[p], p))
            percentages = shares([units[product] for product in ranking])
            told.append(
                {
                    "category_id": category,
                    "category_name": last_name(events, "category")[1],
                    "total_category_quantity": sum(units.values()),
                    "products": [
                        {
                            "product_id": product,
                            "product_name": last_name(within[product], "name"),
                            "quantity_sold": units[product],
                            "sales_percentage_within_category": share,
                        }
                        for product, share in zip(ranking, percentages, strict=True)
                    ],
                }
            )
        told.sort(key=lambda c: (-c["total_category_quantity"], c["category_id"]))
        return told

    def countries(self, scope: Scope) -> list[Answer]:
        groups = defaultdict(list)
        for event in self.of(scope):
            groups[event.country].append(event)
        told = {country: figures(events) for country, events in groups.items()}
        ranking = sorted(groups, key=lambda c: (-told[c]["units"], c))
        percentages = shares([told[country]["units"] for country in ranking])
        return [
            {
                **told[country],
                "country_code": country,
                "country": COUNTRIES[country],
                "sales_percentage": share,
            }
            for country, share in zip(ranking, percentages, strict=True)
        ]

    def series(self, scope: Scope, step: str, zone: ZoneInfo) -> list[Answer]:
        first = min((e.moment for e in self.events), default=None)
        start = scope.start or first
        until = scope.as_of + timedelta(microseconds=1) if scope.as_of else None
        until = min(x for x in (until, scope.end) if x is not None)
        if start is None or start >= until:
            return []
        told = []
        edge = self._bucket(start, step, zone)
        while edge < until:
            following = self._bucket_after(edge, step, zone)
            inside = [e for e in self.of(scope) if edge <= e.moment < following]
            told.append(
                {
                    "start": moment(max(edge, scope.start or edge)),
                    "end": moment(min(following, scope.end or following)),
                    **figures(inside),
                }
            )
            edge = following
        return told

    @staticmethod
    def _bucket(value: datetime, step: str, zone: ZoneInfo) -> datetime:
        local = value.astimezone(zone)
        if step == "hour":
            past = timedelta(minutes=local.minute, seconds=local.second)
            return value - past - timedelta(microseconds=local.microsecond)
        day = local.date()
        if step == "week":
            day -= timedelta(days=day.weekday())
        if step == "month":
            day = day.replace(day=1)
        return datetime.combine(day, time(), zone).astimezone(UTC)

    def _bucket_after(self, edge: datetime, step: str, zone: ZoneInfo) -> datetime:
        leap = {"hour": 1, "day": 26, "week": 24 * 7 + 2, "month": 24 * 32}[step]
        return self._bucket(edge + timedelta(hours=leap), step, zone)


class History:
    """What happens in one shop, in it and in the model."""

    def __init__(self, app: Shop, world: World, random: Random) -> None:
        self.app, self.world, self.random = app, world, random
        self.now = BEGINNING
        self.model = Model()
        self.numbers = itertools.count(1)
        self.manager: Person = world.manager  # Whose login is of the present.
        self.categories: list[Category] = []
        self.products: list[Product] = []
        self.orders: list[Order] = []
        self.given: list[Given] = []
        self.closed: date | None = None
        self.kept: list[tuple[str, bytes]] = []
        self.add_category()
        self.add_product()

    def send(self, method: str, path: str, body: Answer, *, status: int = 200) -> Any:
        """A request at the present of the story; a customer's orders by a manager."""
        with clock.standing_still_at(self.now):
            answer = self.manager._send(method, path, {"json": body})
        assert answer.status_code == status, answer.text
        return answer.json

    def step(self) -> None:
        chance = self.random
        gap = chance.choice([1, 1800, 3600, 7 * 3600, 26 * 3600])
        self.now += timedelta(seconds=chance.randrange(gap), microseconds=1)
        action = chance.choice(
            [self.sell] * 5
            + [self.refund] * 3
            + [self.refund_money, self.reverse, self.lose_dispute]
            + [self.receive] * 2
            + [
                self.count,
                self.revalue,
                self.rename,
                self.rename_category,
                self.move_category,
                self.move,
                self.remove,
                self.restore,
                self.add_product,
                self.add_category,
                self.close,
                self.ask,
            ]
        )
        action()

    @property
    def on_sale(self) -> list[Product]:
        return [product for product in self.products if not product.is_removed]

    def cost(self) -> Decimal:
        return Decimal(self.random.randrange(0, 70_000)) / 10_000

    def add_category(self) -> None:
        name = f"Shelf {next(self.numbers)}"
        above = self.random.choice([None, *self.categories[:3]])
        body = {"name": name, "parent_id": above and above.id}
        made = self.send("POST", "/categories/add", body, status=201)
        self.categories.append(Category(made["id"], name, above))

    def add_product(self) -> None:
        chance = self.random
        category = chance.choice(self.categories)
        cost = chance.choice([None, self.cost()])
        product = Product(
            id=0,
            name=f"Thing {next(self.numbers)}",
            price=Decimal(chance.randrange(1, 2000)) / 100,
            category=category,
            cost=cost,
        )
        quantity = chance.randrange(0, 30)
        body = {
            "name": product.name,
            "price": str(product.price),
            "category": category.path,
            "quantity": quantity,
            "cost": None if cost is None else str(cost),
        }
        made = self.send("POST", "/products/add", body, status=201)
        product.id = made["id"]
        product.find(quantity)
        self.products.append(product)

    def sell(self) -> None:
        chance = self.random
        available = [product for product in self.on_sale if product.quantity]
        if not available:
            return
        chosen = chance.sample(
            available, chance.randrange(1, min(3, len(available)) + 1)
        )
        country = chance.choice(sorted(COUNTRIES))
        lines = [
            Line(p, p.name, chance.randrange(1, min(p.quantity, 7) + 1), p.price)
            for p in chosen
        ]
        items = [{"product_id": x.product.id, "quantity": x.quantity} for x in lines]
        body = {"location": country, "items": items}
        made = self.send("POST", "/orders/create", body, status=201)
        self.now += timedelta(seconds=1)
        method = chance.choice(["invoice", "test"])
        payment = {"method": method}
        self.send("POST", "/orders/execute", {"id": made["id"], "payment": payment})
        for line in lines:
            line.cost = line.product.leave(line.quantity)
            line.category = (line.product.category.id, line.product.category.path)
            self.model.events.append(
                Event(
                    self.now,
                    made["id"],
                    country,
                    line.product.id,
                    line.name,
                    line.category,
                    line.quantity,
                    line.price * line.quantity,
                    line.cost,
                    is_costless=not line.cost,
                )
            )
        self.orders.append(Order(made["id"], country, lines, method == "test"))

    def refund(self) -> None:
        chance = self.random
        open_lines = [
            (order, line)
            for order in self.orders
            for line in order.lines
            if line.refunded < line.quantity and line.left
        ]
        if not open_lines:
            return
        order, line = chance.choice(open_lines)
        pieces = chance.randrange(1, line.quantity - line.refunded + 1)
        restock = chance.choice([True, False])
        items = [{"product_id": line.product.id, "quantity": pieces}]
        body = {"id": order.id, "items": items, "restock": restock}
        told = self.send("POST", "/orders/refund", body)
        part = Part(line, pieces, min(line.price * pieces, line.left))
        part.already_back = min(pieces, line.unpaid)
        part.cost = self._cost_of(line, pieces)
        if restock:
            part.restocked = pieces - part.already_back
        back = Decimal(0)
        if part.restocked:
            back = part.cost - self._cost_of(line, part.already_back)
            line.product.enter(part.restocked, back)
        line.unpaid -= part.already_back
        self._note(order, [part], told["refunds"][-1]["reference"], back)

    @staticmethod
    def _cost_of(line: Line, pieces: int) -> Decimal:
        if not pieces:
            return Decimal(0)
        whole = half_up(line.cost * (line.refunded + pieces) / line.quantity)
        return max(whole - line.refunded_cost, Decimal(0))

    def _note(
        self, order: Order, parts: list[Part], reference: str, back: Decimal
    ) -> Given:
        for part in parts:
            part.line.refunded += part.pieces
            part.line.refunded_cost += part.cost
            part.line.given += part.amount
            self._tell(order, part, -1, -back)
        given = Given(order, parts, reference)
        self.given.append(given)
        return given

    def _tell(self, order: Order, part: Part, sign: int, cost: Decimal) -> None:
        self.model.events.append(
            Event(
                self.now,
                None,
                order.country,
                part.line.product.id,
                part.line.name,
                part.line.category,
                sign * part.pieces,
                sign * part.amount,
                cost,
                -sign * part.amount,
                is_costless=not part.line.cost,
            )
        )

    def _spread(self, order: Order, amount: Decimal) -> list[Part]:
        """By what is left of each line; sums rounded down to cents."""
        whole, parts = order.left, []
        seen = given = Decimal(0)
        for line in order.lines:
            seen += line.left
            upto = (seen * amount / whole).quantize(Decimal("0.01"), ROUND_DOWN)
            if upto > given:
                parts.append(Part(line, 0, upto - given))
            given = upto
        return parts

    def _amount_of(self, order: Order) -> Decimal:
        return Decimal(self.random.randrange(1, int(order.left * 100) + 1)) / 100

    def refund_money(self) -> None:
        """Money for no goods, by whichever way."""
        open_orders = [order for order in self.orders if order.left]
        if not open_orders:
            return
        order = self.random.choice(open_orders)
        amount = self._amount_of(order)
        body = {"id": order.id, "amount": str(amount)}
        if not order.is_by_provider:
            body |= {"paid_by": "outside", "reference": f"by hand {next(self.numbers)}"}
        told = self.send("POST", "/orders/refund", body)
        reference = told["refunds"][-1]["reference"]
        self._note(order, self._spread(order, amount), reference, Decimal(0))

    def reverse(self) -> None:
        """Money that a provider gave back returns; goods do not go away again."""
        by_provider = [given for given in self.given if given.order.is_by_provider]
        if not by_provider:
            return
        given = self.random.choice(by_provider)
        if given.dispute is not None:
            won = replace(given.dispute, outcome=DisputeOutcome.WON)
            self._find(given.order, GivenBack([], [won]))
        else:
            failed = KnownRefund(
                given.reference,
                "",
                None,
                given.amount,
                GatewayRefundStatus.FAILED,
                self.now,
                "returned",
            )
            with self.app.dispatcher.sessions.begin() as session:
                session.execute(
                    text(
                        "UPDATE test_gateway_refunds SET status = 'failed'"
                        " FROM refunds WHERE refunds.key = test_gateway_refunds.key"
                        " AND refunds.reference = :reference"
                    ),
                    {"reference": given.reference},
                )
            self._find(given.order, GivenBack([failed], []))
        self.given.remove(given)
        for part in given.parts:
            part.line.refunded -= part.pieces
            part.line.refunded_cost -= part.cost
            part.line.given -= part.amount
            part.line.unpaid += part.restocked + part.already_back
            self._tell(given.order, part, 1, Decimal(0))

    def lose_dispute(self) -> None:
        open_orders = [o for o in self.orders if o.is_by_provider and o.left]
        if not open_orders:
            return
        order = self.random.choice(open_orders)
        lost = KnownDispute(
            f"dp_{next(self.numbers)}",
            "",
            self._amount_of(order),
            "fraudulent",
            DisputeOutcome.LOST,
            self.now,
        )
        self._find(order, GivenBack([], [lost]))
        parts = self._spread(order, lost.amount)
        self._note(order, parts, lost.reference, Decimal(0)).dispute = lost

    def _find(self, order: Order, found: GivenBack) -> None:
        """What the reconciler finds at the provider."""

        def note(session: Session) -> int:
            paid = select(Payment.id).where(
                Payment.order_id == order.id, Payment.status == "captured"
            )
            return note_given_back(session, session.scalars(paid).one(), found)

        with clock.standing_still_at(self.now):
            assert in_transaction(self.app.dispatcher.sessions, note) == 1

    def receive(self) -> None:
        if not self.on_sale:
            return
        product = self.random.choice(self.on_sale)
        pieces, cost = self.random.randrange(1, 20), self.cost()
        body = {"id": product.id, "quantity": pieces, "unit_cost": str(cost)}
        self.send("POST", "/products/receive", body)
        product.enter(pieces, pieces * cost, is_receipt=True)

    def count(self) -> None:
        self._update(quantity=self.random.randrange(0, 30))

    def revalue(self) -> None:
        self._update(cost=self.random.choice([None, self.cost()]))

    def rename(self) -> None:
        self._update(name=f"Thing {next(self.numbers)}")

    def move(self) -> None:
        self._update(category=self.random.choice(self.categories))

    def _update(self, **changes: Any) -> None:
        if not self.on_sale:
            return
        product = self.random.choice(self.on_sale)
        body: Answer = {"id": product.id, **changes}
        if "category" in changes:
            body["category"] = changes["category"].path
            product.category = changes["category"]
        if "name" in changes:
            product.name = changes["name"]
        if "cost" in changes:
            said = changes["cost"]
            body["cost"] = None if said is None else str(said)
            shown = None if product.cost is None else four(product.cost)
            if shown != said:
                product.revalue(said)
        if "quantity" in changes:
            more = changes["quantity"] - product.quantity
            if more > 0:
                product.find(more)
            elif more < 0:
                product.leave(-more)
        self.send("PUT", "/products/update", body)

    def rename_category(self) -> None:
        category = self.random.choice(self.categories)
        category.name = f"Shelf {next(self.numbers)}"
        body = {"id": category.id, "name": category.name}
        self.send("PUT", "/categories/update", body)

    def move_category(self) -> None:
        category = self.random.choice(self.categories)
        above = self.random.choice([None, *self.categories])
        body = {"id": category.id, "parent_id": above and above.id}
        if above is not None and above.is_at_or_below(category):
            self.send("PUT", "/categories/update", body, status=409)
            return
        category.parent = above
        self.send("PUT", "/categories/update", body)

    def remove(self) -> None:
        if len(self.on_sale) > 2:
            product = self.random.choice(self.on_sale)
            self.send("DELETE", f"/products/remove?id={product.id}", {}, status=204)
            product.is_removed = True

    def restore(self) -> None:
        removed = [product for product in self.products if product.is_removed]
        if removed:
            product = self.random.choice(removed)
            self.send("POST", "/products/restore", {"id": product.id})
            product.is_removed = False

    def close(self) -> None:
        """The days before today can be closed, or some of them."""
        last = self.now.date() - timedelta(days=self.random.randrange(3))
        if self.closed is None or last > self.closed:
            close_until(self.app.dispatcher.sessions, last)
            if self.model.events:
                self.closed = last

    def get(self, path: str) -> bytes:
        answer = self.world.manager.get(f"/statistics/{path}")
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)

    def a_moment(self) -> datetime:
        chance = self.random
        known = chance.choice(
            [BEGINNING, self.now]
            + [event.moment for event in self.model.events]
            + [datetime.combine(self.now.date(), time(), UTC)]
        )
        return known + timedelta(
            microseconds=chance.choice([0, 0, 1, -1]),
            days=chance.choice([0, 0, -1, -3, -8]),
        )

    def a_scope(self) -> Scope:
        chance = self.random
        start, end = sorted([self.a_moment(), self.a_moment()])
        names = chance.choice(self.model.events).category[1].split(" > ")
        category = " > ".join(names[: chance.randrange(1, len(names) + 1)])
        return Scope(
            start=chance.choice([None, start]),
            end=chance.choice([None, end]),
            as_of=chance.choice([self.now, min(self.now, self.a_moment())]),
            category=chance.choice([None, None, category]),
            product=chance.choice([None, None, chance.choice(self.products).id]),
            country=chance.choice([None, None, chance.choice(sorted(COUNTRIES))]),
            category_id=chance.choice([*[None] * 4, chance.choice(self.categories).id]),
        )

    def ask(self) -> None:
        """Each statistic, of one random scope; the answers are kept."""
        if not self.model.events:
            return
        scope, model = self.a_scope(), self.model
        zone = ZoneInfo(self.random.choice(ZONES))
        step = self.random.choice(["hour", "day", "week", "month"])
        steps = f"granularity={step}&timezone={zone.key}"
        paths = {
            name: f"{name}?{scope.query}"
            for name in (
                "profit",
                "product-sales",
                "category-product-sales",
                "countries",
                "inventory",
            )
        } | {
            "sales-over-time": f"sales-over-time?{scope.query}&{steps}",
            "by-variant": f"product-sales?by=variant&{scope.query}",
        }
        answers = {name: self.get(path) for name, path in paths.items()}
        told = {name: json.loads(answer) for name, answer in answers.items()}
        self.kept += [(paths[name], answer) for name, answer in answers.items()]
        assert told["profit"] == told["profit"] | model.profit(scope), paths["profit"]
        sales = told["product-sales"]
        assert sales == sales | model.products(scope), paths["product-sales"]
        # Each has one variant, and they were made one after the other.
        of_variants = told["by-variant"]["items"]
        for variant in of_variants:
            for name in ("variant_id", "variant_title", "sku"):
                del variant[name]
        names = {item["product_id"]: item["product_name"] for item in sales["items"]}
        assert [
            {**item, "product_name": names[item["product_id"]]} for item in of_variants
        ] == sales["items"], paths["by-variant"]
        assert told["category-product-sales"]["items"] == model.categories(scope)
        assert told["countries"]["items"] == model.countries(scope), paths["countries"]
        series = told["sales-over-time"]
        assert series["items"] == model.series(scope, step, zone), paths[
            "sales-over-time"
        ]
        assert series["total"] == figures(model.of(scope))

    def check_inventory(self) -> None:
        """The shelves as they are; the past is compared by what was kept."""
        shelves = self.on_sale
        told = json.loads(self.get(f"inventory?as_of={moment(self.now)}"))
        value = sum((p.value for p in shelves), Decimal(0))
        assert told["units"] == sum(p.quantity for p in shelves)
        assert told["value_at_cost"] == f"{four(value):.4f}"
        price = sum((p.price * p.quantity for p in shelves), Decimal(0))
        assert told["value_at_price"] == cents(price)
        assert told["out_of_stock"] == sum(not p.quantity for p in shelves)
        assert told["low_stock"] == sum(0 < p.quantity <= 10 for p in shelves)
        gone = [product for product in self.products if product.is_removed]
        assert told["removed_units"] == sum(p.quantity for p in gone)
        left = sum((p.value for p in gone), Decimal(0))
        assert told["removed_value_at_cost"] == f"{four(left):.4f}"
        for category in self.categories:
            self._check_shelf(category)

    def _check_shelf(self, category: Category) -> None:
        """What lasts how long is told by what of its products was ever sold."""
        as_of = moment(self.now)
        below = [p for p in self.on_sale if p.category.is_at_or_below(category)]
        alone = [p for p in self.on_sale if p.category is category]
        for query, there in (
            (f"category={category.path}", below),
            (f"category_id={category.id}", alone),
        ):
            ids = {product.id for product in there}
            sold = sum(e.units for e in self.model.events if e.product in ids)
            path = f"inventory?{query}&as_of={as_of}&from=2000-01-01T00:00:00Z"
            told = json.loads(self.get(path))
            assert told["units"] == sum(p.quantity for p in there), path
            assert told["units_sold"] == sold, path

    def check_costs(self) -> None:
        for product in self.on_sale:
            shown = self.world.manager.get(f"/products/{product.id}").json
            expected = None if product.cost is None else f"{four(product.cost):.4f}"
            assert (shown["quantity"], shown["cost"]) == (product.quantity, expected)

    def check_what_was_kept(self) -> None:
        for path, answer in self.kept:
            assert self.get(path) == answer, path


@settings(
    max_examples=HISTORIES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
@given(random=st.randoms(use_true_random=False))
def test_every_statistic_is_what_a_plain_model_says(
    fresh_shops: Any, random: Random
) -> None:
    with (
        localcontext() as context,
        fresh_shops() as (app, world),
        shop_settings(app, payment_gateway="test"),
    ):
        context.prec = 80
        history = History(app, world, random)
        for _ in range(STEPS):
            history.step()
        for _ in range(4):
            history.ask()
        history.check_inventory()
        history.check_costs()
        history.check_what_was_kept()
        close_until(app.dispatcher.sessions, history.now.date())
        history.check_what_was_kept()
        assert breaches(app.dispatcher.sessions) == []
