"""What the demo sells, put on sale: plain products, and some in sizes and colours."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product as every_way
from typing import NamedTuple

from sqlalchemy.orm import Session

from shopkeeper.catalogue.repository.variants import NewVariant
from shopkeeper.catalogue.service import category_tree, products
from shopkeeper.demo.catalogue import CATALOGUE, VARIED, DemoOptions
from shopkeeper.utils.money import round_half_even, shop_currency
from shopkeeper.web.identity import CurrentUser

OPENING_STOCK = 120


class Listed(NamedTuple):
    """A variant that is sold: how often beside the others, and what it costs first."""

    variant_id: int
    popularity: int
    cost: str


def put_on_sale(session: Session, manager: CurrentUser) -> list[Listed]:
    """Fill the catalogue; gives all that can be ordered."""
    listed: list[Listed] = []
    for category, items in CATALOGUE.items():
        category_tree.find_or_add_category(session, category)
        for item in items:
            plain = NewVariant(
                _price(item.price),
                item.sku,
                quantity=OPENING_STOCK,
                cost=Decimal(item.cost),
            )
            product = products.add_product(
                session, manager.id, name=item.name, category=category, new=[plain]
            )
            listed.append(Listed(product.variant_id, item.popularity, item.cost))
        if category in VARIED:
            listed += _add_varied(session, manager, category, VARIED[category])
    return listed


def _add_varied(
    session: Session, manager: CurrentUser, category: str, item: DemoOptions
) -> Iterator[Listed]:
    names = [name for name, _ in item.options]
    made = products.add_product(
        session,
        manager.id,
        name=item.name,
        category=category,
        options=item.options,
        new=[
            NewVariant(
                _price(item.price),
                "-".join([item.sku, *(value[:3].upper() for value in values)]),
                quantity=OPENING_STOCK,
                cost=Decimal(item.cost),
                options=dict(zip(names, values, strict=True)),
            )
            for values in every_way(*(values for _, values in item.options))
        ],
    )
    for variant in made.variants:
        yield Listed(variant.id, 1, item.cost)


def _price(price: str) -> Decimal:
    return round_half_even(Decimal(price), shop_currency().digits)
