"""No product is without a slug."""

from alembic import op

revision = "0040"
down_revision = "0039"

# Seen to be so without a lock that keeps readers out; then it is believed at once.
NEEDED = """
ALTER TABLE products ADD CONSTRAINT slug_there CHECK (slug IS NOT NULL) NOT VALID;
ALTER TABLE products VALIDATE CONSTRAINT slug_there;
ALTER TABLE products ALTER COLUMN slug SET NOT NULL;
ALTER TABLE products DROP CONSTRAINT slug_there;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(NEEDED)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("ALTER TABLE products ALTER COLUMN slug DROP NOT NULL")
