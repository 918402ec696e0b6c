"""Lists of orders: what is asked for, and what is shown."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shopkeeper.accounts.schemas import Customer
from shopkeeper.models import OrderStatus
from shopkeeper.orders.repository.lists import OrderFilters
from shopkeeper.orders.schemas.orders import Order
from shopkeeper.web.schemas.base import Page, PageQuery, Query
from shopkeeper.web.schemas.fields.query import ByteOrderMark, QueryId
from shopkeeper.web.schemas.fields.text import OrderWords
from shopkeeper.web.schemas.fields.time import MomentInput


class OwnOrderQuery(PageQuery):
    status: OrderStatus | None = None


class OrderPaymentFilter(StrEnum):
    DUE = "due"
    DISPUTED = "disputed"
    UNMATCHED = "unmatched"


class OrderSort(StrEnum):
    CREATED_AT = "created_at"
    CREATED_AT_DESCENDING = "-created_at"
    EXECUTED_AT = "executed_at"
    EXECUTED_AT_DESCENDING = "-executed_at"
    UPDATED_AT = "updated_at"
    UPDATED_AT_DESCENDING = "-updated_at"


class OrderFile(StrEnum):
    """What orders are taken along as."""

    CSV = "csv"
    XLSX = "xlsx"


class OrderFilter(Query):
    """Which orders, and in what order."""

    status: OrderStatus | None = None
    user_id: QueryId | None = None
    from_: Annotated[
        MomentInput | None, Field(alias="from", description="Created then or later.")
    ] = None
    to: Annotated[MomentInput | None, Field(description="Created before.")] = None
    executed_from: Annotated[
        MomentInput | None, Field(description="Executed then or later.")
    ] = None
    executed_to: Annotated[
        MomentInput | None, Field(description="Executed before.")
    ] = None
    updated_since: Annotated[
        MomentInput | None,
        Field(
            description="Changed then or later; with `sort=updated_at`, all that"
            " has changed since one last looked. Go back a minute each time: a change"
            " that was under way then is told by when it began."
        ),
    ] = None
    search: Annotated[
        OrderWords | None,
        Field(
            description="The number of an order, invoice, credit note or payment; or"
            " words that all stand in its customer's name and email, or in name and"
            " sku of something it is about."
        ),
    ] = None
    sort: Annotated[
        OrderSort,
        Field(description="By `executed_at`, only what was executed is listed."),
    ] = OrderSort.CREATED_AT_DESCENDING
    payment: Annotated[
        OrderPaymentFilter | None,
        Field(
            description="Only orders whose invoice is not paid whole (`due`), with a"
            " dispute that is open (`disputed`), or with a refund that somebody made"
            " at the provider and nobody has booked (`unmatched`)."
        ),
    ] = None

    def filters(self) -> OrderFilters:
        return OrderFilters(
            user_id=self.user_id,
            status=self.status,
            created_from=self.from_,
            created_to=self.to,
            payment=self.payment,
            executed_from=self.executed_from,
            executed_to=self.executed_to,
            updated_since=self.updated_since,
            search=self.search,
        )


class OrderQuery(OrderFilter, PageQuery):
    pass


class OrderExportQuery(OrderFilter):
    format: Annotated[OrderFile, Field(description="Of the file.")] = OrderFile.CSV
    bom: ByteOrderMark = False


class OrderPage(Page[Order]):
    """Orders."""


class ManagedOrder(Order):
    """An order as a manager sees it in a list: with who has placed it."""

    customer: Customer


class ManagedOrderPage(Page[ManagedOrder]):
    """Orders with who has placed them."""
