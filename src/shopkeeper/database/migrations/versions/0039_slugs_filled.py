"""Every product has a slug: the long part, while the shop is read."""

from alembic import op

revision = "0039"
down_revision = "0038"

# The first product of those that would have the same has it; the others are given one
# by the trigger, which looks for what is free.
FILLED = """
UPDATE products SET slug = wanted.slug
FROM (
    SELECT id, slug_of(name) AS slug, row_number() OVER (
            PARTITION BY slug_of(name), removed_at IS NULL ORDER BY id
        ) AS place
    FROM products WHERE slug IS NULL
) AS wanted
WHERE wanted.id = products.id AND wanted.place = 1 AND (
    products.removed_at IS NOT NULL OR NOT EXISTS (
        SELECT FROM products AS other
        WHERE other.slug = wanted.slug AND other.removed_at IS NULL
    )
);
CREATE UNIQUE INDEX uq_products_slug ON products (slug) WHERE removed_at IS NULL;
UPDATE products SET slug = NULL WHERE slug IS NULL;
ALTER TABLE products
    VALIDATE CONSTRAINT ck_products_slug_form,
    VALIDATE CONSTRAINT ck_products_tax_class_length;
ALTER TABLE variants VALIDATE CONSTRAINT ck_variants_measures_positive;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(FILLED)


def downgrade() -> None:
    op.execute("DROP INDEX uq_products_slug")
