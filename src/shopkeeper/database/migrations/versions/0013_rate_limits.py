"""Buckets of what each account and address may do in a while.

They are not logged: after a crash all are full, and each order writes less. No index
is kept on the moment, so that a row can be changed in its place.
"""

from alembic import op

revision = "0013"
down_revision = "0012"

CREATE = """
CREATE UNLOGGED TABLE rate_limits (
    subject TEXT NOT NULL,
    full_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_rate_limits PRIMARY KEY (subject)
) WITH (fillfactor = 70);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(CREATE)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("DROP TABLE rate_limits")
