"""Customers as managers see them."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from shopkeeper.accounts.schemas import Customer
from shopkeeper.web.schemas.base import Page, PageQuery
from shopkeeper.web.schemas.fields.money import Money
from shopkeeper.web.schemas.fields.text import clean
from shopkeeper.web.schemas.fields.time import MomentOutput


class CustomerQuery(PageQuery):
    search: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=120,
            description="Somewhere in name or email, whatever case and accents.",
        ),
        BeforeValidator(clean),
    ] = None


class CustomerAccount(Customer):
    """A customer, and what they have bought."""

    created_at: Annotated[MomentOutput, Field(description="Of the account.")]
    orders: Annotated[int, Field(description="That were executed.")]
    spent: Annotated[Money, Field(description="On them, less what was given back.")]
    first_order_at: MomentOutput | None
    last_order_at: MomentOutput | None


class CustomerPage(Page[CustomerAccount]):
    """Customers, the newest account first."""
