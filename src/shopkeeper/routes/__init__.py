"""HTTP in and out. A walk through the blueprints is a walk through the API."""

from shopkeeper.accounts.routes.care import account_care
from shopkeeper.accounts.routes.users import users
from shopkeeper.catalogue.routes.categories import categories
from shopkeeper.catalogue.routes.products import products
from shopkeeper.checkout.routes import checkout
from shopkeeper.imports.routes.files import product_import
from shopkeeper.imports.routes.jobs import imports
from shopkeeper.orders.routes.customers import customers
from shopkeeper.orders.routes.orders import orders
from shopkeeper.payments.routes import payments
from shopkeeper.routes.documentation import documentation
from shopkeeper.routes.health import health
from shopkeeper.statistics.routes import statistics
from shopkeeper.stock.routes import stock_movements

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
