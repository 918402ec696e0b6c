"""Answers kept for retries say of what kind the thing is that they name."""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("ALTER TABLE idempotency_keys ADD COLUMN entity TEXT")
    op.execute(
        r"""
        UPDATE idempotency_keys SET entity = CASE
            WHEN operation LIKE '%\_order' OR operation = 'book_receipt' THEN 'orders'
            WHEN operation LIKE '%\_product' THEN 'products'
            WHEN operation LIKE '%\_category' THEN 'categories'
            WHEN operation = 'import_products' THEN 'imports'
            WHEN operation IN ('update_user', 'set_role') THEN 'users'
        END
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE idempotency_keys DROP COLUMN entity")
