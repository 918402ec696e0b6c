"""A year in the life of an invented shop, told through the shop's own use cases.

Nothing is written past the rules: products are added, orders created,
executed, cancelled and refunded as they would be over HTTP, with the clock
standing at the day of the story.
"""

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import sin, tau
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.catalogue.repository.lists import ProductFilters
from shopkeeper.catalogue.service import product_lists, variants
from shopkeeper.checkout.service import execution as order_execution
from shopkeeper.checkout.service import refunds
from shopkeeper.database.statements import at_once, batch
from shopkeeper.demo.assortment import OPENING_STOCK, put_on_sale
from shopkeeper.demo.catalogue import (
    COUNTRIES,
    FAMILY_NAMES,
    GIVEN_NAMES,
)
from shopkeeper.models import Order, PaymentMethod, Product, Role, User
from shopkeeper.orders.lines import Wanted
from shopkeeper.orders.service import orders
from shopkeeper.payments.gateways.choice import Gateways
from shopkeeper.payments.processor import PaymentChoice, PaymentProcessor
from shopkeeper.statistics.repository.closing import reopen, tell_a_story
from shopkeeper.stock.errors import InsufficientStock
from shopkeeper.utils import clock
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import ConflictError
from shopkeeper.utils.money import COST_DIGITS, round_half_even
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.repository.idempotency import UnverifiedCaller

DAYS = 365
CUSTOMERS = 160
RESTOCK_BELOW = 30
INFLATION = Decimal("0.06")  # Of what suppliers ask, in the year.
# Of a hundred orders: so many stay pending, are cancelled, are refunded in part.
PENDING, CANCELLED, REFUNDED = 2, 4, 3
ANY_VERSION = Precondition()
BY_INVOICE = PaymentChoice(PaymentMethod.INVOICE)
NO_LOGIN = UUID(int=0)


class ShopNotEmpty(ConflictError):
    code, title = "shop_not_empty", "The demo fills only a shop with nothing in it."


@dataclass
class _Cast:
    """Who and what the story is about."""

    customers: list[int]
    manager: CurrentUser
    variant_ids: list[int]
    popularity: list[int]
    costs: dict[int, Decimal]
    opening: datetime


def tell_story(
    sessions: sessionmaker[Session], *, orders: int, seed: int
) -> Iterator[None]:
    """Fill an empty shop; yields once for each order.

    The same seed tells the same story, ending yesterday.

    Raises:
        ShopNotEmpty: If there are products or orders already.
    """
    # Days of the past are written into, and closed once the story is told.
    with sessions() as holder:
        tell_a_story(holder)
        yield from _tell(sessions, orders, seed)


def _tell(sessions: sessionmaker[Session], orders: int, seed: int) -> Iterator[None]:
    chance = random.Random(seed)  # noqa: S311  # A story, not a secret.
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    opening = today - timedelta(days=DAYS)
    with sessions.begin() as session, clock.standing_still_at(opening):
        _check_empty(session)
        reopen(session)
        cast = _open_shop(session, chance)
    # The story is told without a provider, whatever the shop has.
    processor = PaymentProcessor(
        Gateways(
            get_settings().model_copy(update={"payment_gateway": "invoice"}), sessions
        ),
        sessions,
    )
    for day, count in enumerate(_spread(orders, chance)):
        with sessions.begin() as session:
            _restock(session, cast, opening + timedelta(days=day), chance)
            moments = sorted(_moment(chance, opening, day) for _ in range(count))
            for moment in moments:
                with clock.standing_still_at(moment):
                    _tell_order(session, processor, cast, chance)
        # Only what is committed has happened.
        for _ in range(count):
            yield


def _check_empty(session: Session) -> None:
    demo_customers = User.email.like("demo-%@example.com")
    for found in (
        select(Product.id),
        select(Order.id),
        select(User.id).where(demo_customers),
    ):
        if session.scalar(found.limit(1)) is not None:
            raise ShopNotEmpty


def _open_shop(session: Session, chance: random.Random) -> _Cast:
    people = _add_people(session, chance)
    manager = CurrentUser(people[0], Role.MANAGER, NO_LOGIN)
    listed = put_on_sale(session, manager)
    return _Cast(
        customers=people[1:],
        manager=manager,
        variant_ids=[each.variant_id for each in listed],
        popularity=[each.popularity for each in listed],
        costs={each.variant_id: Decimal(each.cost) for each in listed},
        opening=clock.now(),
    )


def _add_people(session: Session, chance: random.Random) -> list[int]:
    """A manager and customers, whose passwords nobody knows."""
    now = clock.now()
    people = [
        {
            "email": f"demo-{number}@example.com",
            "full_name": f"{chance.choice(GIVEN_NAMES)} {chance.choice(FAMILY_NAMES)}",
            "password_hash": f"scrypt:131072:8:1$demo${secrets.token_hex(64)}",
            "role": Role.CUSTOMER if number else Role.MANAGER,
            "created_at": now,
            "updated_at": now,
        }
        for number in range(CUSTOMERS + 1)
    ]
    return sorted(session.scalars(insert(User).returning(User.id), people))


def _spread(orders: int, chance: random.Random) -> list[int]:
    """Orders for each day: a week has its rhythm, a year its seasons, trade grows."""
    weights = [
        (1.3 if day % 7 < 2 else 1.0)  # noqa: PLR2004  # Two busy days in seven.
        * (1 + 0.35 * sin(tau * day / DAYS))
        * (1 + 0.6 * day / DAYS)
        for day in range(DAYS)
    ]
    counts = [0] * DAYS
    for day in chance.choices(range(DAYS), weights=weights, k=orders):
        counts[day] += 1
    return counts


def _moment(chance: random.Random, opening: datetime, day: int) -> datetime:
    hour = min(23.5, max(6.0, chance.gauss(15.5, 3.5)))
    return opening + timedelta(days=day, hours=hour, seconds=chance.randrange(1800))


def _restock(
    session: Session,
    cast: _Cast,
    morning: datetime,
    chance: random.Random,
) -> None:
    """What runs low is bought again, at prices that drift as suppliers' do."""
    shelf = at_once(
        session,
        lambda batch: product_lists.ask_for_products(
            batch, ProductFilters(), sort="name", limit=100, after=None
        ),
    )
    inflation = Decimal(1) + INFLATION * (morning - cast.opening).days / DAYS
    with clock.standing_still_at(morning + timedelta(hours=5)):
        on_shelf = [
            (product.id, variant_id, quantity)
            for product in shelf.items
            for variant_id, quantity in (
                [(each.id, each.quantity) for each in product.variants]
                or [(product.variant_id, product.quantity)]
            )
        ]
        for product_id, variant_id, quantity in on_shelf:
            if quantity < RESTOCK_BELOW:
                drift = inflation + Decimal(chance.randrange(-4, 5)) / 100
                variants.receive_stock(
                    session,
                    cast.manager.id,
                    product_id,
                    variant_id,
                    OPENING_STOCK - quantity,
                    round_half_even(cast.costs[variant_id] * drift, COST_DIGITS),
                    f"DN-{morning:%Y%m%d}",
                    ANY_VERSION,
                )


def _tell_order(
    session: Session, processor: PaymentProcessor, cast: _Cast, chance: random.Random
) -> None:
    customer = CurrentUser(chance.choice(cast.customers), Role.CUSTOMER, NO_LOGIN)
    chosen = chance.choices(
        cast.variant_ids, weights=cast.popularity, k=chance.choice((1, 1, 2, 2, 3, 5))
    )
    lines = [
        Wanted("variant", variant_id, chance.choice((1, 1, 1, 2, 3)))
        for variant_id in sorted(set(chosen))
    ]
    location = chance.choices(list(COUNTRIES), weights=list(COUNTRIES.values()))[0]
    fate = chance.randrange(100)
    with batch(session) as asked:
        offers = orders.ask_for_offers(asked, UnverifiedCaller(customer.id), lines)
    try:
        order = orders.create_order(
            session, customer, location=location, lines=lines, offers=offers(session)
        )
    except InsufficientStock:
        return  # A disappointed customer; tomorrow there is more.
    if fate < PENDING:
        return
    if fate < PENDING + CANCELLED:
        orders.cancel_order(session, customer, order.id, ANY_VERSION)
        return
    with batch(session) as asked:
        unverified = UnverifiedCaller(customer.id)
        held = order_execution.hold(asked, unverified, order.id, BY_INVOICE.method)
    order_execution.execute_order(
        session, processor, customer, order.id, BY_INVOICE, ANY_VERSION, held(session)
    )
    if fate < PENDING + CANCELLED + REFUNDED:
        _refund_first_line(
            session, processor, cast, order.id, lines[0], restock=fate % 2 == 0
        )


def _refund_first_line(
    session: Session,
    processor: PaymentProcessor,
    cast: _Cast,
    order_id: int,
    line: Wanted,
    *,
    restock: bool,
) -> None:
    with clock.standing_still_at(clock.now() + timedelta(hours=2)):
        refunds.refund_order(
            session,
            processor,
            cast.manager,
            order_id,
            refunds.RefundWish([line], None, restock, "Not as expected"),
            precondition=ANY_VERSION,
        )
