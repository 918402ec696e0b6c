"""What was sold at no known cost, in the roll-ups; they are made again for it."""

from alembic import op

revision = "0019"
down_revision = "0018"

TABLES = (
    "sales_days",
    "sales_months",
    "sales_ever",
    "sales_totals",
    "sales_month_totals",
    "sales_slots",
)


def _forget() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(f"TRUNCATE {', '.join(TABLES)}")
    op.execute("UPDATE closing SET closed_until = NULL, edition = uuidv7()")


def upgrade() -> None:
    _forget()
    for table in TABLES:
        op.execute(
            f"ALTER TABLE {table}"
            " ADD COLUMN costless_units BIGINT NOT NULL,"
            " ADD COLUMN costless_revenue NUMERIC(32, 4) NOT NULL"
        )


def downgrade() -> None:
    _forget()
    for table in TABLES:
        op.execute(
            f"ALTER TABLE {table} DROP COLUMN costless_units,"
            " DROP COLUMN costless_revenue"
        )
