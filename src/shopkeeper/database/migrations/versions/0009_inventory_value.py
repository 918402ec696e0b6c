"""What the stock has cost: its value moves with it, at the moving average."""

from alembic import op

revision = "0009"
down_revision = "0008"

COLUMNS = """
ALTER TABLE stock
    ADD COLUMN value NUMERIC(32, 10) DEFAULT 0 NOT NULL,
    ADD COLUMN cost NUMERIC(20, 10),
    ADD CONSTRAINT ck_stock_value_not_negative CHECK (value >= 0),
    ADD CONSTRAINT ck_stock_cost_not_negative CHECK (cost >= 0);

ALTER TABLE stock_movements
    ADD COLUMN unit_cost NUMERIC(14, 4),
    ADD COLUMN value_delta NUMERIC(32, 10),
    ADD COLUMN value_after NUMERIC(32, 10),
    ADD COLUMN reference TEXT;

ALTER TABLE order_items
    ADD COLUMN line_cost NUMERIC(32, 10),
    ADD CONSTRAINT ck_order_items_line_cost_not_negative CHECK (line_cost >= 0);

UPDATE order_items SET line_cost = quantity * coalesce(unit_cost, 0)
WHERE order_id IN (SELECT id FROM orders WHERE executed_at IS NOT NULL);

-- What is being paid left the shelf at the cost of today.
UPDATE order_items SET line_cost = quantity * coalesce(products.cost, 0)
FROM products
WHERE products.id = product_id
    AND order_id IN (SELECT id FROM orders WHERE status = 'processing');

ALTER TABLE refund_items
    ADD COLUMN cost NUMERIC(32, 10),
    ALTER COLUMN restocked_cost TYPE NUMERIC(32, 10);

UPDATE refund_items SET cost = refund_items.quantity * coalesce(line.unit_cost, 0)
FROM order_items AS line
WHERE line.order_id = refund_items.order_id AND line.product_id = refund_items.product_id;

ALTER TABLE refund_items
    ALTER COLUMN cost SET NOT NULL,
    ADD CONSTRAINT ck_refund_items_cost_not_negative CHECK (cost >= 0);
"""

# Sales and what came back of them moved at the cost the lines were sold at; of
# the rest no cost is known but today's. A revaluation leads to what is there.
HISTORY = """
ALTER TABLE stock_movements DISABLE TRIGGER USER;
ALTER TABLE stock DISABLE TRIGGER USER;

UPDATE stock_movements AS movement
SET value_delta = CASE
    WHEN reason IN ('sale', 'release') THEN delta * coalesce((
        SELECT line.line_cost / line.quantity FROM order_items AS line
        WHERE line.order_id = movement.order_id AND line.product_id = movement.product_id
    ), coalesce(products.cost, 0))
    WHEN reason = 'refund' THEN coalesce((
        SELECT item.restocked_cost FROM refund_items AS item
        WHERE item.refund_id = movement.refund_id AND item.product_id = movement.product_id
    ), 0)
    ELSE delta * coalesce(products.cost, 0)
END
FROM products
WHERE products.id = movement.product_id;

UPDATE stock_movements AS movement
SET value_after = running.value
FROM (
    SELECT product_id, sequence,
        sum(value_delta) OVER (PARTITION BY product_id ORDER BY sequence) AS value
    FROM stock_movements
) AS running
WHERE running.product_id = movement.product_id AND running.sequence = movement.sequence;

UPDATE stock
SET cost = products.cost, value = stock.quantity * coalesce(products.cost, 0)
FROM products WHERE products.id = stock.product_id;

WITH due AS (
    SELECT stock.product_id, stock.version, stock.quantity, stock.value, stock.cost,
        stock.value - coalesce(sum(movement.value_delta), 0) AS missing
    FROM stock LEFT JOIN stock_movements AS movement USING (product_id)
    GROUP BY stock.product_id
), told AS (
    INSERT INTO stock_movements
        (product_id, sequence, delta, balance_after, reason, unit_cost, value_delta, value_after, created_at)
    SELECT product_id, version + 1, 0, quantity, 'revaluation', cost, missing, value, now()
    FROM due WHERE missing <> 0
    RETURNING product_id
)
UPDATE stock SET version = version + 1
WHERE product_id IN (SELECT product_id FROM told);

ALTER TABLE stock ENABLE TRIGGER USER;
ALTER TABLE stock_movements ENABLE TRIGGER USER;
"""

REASONS = """
ALTER TABLE stock_movements
    DROP CONSTRAINT ck_stock_movements_reason_known,
    DROP CONSTRAINT ck_stock_movements_delta_has_the_sign,
    DROP CONSTRAINT ck_stock_movements_import_named,
    ADD CONSTRAINT ck_stock_movements_reason_known CHECK (reason IN ('initial', 'adjustment', 'import', 'receipt', 'revaluation', 'sale', 'release', 'refund', 'correction')),
    ADD CONSTRAINT ck_stock_movements_delta_has_the_sign CHECK (CASE WHEN reason = 'sale' THEN delta < 0 WHEN reason IN ('initial', 'receipt', 'release', 'refund') THEN delta > 0 WHEN reason = 'revaluation' THEN delta = 0 WHEN reason = 'correction' THEN true ELSE delta <> 0 END),
    ADD CONSTRAINT ck_stock_movements_import_named CHECK ((import_id IS NOT NULL) = (reason = 'import') OR reason = 'revaluation'),
    ADD CONSTRAINT ck_stock_movements_cost_told CHECK (CASE WHEN reason = 'receipt' THEN unit_cost IS NOT NULL WHEN reason = 'revaluation' THEN true ELSE unit_cost IS NULL END),
    ADD CONSTRAINT ck_stock_movements_unit_cost_not_negative CHECK (unit_cost >= 0),
    ADD CONSTRAINT ck_stock_movements_reference_of_a_receipt CHECK (reference IS NULL OR reason = 'receipt');
"""

FINISH = """
ALTER TABLE stock_movements
    ALTER COLUMN value_delta SET NOT NULL,
    ALTER COLUMN value_after SET NOT NULL;

ALTER TABLE products DROP COLUMN cost;

ALTER TABLE order_items DROP COLUMN unit_cost;

DROP TRIGGER stock_begins_empty ON stock;

CREATE TRIGGER stock_begins_empty BEFORE INSERT ON stock
    FOR EACH ROW WHEN ((NEW.quantity <> 0 OR NEW.value <> 0) AND pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('stock begins at 0; its first quantity is a row in stock_movements');

CREATE OR REPLACE FUNCTION apply_stock_movement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held stock%ROWTYPE;
BEGIN
    SELECT * INTO held FROM stock WHERE product_id = NEW.product_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'product % has no stock to move', NEW.product_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'fk_stock_movements_product_id';
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
            WHERE product_id = NEW.product_id
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
    WHERE product_id = NEW.product_id;
    NEW.sequence := held.version;
    NEW.balance_after := held.quantity;
    NEW.value_after := held.value;
    RETURN NEW;
END
$$;
"""

BACK = """
ALTER TABLE products ADD COLUMN cost NUMERIC(14, 4), ADD CONSTRAINT ck_products_cost_not_negative CHECK (cost >= 0);

UPDATE products SET cost = round(stock.cost, 4) FROM stock WHERE stock.product_id = products.id;

ALTER TABLE order_items ADD COLUMN unit_cost NUMERIC(14, 4), ADD CONSTRAINT ck_order_items_unit_cost_not_negative CHECK (unit_cost >= 0);

UPDATE order_items SET unit_cost = round(line_cost / quantity, 4) WHERE line_cost IS NOT NULL;

ALTER TABLE order_items DROP COLUMN line_cost;

ALTER TABLE refund_items DROP COLUMN cost, ALTER COLUMN restocked_cost TYPE NUMERIC(24, 4);

DROP TRIGGER stock_begins_empty ON stock;

CREATE TRIGGER stock_begins_empty BEFORE INSERT ON stock
    FOR EACH ROW WHEN (NEW.quantity <> 0 AND pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('stock begins at 0; its first quantity is a row in stock_movements');

ALTER TABLE stock_movements DISABLE TRIGGER USER;
ALTER TABLE stock DISABLE TRIGGER USER;

ALTER TABLE stock_movements
    DROP CONSTRAINT ck_stock_movements_reason_known,
    DROP CONSTRAINT ck_stock_movements_delta_has_the_sign,
    DROP CONSTRAINT ck_stock_movements_import_named,
    DROP CONSTRAINT ck_stock_movements_cost_told,
    DROP CONSTRAINT ck_stock_movements_unit_cost_not_negative,
    DROP CONSTRAINT ck_stock_movements_reference_of_a_receipt;

-- The older ledger knows of pieces only: what moved none never was, and the
-- rest is numbered again without a gap.
DELETE FROM stock_movements WHERE reason = 'revaluation';

UPDATE stock_movements SET reason = 'adjustment' WHERE reason = 'receipt';

UPDATE stock_movements AS movement SET sequence = -numbered.sequence
FROM (
    SELECT stock_movements.product_id, stock_movements.sequence AS known_as,
        stock.version - count(*) OVER (PARTITION BY product_id)
            + row_number() OVER (PARTITION BY product_id ORDER BY stock_movements.sequence) AS sequence
    FROM stock_movements JOIN stock USING (product_id)
) AS numbered
WHERE numbered.product_id = movement.product_id AND numbered.known_as = movement.sequence;

UPDATE stock_movements SET sequence = -sequence;

ALTER TABLE stock_movements
    DROP COLUMN unit_cost, DROP COLUMN value_delta, DROP COLUMN value_after, DROP COLUMN reference,
    ADD CONSTRAINT ck_stock_movements_reason_known CHECK (reason IN ('initial', 'adjustment', 'import', 'sale', 'release', 'refund', 'correction')),
    ADD CONSTRAINT ck_stock_movements_delta_has_the_sign CHECK (CASE WHEN reason = 'sale' THEN delta < 0 WHEN reason IN ('initial', 'release', 'refund') THEN delta > 0 WHEN reason = 'correction' THEN true ELSE delta <> 0 END),
    ADD CONSTRAINT ck_stock_movements_import_named CHECK ((import_id IS NOT NULL) = (reason = 'import'));

ALTER TABLE stock DROP COLUMN value, DROP COLUMN cost;

ALTER TABLE stock ENABLE TRIGGER USER;
ALTER TABLE stock_movements ENABLE TRIGGER USER;

CREATE OR REPLACE FUNCTION apply_stock_movement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A correction by nothing gives stock back the balance of its last movement.
    IF NEW.reason = 'correction' AND NEW.delta = 0 THEN
        UPDATE stock
        SET quantity = last.balance_after, version = last.sequence
        FROM (
            SELECT coalesce(max(sequence), 1) AS sequence,
                coalesce((array_agg(balance_after ORDER BY sequence DESC))[1], 0) AS balance_after
            FROM stock_movements WHERE product_id = NEW.product_id
        ) AS last
        WHERE stock.product_id = NEW.product_id;
    END IF;
    UPDATE stock
    SET quantity = stock.quantity + NEW.delta,
        version = stock.version + 1,
        updated_at = NEW.created_at
    WHERE stock.product_id = NEW.product_id
    RETURNING stock.version, stock.quantity INTO NEW.sequence, NEW.balance_after;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'product % has no stock to move', NEW.product_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'fk_stock_movements_product_id';
    END IF;
    RETURN NEW;
END
$$;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(
        "LOCK TABLE products, stock, orders, refunds IN SHARE ROW EXCLUSIVE MODE"
    )
    op.execute(COLUMNS)
    op.execute(REASONS)
    op.execute(HISTORY)
    op.execute(FINISH)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(BACK)
