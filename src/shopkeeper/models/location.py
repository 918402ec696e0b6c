from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from shopkeeper.models.base import Base, Id, Name

# The one that every shop has from the start.
MAIN = 1


class Location(Base):
    """A place where the shop keeps goods; `main` is there from the start."""

    __tablename__ = "locations"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("code ~ '^[a-z0-9-]{1,32}$'", name="code_readable"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 120", name="name_length"),
    )

    id: Mapped[Id]
    code: Mapped[str]
    name: Mapped[Name]
