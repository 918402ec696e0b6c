import itertools
from decimal import Decimal

import pytest

from shopkeeper.models import OrderStatus
from shopkeeper.orders.statuses import (
    REVERSALS,
    TRANSITIONS,
    check_reversal,
    check_transition,
    status_of_sold,
)
from shopkeeper.utils.errors import ConflictError

ALL = list(OrderStatus)


@pytest.mark.parametrize(("current", "target"), list(itertools.product(ALL, ALL)))
def test_only_listed_transitions_pass(
    current: OrderStatus, target: OrderStatus
) -> None:
    if target in TRANSITIONS[current]:
        check_transition(1, current, target)
    else:
        with pytest.raises(ConflictError, match="Order 1 is"):
            check_transition(1, current, target)


@pytest.mark.parametrize(("current", "target"), list(itertools.product(ALL, ALL)))
def test_only_refunded_orders_go_back(
    current: OrderStatus, target: OrderStatus
) -> None:
    if target in REVERSALS.get(current, ()):
        check_reversal(1, current, target)
    else:
        with pytest.raises(ConflictError, match="Order 1 is"):
            check_reversal(1, current, target)


@pytest.mark.parametrize(
    ("refunded", "status"),
    [
        ("0", OrderStatus.EXECUTED),
        ("0.01", OrderStatus.PARTIALLY_REFUNDED),
        ("9.99", OrderStatus.PARTIALLY_REFUNDED),
        ("10.00", OrderStatus.REFUNDED),
    ],
)
def test_what_is_given_back_says_what_an_order_is(
    refunded: str, status: OrderStatus
) -> None:
    assert status_of_sold(Decimal(10), Decimal(refunded)) is status


def test_every_status_has_a_row() -> None:
    assert TRANSITIONS.keys() == set(OrderStatus)
