"""An order's last payment, found by an index that has them in order.

By an index on the order alone PostgreSQL has to sort what it finds, and where it
takes payments for few, it rather reads all of them from the last to the first.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

CHANGE = """
DROP INDEX ix_payments_order_id;

CREATE INDEX ix_payments_order_id ON payments ({columns});
"""


def upgrade() -> None:
    _change("order_id, id")


def downgrade() -> None:
    _change("order_id")


def _change(columns: str) -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(CHANGE.format(columns=columns))
