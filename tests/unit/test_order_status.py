import itertools

import pytest

from shopkeeper.models import OrderStatus
from shopkeeper.service.errors import ConflictError
from shopkeeper.service.order_status import TRANSITIONS, check_transition

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


def test_every_status_has_a_row() -> None:
    assert TRANSITIONS.keys() == set(OrderStatus)
