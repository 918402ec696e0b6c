from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import Base, Id, Moment, Name, Reference, Version

# Between the names of a path, from the top of the tree to the category itself.
BELOW = " > "
MOST_LEVELS = 10


class Category(Base):
    """A shelf of the catalogue, which may stand below another.

    A removed one stays for the books.

    `path` is the names from the top to itself (`Men > Shoes`), and follows from
    `parent_path`, which a foreign key holds to what the path of the parent is. So no
    category can stand below itself: its path would have to be longer than it is.
    `position` is its place among those beside it.
    """

    __tablename__ = "categories"
    __table_args__ = (
        CheckConstraint("char_length(name) BETWEEN 1 AND 120", name="name_length"),
        CheckConstraint("name = btrim(name)", name="name_trimmed"),
        CheckConstraint(
            "strpos(name, '>') = 0 OR removed_at IS NOT NULL", name="name_is_no_path"
        ),
        CheckConstraint(
            "(parent_id IS NULL) = (parent_path IS NULL)", name="parent_whole"
        ),
        CheckConstraint(
            f"cardinality(string_to_array(path, '{BELOW}')) <= {MOST_LEVELS}"
            " OR removed_at IS NOT NULL",
            name="levels_few",
        ),
        CheckConstraint("position >= 1", name="position_from_1"),
        CheckConstraint("version >= 1", name="version_from_1"),
        UniqueConstraint("id", "path"),
        # At the commit: those below are written after what they stand below.
        ForeignKeyConstraint(
            ["parent_id", "parent_path"],
            ["categories.id", "categories.path"],
            deferrable=True,
            initially="DEFERRED",
        ),
    )

    id: Mapped[Id]
    name: Mapped[Name]
    parent_id: Mapped[Reference | None]
    parent_path: Mapped[Name | None]
    path: Mapped[Name] = mapped_column(
        Computed(
            f"CASE WHEN parent_path IS NULL THEN name"
            f" ELSE parent_path || '{BELOW}' || name END",
            persisted=True,
        )
    )
    position: Mapped[int] = mapped_column(server_default=text("1"))
    version: Mapped[Version]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    removed_at: Mapped[Moment | None]


# Beside each other, names differ. Alone, a name may be that of several.
Index(
    "uq_categories_path",
    func.lower(Category.path),
    unique=True,
    postgresql_where=Category.removed_at.is_(None),
)
Index(
    "ix_categories_name",
    func.lower(Category.name),
    postgresql_where=Category.removed_at.is_(None),
)
Index("ix_categories_parent_id", Category.parent_id, Category.position)
