from sqlalchemy import CheckConstraint, Index, func
from sqlalchemy.orm import Mapped

from shopkeeper.models.base import Base, Id, Moment, Name, Version


class Category(Base):
    """A shelf of the catalogue. A removed one stays for the books."""

    __tablename__ = "categories"
    __table_args__ = (
        CheckConstraint("char_length(name) BETWEEN 1 AND 120", name="name_length"),
        CheckConstraint("name = btrim(name)", name="name_trimmed"),
        CheckConstraint("version >= 1", name="version_from_1"),
    )

    id: Mapped[Id]
    name: Mapped[Name]
    version: Mapped[Version]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    removed_at: Mapped[Moment | None]


Index(
    "uq_categories_name",
    func.lower(Category.name),
    unique=True,
    postgresql_where=Category.removed_at.is_(None),
)
