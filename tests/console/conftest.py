"""Somebody at the console who may do everything."""

import pytest
from testing.visitor import Visitor
from testing.world import World

from shopkeeper.models import Role
from shopkeeper.web.application import Shop


@pytest.fixture
def visitor(app: Shop, world: World) -> Visitor:
    visitor = Visitor(app)
    visitor.sign_in(world.person(Role.ADMIN).email)
    return visitor
