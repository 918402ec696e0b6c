"""Orders listed by when they were last changed, for who keeps a copy of them."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute("CREATE INDEX ix_orders_updated_at ON orders (updated_at, id)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_orders_updated_at")
