"""Stock, its ledger and the lines of orders go by variant and location: the switch.

All is filled in; what an older server has written in between is caught up with.
"""

from alembic import op

revision = "0028"
down_revision = "0027"

CAUGHT_UP = """
INSERT INTO variants (id, product_id, position, sku, price, version, created_at,
    updated_at, removed_at)
OVERRIDING SYSTEM VALUE
SELECT id, id, 1, sku, price, version, created_at, updated_at, removed_at
FROM products WHERE default_variant_id IS NULL ORDER BY id;
UPDATE variants
SET sku = products.sku, price = products.price, version = products.version,
    updated_at = products.updated_at, removed_at = products.removed_at
FROM products
WHERE products.id = variants.product_id AND products.version <> variants.version;
INSERT INTO variant_revisions (variant_id, version, valid_until, price, removed_at)
SELECT product_id, version, valid_until, price, removed_at FROM product_revisions
ON CONFLICT DO NOTHING;
UPDATE products SET default_variant_id = id WHERE default_variant_id IS NULL;
UPDATE order_items SET variant_id = product_id WHERE variant_id IS NULL;
SELECT setval('variants_id_seq', (SELECT greatest(max(id), 1) FROM variants),
    EXISTS (SELECT FROM variants));
"""
SWITCH = """
ALTER TABLE stock_movements DROP CONSTRAINT fk_stock_movements_product_id;
ALTER TABLE stock_movements DROP CONSTRAINT pk_stock_movements;
ALTER TABLE stock_movements RENAME COLUMN product_id TO variant_id;
ALTER TABLE stock_movements
    ADD CONSTRAINT pk_stock_movements
        PRIMARY KEY USING INDEX pk_stock_movements_by_variant;
ALTER TABLE stock DROP CONSTRAINT fk_stock_product_id;
ALTER TABLE stock DROP CONSTRAINT pk_stock;
ALTER TABLE stock RENAME COLUMN product_id TO variant_id;
ALTER TABLE stock ADD CONSTRAINT pk_stock PRIMARY KEY USING INDEX pk_stock_by_variant;

ALTER TABLE order_items
    DROP CONSTRAINT uq_order_items_order_id_product_id,
    DROP CONSTRAINT fk_order_items_product_id,
    ALTER COLUMN variant_id SET NOT NULL,
    ADD CONSTRAINT uq_order_items_order_id_variant_id
        UNIQUE USING INDEX uq_order_items_order_id_variant_id;
DROP INDEX ix_order_items_product_id;
ALTER INDEX ix_order_items_product_id_variant_id RENAME TO ix_order_items_product_id;

DROP INDEX uq_products_sku;
ALTER TABLE products
    DROP CONSTRAINT ck_products_sku_length,
    VALIDATE CONSTRAINT ck_products_has_a_variant,
    ALTER COLUMN default_variant_id SET NOT NULL,
    ADD CONSTRAINT fk_products_id_default_variant_id
        FOREIGN KEY (id, default_variant_id) REFERENCES variants (product_id, id)
        DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE products RENAME COLUMN sku TO skus;
"""
ONLY_ONE = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM variants GROUP BY product_id HAVING count(*) > 1) THEN
        RAISE EXCEPTION 'there are products of several variants: there is no way back';
    END IF;
END
$$
"""
# Every variant gets the id of its product, and whatever goes by it.
RENUMBERED = """
ALTER TABLE stock_movements DISABLE TRIGGER USER;
ALTER TABLE stock DISABLE TRIGGER USER;
ALTER TABLE products DROP CONSTRAINT fk_products_id_default_variant_id;
ALTER TABLE order_items DROP CONSTRAINT fk_order_items_product_id_variant_id;
ALTER TABLE variant_revisions DROP CONSTRAINT fk_variant_revisions_variant_id;
ALTER TABLE stock_movements
    DROP CONSTRAINT fk_stock_movements_variant_id_location_id,
    DROP CONSTRAINT pk_stock_movements;
ALTER TABLE stock DROP CONSTRAINT fk_stock_variant_id, DROP CONSTRAINT pk_stock;
ALTER TABLE order_items DROP CONSTRAINT uq_order_items_order_id_variant_id;
ALTER TABLE variant_revisions DROP CONSTRAINT pk_variant_revisions;

UPDATE stock_movements SET variant_id = product_id
FROM variants WHERE variants.id = variant_id AND variants.id <> product_id;
UPDATE stock SET variant_id = product_id
FROM variants WHERE variants.id = variant_id AND variants.id <> product_id;
UPDATE variant_revisions SET variant_id = product_id
FROM variants WHERE variants.id = variant_id AND variants.id <> product_id;
UPDATE order_items SET variant_id = product_id WHERE variant_id <> product_id;
UPDATE products SET default_variant_id = id WHERE default_variant_id <> id;
CREATE TEMPORARY TABLE renumbered ON COMMIT DROP AS SELECT * FROM variants;
DELETE FROM variants;
INSERT INTO variants (id, product_id, position, sku, price, version, created_at,
    updated_at, removed_at)
OVERRIDING SYSTEM VALUE
SELECT product_id, product_id, position, sku, price, version, created_at, updated_at,
    removed_at
FROM renumbered ORDER BY product_id;

ALTER TABLE variant_revisions
    ADD CONSTRAINT pk_variant_revisions PRIMARY KEY (variant_id, version),
    ADD CONSTRAINT fk_variant_revisions_variant_id
        FOREIGN KEY (variant_id) REFERENCES variants (id) ON DELETE RESTRICT;
ALTER TABLE stock ADD CONSTRAINT fk_stock_variant_id
    FOREIGN KEY (variant_id) REFERENCES variants (id) ON DELETE RESTRICT;
ALTER TABLE order_items ADD CONSTRAINT fk_order_items_product_id_variant_id
    FOREIGN KEY (product_id, variant_id) REFERENCES variants (product_id, id)
    ON DELETE RESTRICT;
ALTER TABLE stock ENABLE TRIGGER USER;
ALTER TABLE stock_movements ENABLE TRIGGER USER;
"""
UNDONE = """
ALTER TABLE products RENAME COLUMN skus TO sku;
ALTER TABLE products
    ALTER COLUMN default_variant_id DROP NOT NULL,
    ADD CONSTRAINT ck_products_sku_length CHECK (char_length(sku) BETWEEN 1 AND 64);
CREATE UNIQUE INDEX uq_products_sku ON products (lower(sku)) WHERE removed_at IS NULL;

CREATE INDEX ix_order_items_product ON order_items (product_id);
ALTER INDEX ix_order_items_product_id RENAME TO ix_order_items_product_id_variant_id;
ALTER INDEX ix_order_items_product RENAME TO ix_order_items_product_id;
ALTER TABLE order_items
    ALTER COLUMN variant_id DROP NOT NULL,
    ADD CONSTRAINT uq_order_items_order_id_product_id UNIQUE (order_id, product_id),
    ADD CONSTRAINT fk_order_items_product_id
        FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT;
CREATE UNIQUE INDEX uq_order_items_order_id_variant_id
    ON order_items (order_id, variant_id);

ALTER TABLE stock_movements RENAME COLUMN variant_id TO product_id;
ALTER TABLE stock_movements
    ADD CONSTRAINT pk_stock_movements PRIMARY KEY (product_id, sequence);
ALTER TABLE stock RENAME COLUMN variant_id TO product_id;
ALTER TABLE stock
    ADD CONSTRAINT pk_stock PRIMARY KEY (product_id),
    ADD CONSTRAINT fk_stock_product_id
        FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT;
CREATE UNIQUE INDEX pk_stock_by_variant ON stock (product_id, location_id);
CREATE UNIQUE INDEX pk_stock_movements_by_variant
    ON stock_movements (product_id, location_id, sequence);
ALTER TABLE stock_movements
    ADD CONSTRAINT fk_stock_movements_product_id
        FOREIGN KEY (product_id) REFERENCES stock (product_id) ON DELETE RESTRICT,
    ADD CONSTRAINT fk_stock_movements_variant_id_location_id
        FOREIGN KEY (product_id, location_id)
        REFERENCES stock (product_id, location_id) ON DELETE RESTRICT;
"""
APPLY = """
CREATE OR REPLACE FUNCTION apply_stock_movement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held stock%ROWTYPE;
BEGIN
    SELECT * INTO held FROM stock WHERE {stock} FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION '{what} % has no stock to move', NEW.{what}_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = '{constraint}';
    END IF;
    -- A correction by nothing gives stock back what it had after its last movement.
    IF NEW.reason = 'correction' AND NEW.delta = 0 THEN
        held.quantity := 0;
        held.value := 0;
        held.version := 1;
        SELECT balance_after, value_after, sequence
        INTO held.quantity, held.value, held.version
        FROM (
            SELECT balance_after, value_after, sequence FROM stock_movements
            WHERE {stock}
            UNION ALL VALUES (0::bigint, 0::numeric, 1)
            ORDER BY sequence DESC LIMIT 1
        ) AS last;
        NEW.value_delta := 0;
    END IF;
    -- Units come in at their own cost, go back at the cost they left with (which
    -- is given), and otherwise move at the average; the last takes what is left.
    NEW.value_delta := CASE
        WHEN NEW.reason = 'revaluation'
            THEN coalesce(NEW.unit_cost, 0) * held.quantity - held.value
        WHEN NEW.reason = 'receipt' THEN NEW.unit_cost * NEW.delta
        WHEN NEW.value_delta IS NOT NULL THEN NEW.value_delta
        WHEN held.quantity = 0 THEN round(coalesce(held.cost, 0) * NEW.delta, 10)
        WHEN held.quantity + NEW.delta = 0 THEN -held.value
        ELSE round(held.value * NEW.delta * 1.00000000000000000000 / held.quantity, 10)
    END;
    held.quantity := held.quantity + NEW.delta;
    held.value := held.value + NEW.value_delta;
    held.version := held.version + 1;
    IF NEW.reason = 'revaluation' THEN
        held.cost := NEW.unit_cost;
    ELSIF held.quantity > 0 AND (held.cost IS NOT NULL OR held.value <> 0 OR NEW.reason = 'receipt') THEN
        held.cost := round(held.value * 1.00000000000000000000 / held.quantity, 10);
    END IF;
    UPDATE stock
    SET quantity = held.quantity, value = held.value, cost = held.cost,
        version = held.version, updated_at = NEW.created_at
    WHERE {stock};
    NEW.sequence := held.version;
    NEW.balance_after := held.quantity;
    NEW.value_after := held.value;
    RETURN NEW;
END
$$;
"""
BY_VARIANT = {
    "stock": "variant_id = NEW.variant_id AND location_id = NEW.location_id",
    "what": "variant",
    "constraint": "fk_stock_movements_variant_id_location_id",
}
BY_PRODUCT = {
    "stock": "product_id = NEW.product_id",
    "what": "product",
    "constraint": "fk_stock_movements_product_id",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(CAUGHT_UP)
    # Else rows that this transaction has changed forbid to alter their table.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute(SWITCH)
    op.execute(APPLY.format(**BY_VARIANT))


def downgrade() -> None:
    """Back to a shop whose products have one variant each.

    A shop that has others by now is refused: it would lose what they are.
    """
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(ONLY_ONE)
    op.execute(RENUMBERED)
    op.execute(UNDONE)
    op.execute(APPLY.format(**BY_PRODUCT))
