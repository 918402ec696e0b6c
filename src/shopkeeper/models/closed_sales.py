"""Sales of closed days, added up: derived from orders and refunds, never edited.

A day (in UTC) is closed once nothing that carries its time can still be
committed. What is kept of it can be thrown away and made again.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Identity,
    Index,
    Integer,
    Numeric,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Name

Count = Annotated[int, mapped_column(BigInteger)]
Revenue = Annotated[Decimal, mapped_column(Numeric(32, 4))]
CostOfSales = Annotated[Decimal, mapped_column(Numeric(38, 10))]


class Closing(Base):
    """Up to which day sales are rolled up; that day is the first that is not.

    Every change of the roll-ups is an edition of its own.
    """

    __tablename__ = "closing"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    closed_until: Mapped[date | None]
    edition: Mapped[UUID] = mapped_column(server_default=text("uuidv7()"))


class SoldAs(Base):
    """A name and category that a product was sold under."""

    __tablename__ = "sold_as"

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger)
    product_name: Mapped[Name]
    category_id: Mapped[int] = mapped_column(BigInteger)
    category_name: Mapped[Name]


Index(
    "uq_sold_as_all",
    SoldAs.product_id,
    SoldAs.category_id,
    SoldAs.product_name,
    SoldAs.category_name,
    unique=True,
)
Index("ix_sold_as_category_name", func.lower(SoldAs.category_name))


class _Measures:
    """What was sold, and what came back, each on its own day."""

    lines: Mapped[Count]
    units: Mapped[Count]
    revenue: Mapped[Revenue]
    cost: Mapped[CostOfSales]
    refunded_units: Mapped[Count]
    refunded_revenue: Mapped[Revenue]
    restocked_cost: Mapped[CostOfSales]
    # Of the pieces and the revenue, net: what left the shelf at no cost.
    costless_units: Mapped[Count]
    costless_revenue: Mapped[Revenue]


class SalesDay(_Measures, Base):
    """A day's sales of a product as it was sold, to a country."""

    __tablename__ = "sales_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    sold_as_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    country_code: Mapped[str] = mapped_column(primary_key=True)


Index("ix_sales_days_sold_as_id", SalesDay.sold_as_id, SalesDay.day)


class SalesMonth(_Measures, Base):
    """A month's sales of a product as it was sold, so far as its days are closed."""

    __tablename__ = "sales_months"

    month: Mapped[date] = mapped_column(primary_key=True)
    sold_as_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_id: Mapped[Count]


class SalesEver(_Measures, Base):
    """All closed sales of a product as it was sold."""

    __tablename__ = "sales_ever"

    sold_as_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_id: Mapped[Count]


class SalesTotal(_Measures, Base):
    """A day's sales to a country, in a category (in lower case) or, as '', in all."""

    __tablename__ = "sales_totals"

    category_key: Mapped[Name] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    country_code: Mapped[str] = mapped_column(primary_key=True)
    orders: Mapped[Count]


class SalesMonthTotal(_Measures, Base):
    """The same of a month, so far as its days are closed."""

    __tablename__ = "sales_month_totals"

    category_key: Mapped[Name] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    country_code: Mapped[str] = mapped_column(primary_key=True)
    orders: Mapped[Count]


class SalesSlot(_Measures, Base):
    """All sales of a quarter of an hour: every time zone begins its days with one."""

    __tablename__ = "sales_slots"

    slot: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    orders: Mapped[Count]


# What is thrown away and made again. Not `sold_as`: its ids are never another's.
ROLLUPS = (
    "sales_days",
    "sales_months",
    "sales_ever",
    "sales_totals",
    "sales_month_totals",
    "sales_slots",
)
