"""What is not counted is always there, and what is not there yet may be sold.

The ledger tells, beside the pieces that move, those that are sold and wait.
"""

from alembic import op

revision = "0036"
down_revision = "0035"

# Columns with a constant are there at once, however many rows there are; what rows are
# held to is looked at in 0037, while the shop is read.
SCHEMA = """
ALTER TABLE stock
    ADD COLUMN tracked BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN backorder_limit INTEGER DEFAULT 0,
    ADD COLUMN waiting BIGINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_stock_backorder_limit_not_negative
        CHECK (backorder_limit >= 0) NOT VALID,
    ADD CONSTRAINT ck_stock_waiting_not_negative CHECK (waiting >= 0) NOT VALID,
    ADD CONSTRAINT ck_stock_untracked_waits_for_nothing
        CHECK (tracked OR waiting = 0) NOT VALID;
DROP TRIGGER stock_moves_by_the_ledger ON stock;
CREATE TRIGGER stock_moves_by_the_ledger
    BEFORE UPDATE OF variant_id, location_id, quantity, value, cost, waiting, version,
        updated_at
    ON stock
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('a quantity changes by a row in stock_movements only');
DROP TRIGGER stock_begins_empty ON stock;
CREATE TRIGGER stock_begins_empty BEFORE INSERT ON stock
    FOR EACH ROW WHEN (
        (NEW.quantity <> 0 OR NEW.value <> 0 OR NEW.waiting <> 0)
        AND pg_trigger_depth() = 0
    )
    EXECUTE FUNCTION refuse_change('stock begins at 0; its first quantity is a row in stock_movements');

ALTER TABLE order_items
    ADD COLUMN tracked BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN backordered INTEGER NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_order_items_backordered_within_sold
        CHECK (backordered BETWEEN 0 AND quantity AND (tracked OR backordered = 0))
        NOT VALID;

ALTER TABLE refund_items
    ADD COLUMN cancelled_quantity INTEGER NOT NULL DEFAULT 0,
    DROP CONSTRAINT ck_refund_items_goods_back_once,
    ADD CONSTRAINT ck_refund_items_goods_back_once CHECK (
        restocked_quantity >= 0 AND already_back >= 0 AND cancelled_quantity >= 0
        AND restocked_quantity + already_back + cancelled_quantity <= quantity
    ) NOT VALID;

ALTER TABLE stock_movements
    ADD COLUMN waiting_delta BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN waiting_after BIGINT NOT NULL DEFAULT 0;

CREATE TABLE backorders (
    order_id BIGINT NOT NULL,
    order_item_id BIGINT NOT NULL,
    variant_id BIGINT NOT NULL,
    location_id BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    cost NUMERIC(32, 10) NOT NULL DEFAULT 0,
    CONSTRAINT pk_backorders PRIMARY KEY (order_id, order_item_id),
    CONSTRAINT fk_backorders_order_id_order_item_id
        FOREIGN KEY (order_id, order_item_id)
        REFERENCES order_items (order_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_backorders_variant_id_location_id
        FOREIGN KEY (variant_id, location_id)
        REFERENCES stock (variant_id, location_id) ON DELETE RESTRICT,
    CONSTRAINT ck_backorders_waiting_not_negative CHECK (waiting >= 0),
    CONSTRAINT ck_backorders_cost_not_negative CHECK (cost >= 0)
);
CREATE INDEX ix_backorders_queue
    ON backorders (variant_id, location_id, sequence) WHERE waiting > 0;
"""
REASONS = """
ALTER TABLE stock_movements
    DROP CONSTRAINT ck_stock_movements_reason_known,
    DROP CONSTRAINT ck_stock_movements_delta_has_the_sign,
    DROP CONSTRAINT ck_stock_movements_order_named,
    ADD CONSTRAINT ck_stock_movements_reason_known CHECK ({known}) NOT VALID,
    ADD CONSTRAINT ck_stock_movements_delta_has_the_sign CHECK ({sign}) NOT VALID,
    ADD CONSTRAINT ck_stock_movements_order_named CHECK ({order}) NOT VALID;
"""
WAITS = """
ALTER TABLE stock_movements
    ADD CONSTRAINT ck_stock_movements_waiting_not_negative
        CHECK (waiting_after >= 0) NOT VALID,
    ADD CONSTRAINT ck_stock_movements_only_sales_wait CHECK ({waits}) NOT VALID;
"""
NEW = {
    "known": "reason IN ('initial', 'adjustment', 'damage', 'theft', 'loss', 'found',"
    " 'count', 'import', 'receipt', 'revaluation', 'sale', 'fulfilment', 'release',"
    " 'refund', 'correction')",
    "sign": "CASE WHEN reason IN ('damage', 'theft', 'loss', 'fulfilment')"
    " THEN delta < 0 WHEN reason = 'sale' THEN delta <= 0"
    " WHEN reason IN ('initial', 'receipt', 'found') THEN delta > 0"
    " WHEN reason IN ('release', 'refund') THEN delta >= 0"
    " WHEN reason = 'revaluation' THEN delta = 0"
    " WHEN reason = 'correction' THEN true ELSE delta <> 0 END",
    "order": "(order_id IS NOT NULL)"
    " = (reason IN ('sale', 'fulfilment', 'release', 'refund'))"
    " OR reason = 'correction'",
}
WAITING = (
    "CASE reason WHEN 'sale' THEN waiting_delta >= 0 AND waiting_delta > delta"
    " WHEN 'fulfilment' THEN waiting_delta = delta"
    " WHEN 'release' THEN waiting_delta <= 0 AND waiting_delta < delta"
    " WHEN 'refund' THEN delta > 0 OR waiting_delta <> 0"
    " ELSE waiting_delta = 0 END"
)
OLD = {
    "known": "reason IN ('initial', 'adjustment', 'damage', 'theft', 'loss', 'found',"
    " 'count', 'import', 'receipt', 'revaluation', 'sale', 'release', 'refund',"
    " 'correction')",
    "sign": "CASE WHEN reason IN ('sale', 'damage', 'theft', 'loss') THEN delta < 0"
    " WHEN reason IN ('initial', 'receipt', 'release', 'refund', 'found')"
    " THEN delta > 0 WHEN reason = 'revaluation' THEN delta = 0"
    " WHEN reason = 'correction' THEN true ELSE delta <> 0 END",
    "order": "(order_id IS NOT NULL) = (reason IN ('sale', 'release', 'refund'))"
    " OR reason = 'correction'",
}
APPLY = """
CREATE OR REPLACE FUNCTION apply_stock_movement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held stock%ROWTYPE;
BEGIN
    SELECT * INTO held FROM stock
    WHERE variant_id = NEW.variant_id AND location_id = NEW.location_id
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'variant % has no stock to move', NEW.variant_id
            USING ERRCODE = 'foreign_key_violation',
            CONSTRAINT = 'fk_stock_movements_variant_id_location_id';
    END IF;
    -- A correction by nothing gives stock back what it had after its last movement.
    IF NEW.reason = 'correction' AND NEW.delta = 0 THEN
        held.quantity := 0;
        held.value := 0;
        held.version := 1;{restored}
        SELECT balance_after, value_after, sequence{last_columns}
        INTO held.quantity, held.value, held.version{into}
        FROM (
            SELECT balance_after, value_after, sequence{last_columns}
            FROM stock_movements
            WHERE variant_id = NEW.variant_id AND location_id = NEW.location_id
            UNION ALL VALUES (0::bigint, 0::numeric, 1{nothing})
            ORDER BY sequence DESC LIMIT 1
        ) AS last;
        NEW.value_delta := 0;
    END IF;{guard}
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
        version = held.version, updated_at = NEW.created_at{waits}
    WHERE variant_id = NEW.variant_id AND location_id = NEW.location_id;
    NEW.sequence := held.version;
    NEW.balance_after := held.quantity;
    NEW.value_after := held.value;{after}
    RETURN NEW;
END
$$;
"""
WITH_BACKORDERS = {
    "restored": "\n        held.waiting := 0;",
    "last_columns": ", waiting_after",
    "into": ", held.waiting",
    "nothing": ", 0::bigint",
    "guard": """
    IF NEW.reason = 'sale' AND NEW.waiting_delta > 0 AND (
        held.quantity + NEW.delta > 0
        OR held.waiting + NEW.waiting_delta > held.backorder_limit
    ) THEN
        RAISE EXCEPTION 'variant %: % pieces more are not to be had', NEW.variant_id,
            NEW.waiting_delta
            USING ERRCODE = 'check_violation', TABLE = 'stock',
            CONSTRAINT = 'ck_stock_backorders_within_limit';
    END IF;
    held.waiting := held.waiting + NEW.waiting_delta;""",
    "waits": ", waiting = held.waiting",
    "after": "\n    NEW.waiting_after := held.waiting;",
}
WITHOUT = dict.fromkeys(WITH_BACKORDERS, "")
NOBODY_WAITS = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM stock WHERE NOT tracked OR backorder_limit IS DISTINCT FROM 0)
        OR EXISTS (SELECT FROM stock_movements WHERE reason = 'fulfilment')
        OR EXISTS (SELECT FROM order_items WHERE backordered > 0 OR NOT tracked)
    THEN
        RAISE EXCEPTION 'something has been sold that was not in stock: it would be lost';
    END IF;
END $$;
"""
BACK = """
DROP TABLE backorders;
ALTER TABLE stock_movements
    DROP CONSTRAINT ck_stock_movements_waiting_not_negative,
    DROP CONSTRAINT ck_stock_movements_only_sales_wait,
    DROP COLUMN waiting_delta,
    DROP COLUMN waiting_after;
ALTER TABLE refund_items
    DROP CONSTRAINT ck_refund_items_goods_back_once,
    DROP COLUMN cancelled_quantity,
    ADD CONSTRAINT ck_refund_items_goods_back_once CHECK (
        restocked_quantity >= 0 AND already_back >= 0
        AND restocked_quantity + already_back <= quantity
    );
ALTER TABLE order_items
    DROP CONSTRAINT ck_order_items_backordered_within_sold,
    DROP COLUMN tracked,
    DROP COLUMN backordered;
DROP TRIGGER stock_begins_empty ON stock;
CREATE TRIGGER stock_begins_empty BEFORE INSERT ON stock
    FOR EACH ROW WHEN ((NEW.quantity <> 0 OR NEW.value <> 0) AND pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('stock begins at 0; its first quantity is a row in stock_movements');
DROP TRIGGER stock_moves_by_the_ledger ON stock;
CREATE TRIGGER stock_moves_by_the_ledger
    BEFORE UPDATE OF variant_id, location_id, quantity, value, cost, version, updated_at
    ON stock
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('a quantity changes by a row in stock_movements only');
ALTER TABLE stock
    DROP CONSTRAINT ck_stock_untracked_waits_for_nothing,
    DROP CONSTRAINT ck_stock_waiting_not_negative,
    DROP CONSTRAINT ck_stock_backorder_limit_not_negative,
    DROP COLUMN tracked,
    DROP COLUMN backorder_limit,
    DROP COLUMN waiting;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(SCHEMA)
    op.execute(REASONS.format(**NEW))
    op.execute(WAITS.format(waits=WAITING))
    op.execute(APPLY.format(**WITH_BACKORDERS))


def downgrade() -> None:
    """Back to a shop that sells what is there, as long as nothing else was sold."""
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(NOBODY_WAITS)
    op.execute(APPLY.format(**WITHOUT))
    op.execute(BACK)
    op.execute(REASONS.format(**OLD))
