"""Variants, and what goes by them, filled in: the long part, while the shop is read."""

from alembic import op

revision = "0027"
down_revision = "0026"

VARIANTS = """
INSERT INTO variants (id, product_id, position, sku, price, version, created_at,
    updated_at, removed_at)
OVERRIDING SYSTEM VALUE
SELECT id, id, 1, sku, price, version, created_at, updated_at, removed_at
FROM products ORDER BY id;
SELECT setval('variants_id_seq', (SELECT greatest(max(id), 1) FROM variants),
    EXISTS (SELECT FROM variants));

INSERT INTO variant_revisions (variant_id, version, valid_until, price, removed_at)
SELECT product_id, version, valid_until, price, removed_at FROM product_revisions;

CREATE UNIQUE INDEX uq_variants_position ON variants (product_id, position)
    WHERE removed_at IS NULL;
CREATE UNIQUE INDEX uq_variants_sku ON variants (lower(sku)) WHERE removed_at IS NULL;
CREATE INDEX ix_variant_revisions_valid_until ON variant_revisions (valid_until);
ALTER TABLE variants ADD CONSTRAINT fk_variants_product_id
    FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT;
ALTER TABLE variant_revisions ADD CONSTRAINT fk_variant_revisions_variant_id
    FOREIGN KEY (variant_id) REFERENCES variants (id) ON DELETE RESTRICT;

UPDATE products SET default_variant_id = id;
"""
STOCK = """
CREATE UNIQUE INDEX pk_stock_by_variant ON stock (product_id, location_id);
CREATE UNIQUE INDEX pk_stock_movements_by_variant
    ON stock_movements (product_id, location_id, sequence);
ALTER TABLE stock
    ADD CONSTRAINT fk_stock_variant_id
        FOREIGN KEY (product_id) REFERENCES variants (id) ON DELETE RESTRICT,
    ADD CONSTRAINT fk_stock_location_id
        FOREIGN KEY (location_id) REFERENCES locations (id) ON DELETE RESTRICT;
ALTER TABLE stock_movements
    ADD CONSTRAINT fk_stock_movements_variant_id_location_id
        FOREIGN KEY (product_id, location_id)
        REFERENCES stock (product_id, location_id) ON DELETE RESTRICT;
"""
LINES = """
UPDATE order_items SET variant_id = product_id;
CREATE UNIQUE INDEX uq_order_items_order_id_variant_id
    ON order_items (order_id, variant_id);
CREATE INDEX ix_order_items_product_id_variant_id ON order_items (product_id, variant_id);
ALTER TABLE order_items ADD CONSTRAINT fk_order_items_product_id_variant_id
    FOREIGN KEY (product_id, variant_id) REFERENCES variants (product_id, id)
    ON DELETE RESTRICT;
"""
BACK = """
ALTER TABLE order_items DROP CONSTRAINT fk_order_items_product_id_variant_id;
DROP INDEX ix_order_items_product_id_variant_id;
DROP INDEX uq_order_items_order_id_variant_id;
ALTER TABLE stock_movements DROP CONSTRAINT fk_stock_movements_variant_id_location_id;
ALTER TABLE stock DROP CONSTRAINT fk_stock_variant_id,
    DROP CONSTRAINT fk_stock_location_id;
DROP INDEX pk_stock_movements_by_variant;
DROP INDEX pk_stock_by_variant;
UPDATE products SET default_variant_id = NULL;
TRUNCATE variants, variant_revisions;
ALTER TABLE variant_revisions DROP CONSTRAINT fk_variant_revisions_variant_id;
ALTER TABLE variants DROP CONSTRAINT fk_variants_product_id;
DROP INDEX ix_variant_revisions_valid_until, uq_variants_sku, uq_variants_position;
UPDATE order_items SET variant_id = NULL;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute("SET LOCAL maintenance_work_mem = '256MB'")
    # Read they can be meanwhile, written they cannot.
    op.execute(
        "LOCK TABLE categories, products, stock, stock_movements, orders, order_items"
        " IN SHARE ROW EXCLUSIVE MODE"
    )
    op.execute(VARIANTS)
    op.execute(STOCK)
    op.execute(LINES)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(BACK)
