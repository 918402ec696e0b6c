"""What all tables share: naming of constraints, column types, time stamps."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from sqlalchemy import BigInteger, DateTime, Identity, MetaData, Numeric, Text, text
from sqlalchemy.orm import DeclarativeBase, mapped_column

# Names are explicit in PostgreSQL, so that integrity errors can be told apart
# and migrations can name what they change.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# PostgreSQL's own collation, the same on every server whatever its locale.
COLLATION = "pg_c_utf8"

Id = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Name = Annotated[str, mapped_column(Text(collation=COLLATION))]
# A price has at most as many decimals as the currency; no currency has more than 4.
Price = Annotated[Decimal, mapped_column(Numeric(14, 4))]
Cost = Annotated[Decimal, mapped_column(Numeric(14, 4))]
# What goods have cost: kept to ten decimals, so that an average loses nothing
# that counts when it is taken out piece by piece.
Value = Annotated[Decimal, mapped_column(Numeric(32, 10))]
AverageCost = Annotated[Decimal, mapped_column(Numeric(20, 10))]
# 100 lines of 1,000,000 pieces at the highest price still fit.
Amount = Annotated[Decimal, mapped_column(Numeric(24, 4))]


Reference = Annotated[int, mapped_column(BigInteger)]
# Of stock: what comes back finds room, whatever was counted meanwhile.
Pieces = Annotated[int, mapped_column(BigInteger)]
# Counts the changes of a row.
Version = Annotated[int, mapped_column(server_default=text("1"))]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {str: Text}
