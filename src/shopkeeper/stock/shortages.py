"""How it is said that there is not enough in stock."""

from shopkeeper.stock.errors import InsufficientStock
from shopkeeper.utils.settings import get_settings


def shortage(
    product_id: int,
    name: str,
    requested: int,
    available: int | None,
    variant_id: int | None = None,
) -> dict[str, int | str]:
    """One line of an `InsufficientStock`, as the contract has it.

    The variant is named where its product has options.
    Where the stock is nobody's business, it does not say what is there. What may be
    sold before it is there counts as available.
    """
    short: dict[str, int | str] = {
        "product_id": product_id,
        "name": name,
        "requested": requested,
    }
    if variant_id is not None:
        short["variant_id"] = variant_id
    if available is None or get_settings().public_stock == "coarse":
        return short
    return {**short, "available": available}


def insufficient_stock(short: list[dict[str, int | str]]) -> InsufficientStock:
    first = short[0]
    there = first.get("available", "not as many")
    return InsufficientStock(
        f"Of {first['name']!r}, {first['requested']} were asked for"
        f" and {there} are there.",
        lines=short,
    )
