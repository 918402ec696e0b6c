"""Each variant may have a threshold of its own below which its stock is low."""

from alembic import op

revision = "0034"
down_revision = "0033"

# What is said of a stock, and is no part of it, is written without the ledger.
SCHEMA = """
ALTER TABLE stock
    ADD COLUMN low_stock_threshold INTEGER,
    ADD CONSTRAINT ck_stock_low_stock_threshold_not_negative
        CHECK (low_stock_threshold >= 0) NOT VALID;
ALTER TABLE stock VALIDATE CONSTRAINT ck_stock_low_stock_threshold_not_negative;
DROP TRIGGER stock_moves_by_the_ledger ON stock;
CREATE TRIGGER stock_moves_by_the_ledger
    BEFORE UPDATE OF variant_id, location_id, quantity, value, cost, version, updated_at
    ON stock
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('a quantity changes by a row in stock_movements only');
"""
BACK = """
DROP TRIGGER stock_moves_by_the_ledger ON stock;
CREATE TRIGGER stock_moves_by_the_ledger BEFORE UPDATE ON stock
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('a quantity changes by a row in stock_movements only');
ALTER TABLE stock DROP COLUMN low_stock_threshold;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(BACK)
