"""A queue of backorders follows from the ledger: what comes in goes down it."""

from alembic import op

revision = "0037"
down_revision = "0036"

# Both follow from the ledger alone, so that nothing that writes there can forget them:
# who waits for how many pieces, and that what is there goes to whoever waits longest.
QUEUE = """
CREATE FUNCTION keep_backorders() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held stock%ROWTYPE;
    moment timestamptz := NEW.created_at;
BEGIN
    IF NEW.reason = 'sale' AND NEW.waiting_delta > 0 THEN
        INSERT INTO backorders (order_id, order_item_id, variant_id, location_id,
            sequence, waiting)
        SELECT NEW.order_id, line.id, NEW.variant_id, NEW.location_id, NEW.sequence,
            NEW.waiting_delta
        FROM order_items AS line
        WHERE line.order_id = NEW.order_id AND line.variant_id = NEW.variant_id;
    ELSIF NEW.reason = 'release' THEN
        DELETE FROM backorders
        WHERE order_id = NEW.order_id AND variant_id = NEW.variant_id;
    ELSIF NEW.waiting_delta <> 0 THEN
        UPDATE backorders
        SET waiting = waiting + NEW.waiting_delta,
            cost = cost - CASE NEW.reason WHEN 'fulfilment' THEN NEW.value_delta ELSE 0 END
        WHERE order_id = NEW.order_id AND variant_id = NEW.variant_id;
    END IF;
    SELECT * INTO held FROM stock
    WHERE variant_id = NEW.variant_id AND location_id = NEW.location_id;
    IF held.quantity > 0 AND held.waiting > 0 THEN
        -- An import's moment is long over when others see it. What sales cost because
        -- of it is written under a moment of its own, announced as a sale's is.
        IF NEW.import_id IS NOT NULL THEN
            moment := nullif(current_setting('shopkeeper.filling', true), '');
            IF moment IS NULL THEN
                PERFORM pg_advisory_xact_lock_shared(
                    (CAST(1456 AS bigint) << 52)
                    | CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)
                );
                moment := clock_timestamp();
                PERFORM set_config('shopkeeper.filling', CAST(moment AS text), true);
            END IF;
        END IF;
        INSERT INTO stock_movements (variant_id, location_id, delta, waiting_delta,
            reason, order_id, user_id, created_at)
        SELECT variant_id, location_id, -pieces, -pieces, 'fulfilment', order_id,
            NEW.user_id, moment
        FROM (
            SELECT variant_id, location_id, order_id, sequence,
                least(waiting, held.quantity - coalesce(sum(waiting) OVER (
                    ORDER BY sequence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ), 0)) AS pieces
            FROM backorders
            WHERE variant_id = NEW.variant_id AND location_id = NEW.location_id
                AND waiting > 0
        ) AS queue
        WHERE pieces > 0
        ORDER BY sequence;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_backorders AFTER INSERT ON stock_movements
    FOR EACH ROW WHEN (
        NEW.waiting_delta <> 0 OR (NEW.balance_after > 0 AND NEW.waiting_after > 0)
        OR NEW.reason = 'release'
    )
    EXECUTE FUNCTION keep_backorders();
"""
# Whatever was there before is held to the new constraints too: readers go on.
CHECKED = """
ALTER TABLE stock
    VALIDATE CONSTRAINT ck_stock_backorder_limit_not_negative,
    VALIDATE CONSTRAINT ck_stock_waiting_not_negative,
    VALIDATE CONSTRAINT ck_stock_untracked_waits_for_nothing;
ALTER TABLE order_items VALIDATE CONSTRAINT ck_order_items_backordered_within_sold;
ALTER TABLE refund_items VALIDATE CONSTRAINT ck_refund_items_goods_back_once;
ALTER TABLE stock_movements
    VALIDATE CONSTRAINT ck_stock_movements_reason_known,
    VALIDATE CONSTRAINT ck_stock_movements_delta_has_the_sign,
    VALIDATE CONSTRAINT ck_stock_movements_order_named,
    VALIDATE CONSTRAINT ck_stock_movements_waiting_not_negative,
    VALIDATE CONSTRAINT ck_stock_movements_only_sales_wait;
CREATE INDEX ix_stock_movements_fulfilments
    ON stock_movements (created_at) WHERE reason = 'fulfilment';
"""
BACK = """
DROP INDEX ix_stock_movements_fulfilments;
DROP TRIGGER keep_backorders ON stock_movements;
DROP FUNCTION keep_backorders;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(QUEUE)
    op.execute(CHECKED)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(BACK)
