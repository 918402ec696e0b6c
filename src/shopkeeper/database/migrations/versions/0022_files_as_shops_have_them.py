"""How an import's file was read; names of products as long as other shops have them."""

from alembic import op

revision = "0022"
down_revision = "0021"

# Shopify allows 255 characters, Etsy 140.
LENGTH = """
ALTER TABLE products DROP CONSTRAINT ck_products_name_length;
ALTER TABLE products ADD CONSTRAINT ck_products_name_length
    CHECK (char_length(name) BETWEEN 1 AND {longest}) NOT VALID;
ALTER TABLE products VALIDATE CONSTRAINT ck_products_name_length;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("ALTER TABLE imports ADD COLUMN reading JSONB")
    op.execute(LENGTH.format(longest=255))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(LENGTH.format(longest=120))
    op.execute("ALTER TABLE imports DROP COLUMN reading")
