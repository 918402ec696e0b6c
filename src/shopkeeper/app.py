"""The application: its capabilities, in order. A walk through them is the API."""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.accounts.routes import care, users
from shopkeeper.activity import routes as activity
from shopkeeper.audit import routes as audit
from shopkeeper.catalogue.routes import bulk, categories, options, products, variants
from shopkeeper.checkout import routes as checkout
from shopkeeper.console import routes as console
from shopkeeper.imports.routes import files, jobs
from shopkeeper.orders.routes import customers, exports, orders
from shopkeeper.payments import routes as payments
from shopkeeper.payments.gateways.choice import Gateways
from shopkeeper.payments.processor import PaymentProcessor
from shopkeeper.statistics import routes as statistics
from shopkeeper.stock import routes as stock
from shopkeeper.utils.settings import get_settings
from shopkeeper.web import documentation, health
from shopkeeper.web.application import Shop, make_shop

BLUEPRINTS = (
    users.api,
    care.api,
    products.api,
    variants.api,
    options.api,
    bulk.api,
    files.api,
    jobs.api,
    stock.api,
    categories.api,
    exports.api,
    orders.api,
    checkout.api,
    customers.api,
    customers.directory,
    payments.api,
    statistics.api,
    activity.api,
    audit.api,
    health.api,
    documentation.api,
    console.assets.blueprint,
    console.blueprint,
)


def create_app(engine: Engine) -> Shop:
    """The application on a database that is migrated already."""
    return make_shop(engine, BLUEPRINTS, _provide)


def _provide(sessions: sessionmaker[Session]) -> dict[str, Any]:
    return {"processor": PaymentProcessor(Gateways(get_settings(), sessions), sessions)}
