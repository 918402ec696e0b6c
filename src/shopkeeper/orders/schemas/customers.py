"""Customers as managers see them."""

from typing import Annotated

from pydantic import Field

from shopkeeper.accounts.schemas import Customer, PersonWords
from shopkeeper.web.schemas.base import Page, PageQuery
from shopkeeper.web.schemas.fields.money import Money
from shopkeeper.web.schemas.fields.time import MomentOutput


class CustomerQuery(PageQuery):
    search: PersonWords | None = None


class CustomerAccount(Customer):
    """A customer, and what they have bought."""

    created_at: Annotated[MomentOutput, Field(description="Of the account.")]
    orders: Annotated[int, Field(description="That were executed.")]
    spent: Annotated[Money, Field(description="On them, less what was given back.")]
    first_order_at: MomentOutput | None
    last_order_at: MomentOutput | None


class CustomerPage(Page[CustomerAccount]):
    """Customers, the newest account first."""
