"""The application: its capabilities, in order. A walk through them is the API."""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.accounts.routes.care import account_care
from shopkeeper.accounts.routes.users import users
from shopkeeper.catalogue.routes.categories import categories
from shopkeeper.catalogue.routes.products import products
from shopkeeper.checkout.routes import checkout
from shopkeeper.imports.routes.files import product_import
from shopkeeper.imports.routes.jobs import imports
from shopkeeper.orders.routes.customers import customers
from shopkeeper.orders.routes.orders import orders
from shopkeeper.payments.gateways.choice import Gateways
from shopkeeper.payments.processor import PaymentProcessor
from shopkeeper.payments.routes import payments
from shopkeeper.statistics.routes import statistics
from shopkeeper.stock.routes import stock_movements
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.application import Shop, make_shop
from shopkeeper.web.documentation import documentation
from shopkeeper.web.health import health

BLUEPRINTS = (
    users,
    account_care,
    products,
    product_import,
    imports,
    stock_movements,
    categories,
    orders,
    checkout,
    customers,
    payments,
    statistics,
    health,
    documentation,
)


def create_app(engine: Engine) -> Shop:
    """The application on a database that is migrated already."""
    return make_shop(engine, BLUEPRINTS, _provide)


def _provide(sessions: sessionmaker[Session]) -> dict[str, Any]:
    return {"processor": PaymentProcessor(Gateways(get_settings(), sessions), sessions)}
