"""The stock ledger: every change of a quantity is a row, and no way leads round it."""

from alembic import op

revision = "0007"
down_revision = "0006"

SCHEMA = """
CREATE TABLE stock_movements (
    product_id BIGINT NOT NULL,
    sequence INTEGER NOT NULL,
    delta BIGINT NOT NULL,
    balance_after BIGINT NOT NULL,
    reason TEXT NOT NULL,
    order_id BIGINT,
    refund_id BIGINT,
    import_id BIGINT,
    user_id BIGINT,
    note TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_stock_movements PRIMARY KEY (product_id, sequence),
    CONSTRAINT ck_stock_movements_reason_known CHECK (reason IN ('initial', 'adjustment', 'import', 'sale', 'release', 'refund', 'correction')),
    CONSTRAINT ck_stock_movements_delta_has_the_sign CHECK (CASE WHEN reason = 'sale' THEN delta < 0 WHEN reason IN ('initial', 'release', 'refund') THEN delta > 0 WHEN reason = 'correction' THEN true ELSE delta <> 0 END),
    CONSTRAINT ck_stock_movements_balance_not_negative CHECK (balance_after >= 0),
    CONSTRAINT ck_stock_movements_order_named CHECK ((order_id IS NOT NULL) = (reason IN ('sale', 'release', 'refund')) OR reason = 'correction'),
    CONSTRAINT ck_stock_movements_refund_named CHECK ((refund_id IS NOT NULL) = (reason = 'refund')),
    CONSTRAINT ck_stock_movements_import_named CHECK ((import_id IS NOT NULL) = (reason = 'import')),
    CONSTRAINT ck_stock_movements_correction_explained CHECK ((note IS NOT NULL) = (reason = 'correction'))
);
"""

# Sales and restocked refunds of before are known from orders; what else moved
# the stock is not. The opening balance is what it takes for the rest to add up
# without ever falling below zero; one adjustment leads to what is there today.
HISTORY = """
WITH known AS (
    SELECT line.product_id, -line.quantity AS delta, 'sale' AS reason,
        line.order_id, NULL::bigint AS refund_id, orders.user_id,
        orders.executed_at AS created_at
    FROM orders JOIN order_items AS line ON line.order_id = orders.id
    WHERE orders.executed_at IS NOT NULL
    UNION ALL
    SELECT back.product_id, back.quantity, 'refund',
        back.order_id, refunds.id, refunds.user_id, refunds.settled_at
    FROM refunds JOIN refund_items AS back ON back.refund_id = refunds.id
    WHERE refunds.restocked
), running AS (
    SELECT known.*,
        sum(delta) OVER (
            PARTITION BY product_id ORDER BY created_at, reason DESC, order_id, refund_id
            ROWS UNBOUNDED PRECEDING
        ) AS total
    FROM known
), needed AS (
    SELECT stock.product_id, stock.quantity, stock.version, stock.updated_at,
        coalesce(sum(running.delta), 0) AS total,
        greatest(0, -coalesce(min(running.total), 0), stock.quantity - coalesce(sum(running.delta), 0)) AS opening
    FROM stock LEFT JOIN running ON running.product_id = stock.product_id
    GROUP BY stock.product_id
), told AS (
    SELECT needed.product_id, opening AS delta, 'initial' AS reason, NULL::bigint AS order_id,
        NULL::bigint AS refund_id, NULL::bigint AS user_id, products.created_at, 1 AS turn
    FROM needed JOIN products ON products.id = needed.product_id
    WHERE opening > 0
    UNION ALL
    SELECT product_id, delta, reason, order_id, refund_id, user_id, created_at, 2
    FROM known
    UNION ALL
    SELECT product_id, quantity - opening - total, 'adjustment', NULL, NULL, NULL, updated_at, 3
    FROM needed
    WHERE quantity <> opening + total
)
INSERT INTO stock_movements
    (product_id, sequence, delta, balance_after, reason, order_id, refund_id, user_id, created_at)
SELECT told.product_id,
    stock.version + row_number() OVER line,
    told.delta,
    sum(told.delta) OVER line,
    told.reason, told.order_id, told.refund_id, told.user_id, told.created_at
FROM told JOIN stock ON stock.product_id = told.product_id
WINDOW line AS (
    PARTITION BY told.product_id
    ORDER BY told.turn, told.created_at, told.reason DESC, told.order_id, told.refund_id
    ROWS UNBOUNDED PRECEDING
);

UPDATE stock
SET version = last.sequence
FROM (SELECT product_id, max(sequence) AS sequence FROM stock_movements GROUP BY product_id) AS last
WHERE last.product_id = stock.product_id;
"""

GUARDS = """
ALTER TABLE stock_movements
    ADD CONSTRAINT fk_stock_movements_product_id FOREIGN KEY(product_id) REFERENCES stock (product_id) ON DELETE RESTRICT,
    ADD CONSTRAINT fk_stock_movements_order_id FOREIGN KEY(order_id) REFERENCES orders (id) ON DELETE RESTRICT,
    ADD CONSTRAINT fk_stock_movements_refund_id FOREIGN KEY(refund_id) REFERENCES refunds (id) ON DELETE RESTRICT,
    ADD CONSTRAINT fk_stock_movements_import_id FOREIGN KEY(import_id) REFERENCES imports (id) ON DELETE RESTRICT,
    ADD CONSTRAINT fk_stock_movements_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE RESTRICT;

CREATE INDEX ix_stock_movements_order_id ON stock_movements (order_id) WHERE order_id IS NOT NULL;

-- Rows are applied one by one, in the order the statement gives them.
CREATE FUNCTION apply_stock_movement() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER apply_stock_movement BEFORE INSERT ON stock_movements
    FOR EACH ROW EXECUTE FUNCTION apply_stock_movement();

CREATE TRIGGER stock_movements_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_movements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('stock movements are never changed or deleted; add one that corrects');

-- At depth 0 it is a statement of somebody's; deeper it is the ledger's own.
CREATE TRIGGER stock_moves_by_the_ledger BEFORE UPDATE ON stock
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('a quantity changes by a row in stock_movements only');

CREATE TRIGGER stock_begins_empty BEFORE INSERT ON stock
    FOR EACH ROW WHEN (NEW.quantity <> 0 AND pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('stock begins at 0; its first quantity is a row in stock_movements');

CREATE TRIGGER stock_stays BEFORE DELETE OR TRUNCATE ON stock
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('stock is never deleted: its movements refer to it');
"""

BACK = """
DROP TRIGGER stock_stays ON stock;
DROP TRIGGER stock_begins_empty ON stock;
DROP TRIGGER stock_moves_by_the_ledger ON stock;
DROP TABLE stock_movements;
DROP FUNCTION apply_stock_movement;
DROP FUNCTION refuse_change;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    # What is on its way has to arrive before history is told.
    op.execute("LOCK TABLE stock, orders, refunds IN SHARE ROW EXCLUSIVE MODE")
    op.execute(SCHEMA)
    op.execute(HISTORY)
    op.execute(GUARDS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(BACK)
