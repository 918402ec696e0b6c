"""Stock in a table of its own, apart from the text of the catalogue."""

from alembic import op

revision = "0004"
down_revision = "0003"

# Half the page stays free for new versions of its rows (PostgreSQL
# documentation, section 66.7): a sale then touches no index.
SCHEMA = """
CREATE TABLE stock (
    product_id BIGINT NOT NULL,
    quantity INTEGER NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_stock PRIMARY KEY (product_id),
    CONSTRAINT ck_stock_quantity_not_negative CHECK (quantity >= 0),
    CONSTRAINT ck_stock_version_from_1 CHECK (version >= 1),
    CONSTRAINT fk_stock_product_id FOREIGN KEY(product_id) REFERENCES products (id) ON DELETE RESTRICT
) WITH (fillfactor = 50);

INSERT INTO stock (product_id, quantity, updated_at)
SELECT id, quantity, updated_at FROM products;

ALTER TABLE products DROP COLUMN quantity;
"""

BACK = """
ALTER TABLE products ADD COLUMN quantity INTEGER;

UPDATE products
SET quantity = stock.quantity, version = products.version + stock.version
FROM stock
WHERE stock.product_id = products.id;

ALTER TABLE products ALTER COLUMN quantity SET NOT NULL;

ALTER TABLE products ADD CONSTRAINT ck_products_quantity_not_negative CHECK (quantity >= 0);

DROP TABLE stock;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(BACK)
