from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    and_,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from shopkeeper.models.base import (
    COLLATION,
    Base,
    Id,
    Moment,
    Name,
    Price,
    Reference,
    Version,
)

MOST_TAGS = 100
MOST_FURTHER = 50


class ProductStatus(StrEnum):
    """Only what is active is public, and can be ordered."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class Product(Base):
    """What the shop sells. A removed product stays for the books.

    `version` counts every change of it and of its variants; with that of its
    stock and of its category it is what an entity tag is made of.

    `price`, `skus`, `variant_count` and `default_variant_id` follow from the
    variants on sale: the lowest price, all skus (one a line, in their order), how
    many there are, and the first; `option_count` follows from its options. Triggers
    keep them.
    """

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("char_length(name) BETWEEN 1 AND 255", name="name_length"),
        CheckConstraint("name = btrim(name)", name="name_trimmed"),
        CheckConstraint("char_length(description) <= 5000", name="description_length"),
        CheckConstraint("char_length(brand) BETWEEN 1 AND 255", name="brand_length"),
        CheckConstraint(
            "status IN ('draft', 'active', 'archived')", name="status_known"
        ),
        CheckConstraint(
            f"cardinality(tags) <= {MOST_TAGS} AND array_position(tags, NULL) IS NULL",
            name="tags_few",
        ),
        CheckConstraint(
            "char_length(slug) BETWEEN 1 AND 255 AND slug = lower(slug)"
            " AND slug !~ '(^-|-$|--|[^[:alnum:]-])'",
            name="slug_form",
        ),
        CheckConstraint(
            f"cardinality(further_category_ids) <= {MOST_FURTHER}",
            name="further_categories_few",
        ),
        CheckConstraint(
            "char_length(tax_class) BETWEEN 1 AND 64", name="tax_class_length"
        ),
        CheckConstraint("price > 0", name="price_positive"),
        CheckConstraint("variant_count >= 1", name="has_a_variant"),
        CheckConstraint("version >= 1", name="version_from_1"),
        # Each refers to the other: whichever is written first, at the commit both are.
        ForeignKeyConstraint(
            ["id", "default_variant_id"],
            ["variants.product_id", "variants.id"],
            use_alter=True,
            deferrable=True,
            initially="DEFERRED",
        ),
    )

    id: Mapped[Id]
    name: Mapped[Name]
    description: Mapped[str | None]
    category_id: Mapped[int] = mapped_column(
        ForeignKey("categories.id", ondelete="RESTRICT")
    )
    brand: Mapped[Name | None]
    status: Mapped[str] = mapped_column(server_default=text("'active'"))
    tags: Mapped[list[str]] = mapped_column(
        ARRAY(Text(collation=COLLATION)), server_default=text("'{}'")
    )
    price: Mapped[Price]
    skus: Mapped[Name | None]
    variant_count: Mapped[int] = mapped_column(server_default=text("1"))
    default_variant_id: Mapped[Reference]
    option_count: Mapped[int] = mapped_column(server_default=text("0"))
    # Where it is found beside the category that it stands in. A trigger holds them to
    # categories that there are, each once.
    further_category_ids: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), server_default=text("'{}'")
    )
    # What it is called in addresses. Without one, a trigger gives it one of its name.
    slug: Mapped[Name]
    # Which taxes it bears, in the words of the shop.
    tax_class: Mapped[Name | None]
    version: Mapped[Version]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    removed_at: Mapped[Moment | None]


class FormerSlug(Base):
    """What a product was called in addresses; it leads to what it is called now.

    A product that is given such a slug takes it, and it leads nowhere else.
    """

    __tablename__ = "former_slugs"

    slug: Mapped[Name] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="RESTRICT")
    )


# Removed products are not in the catalogue; drafts and archived ones are.
ON_SALE = Product.removed_at.is_(None)

Index(
    "uq_products_name", func.lower(Product.name), unique=True, postgresql_where=ON_SALE
)

Index("uq_products_slug", Product.slug, unique=True, postgresql_where=ON_SALE)

# One index for each sort of the catalogue, whole and within a category.
Index(
    "ix_products_name",
    func.fold_text(Product.name),
    func.lower(Product.name),
    postgresql_where=ON_SALE,
)
Index("ix_products_price", Product.price, Product.id, postgresql_where=ON_SALE)
Index(
    "ix_products_created_at", Product.created_at, Product.id, postgresql_where=ON_SALE
)
Index(
    "ix_products_category_name",
    Product.category_id,
    func.fold_text(Product.name),
    func.lower(Product.name),
    postgresql_where=ON_SALE,
)
Index(
    "ix_products_category_price",
    Product.category_id,
    Product.price,
    Product.id,
    postgresql_where=ON_SALE,
)
Index(
    "ix_products_category_created_at",
    Product.category_id,
    Product.created_at,
    Product.id,
    postgresql_where=ON_SALE,
)
Index(
    "ix_products_brand",
    func.lower(Product.brand),
    func.fold_text(Product.name),
    func.lower(Product.name),
    postgresql_where=and_(ON_SALE, Product.brand.is_not(None)),
)
Index(
    "ix_products_tags",
    Product.tags,
    postgresql_using="gin",
    postgresql_where=and_(ON_SALE, text("tags <> '{}'")),
)
Index(
    "ix_products_further_category_ids",
    Product.further_category_ids,
    postgresql_using="gin",
    postgresql_where=and_(ON_SALE, text("further_category_ids <> '{}'")),
)
Index(
    "ix_products_status",
    Product.status,
    func.fold_text(Product.name),
    func.lower(Product.name),
    postgresql_where=and_(ON_SALE, text("status <> 'active'")),
)
# Fragments of two and three characters of all that `search` looks through.
Index(
    "ix_products_search",
    func.search_fragments(
        func.search_text(Product.name, Product.skus, Product.description)
    ),
    postgresql_using="gin",
    postgresql_where=ON_SALE,
)
Index("ix_former_slugs_product_id", FormerSlug.product_id)
