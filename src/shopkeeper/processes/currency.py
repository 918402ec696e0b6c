"""The books of the shop: one currency, for good."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shopkeeper.models import Shop


class CurrencyMismatchError(Exception):
    """The settings name another currency than the books are in."""


def settle_currency(session: Session, currency: str) -> None:
    """Note the currency of a new shop, or check that of an old one.

    Prices without a currency are in the shop's; another one would give every
    amount in the books another meaning.

    Raises:
        CurrencyMismatchError: If the books are in another currency.
    """
    session.execute(insert(Shop).values(currency=currency).on_conflict_do_nothing())
    kept = session.scalars(select(Shop.currency)).one()
    if kept != currency:
        raise CurrencyMismatchError(
            f"The books of this database are in {kept}, but CURRENCY is {currency}."
            f" Set CURRENCY={kept}, or use another database."
        )
