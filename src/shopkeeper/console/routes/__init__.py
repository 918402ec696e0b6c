"""All pages of the console, as one blueprint."""

from shopkeeper.console.routes import (  # noqa: F401  # Each adds its pages.
    activity,
    assets,
    books,
    categories,
    customers,
    find,
    guides,
    home,
    imports,
    orders,
    preferences,
    products,
    reports,
    sign_in,
    staff,
    stock,
    variants,
)
from shopkeeper.console.routes.pages import blueprint

__all__ = ["blueprint"]
