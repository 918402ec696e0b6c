"""Room for what comes back: a count of pieces that cannot overflow.

What is released or refunded has to find its place however many pieces
somebody has counted meanwhile.
"""

from alembic import op

revision = "0008"
down_revision = "0007"

CHANGE = """
DROP TRIGGER stock_begins_empty ON stock;

ALTER TABLE stock ALTER COLUMN quantity TYPE {type};

ALTER TABLE stock_movements
    ALTER COLUMN delta TYPE {type},
    ALTER COLUMN balance_after TYPE {type};

CREATE TRIGGER stock_begins_empty BEFORE INSERT ON stock
    FOR EACH ROW WHEN (NEW.quantity <> 0 AND pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('stock begins at 0; its first quantity is a row in stock_movements');
"""


def upgrade() -> None:
    _change("BIGINT")


def downgrade() -> None:
    _change("INTEGER")


def _change(column_type: str) -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(CHANGE.format(type=column_type))
