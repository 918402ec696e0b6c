from collections.abc import Iterator

import pytest
from tests.stripe_shop import stripe_shop
from tests.stripe_stand_in import StripeStandIn

from shopkeeper.web.application import Shop


@pytest.fixture
def stripe(fresh_app: Shop) -> Iterator[StripeStandIn]:
    with stripe_shop(fresh_app) as stand_in:
        yield stand_in
