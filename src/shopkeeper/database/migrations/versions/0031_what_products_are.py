"""Products have a brand, a status and tags."""

from alembic import op

revision = "0031"
down_revision = "0030"

# No row is rewritten, and no product is in an index of these yet.
SCHEMA = """
ALTER TABLE products
    ADD COLUMN brand TEXT COLLATE "pg_c_utf8",
    ADD COLUMN status TEXT DEFAULT 'active' NOT NULL,
    ADD COLUMN tags TEXT[] COLLATE "pg_c_utf8" DEFAULT '{}' NOT NULL,
    ADD CONSTRAINT ck_products_brand_length CHECK (char_length(brand) BETWEEN 1 AND 255),
    ADD CONSTRAINT ck_products_status_known
        CHECK (status IN ('draft', 'active', 'archived')),
    ADD CONSTRAINT ck_products_tags_few
        CHECK (cardinality(tags) <= 100 AND array_position(tags, NULL) IS NULL);
CREATE INDEX ix_products_brand ON products (lower(brand), fold_text(name), lower(name))
    WHERE removed_at IS NULL AND brand IS NOT NULL;
CREATE INDEX ix_products_tags ON products USING gin (tags)
    WHERE removed_at IS NULL AND tags <> '{}';
CREATE INDEX ix_products_status ON products (status, fold_text(name), lower(name))
    WHERE removed_at IS NULL AND status <> 'active';
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(SCHEMA)


def downgrade() -> None:
    """Back to products that are all on sale; drafts would be, and are refused."""
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(
        """
        DO $$
        BEGIN
            IF EXISTS (
                SELECT FROM products WHERE status <> 'active' AND removed_at IS NULL
            ) THEN
                RAISE EXCEPTION 'products that are not active would be put on sale';
            END IF;
        END
        $$
        """
    )
    op.execute(
        "ALTER TABLE products DROP COLUMN brand, DROP COLUMN status, DROP COLUMN tags"
    )
