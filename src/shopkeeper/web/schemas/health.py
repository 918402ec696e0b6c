from typing import Literal

from shopkeeper.web.schemas.base import Output


class Health(Output):
    status: Literal["ok"]


class ShopHome(Output):
    """Where to go from here."""

    name: str
    version: str
    currency: str
    links: dict[str, str]
