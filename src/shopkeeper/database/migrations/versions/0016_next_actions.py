"""What a payment still needs of its customer, such as 3-D Secure."""

from alembic import op

revision = "0016"
down_revision = "0015"

UP = """
ALTER TABLE payments ADD COLUMN next_action JSONB;
ALTER TABLE payments ADD CONSTRAINT ck_payments_only_pending_needs_an_action
    CHECK (next_action IS NULL OR status = 'pending');

ALTER TABLE test_gateway_charges DROP CONSTRAINT ck_test_gateway_charges_status_known;
ALTER TABLE test_gateway_charges ADD CONSTRAINT ck_test_gateway_charges_status_known
    CHECK (status IN ('open', 'processing', 'requires_action', 'captured', 'declined', 'cancelled'));
"""
DOWN = """
ALTER TABLE payments DROP COLUMN next_action;

UPDATE test_gateway_charges SET status = 'cancelled' WHERE status = 'requires_action';
ALTER TABLE test_gateway_charges DROP CONSTRAINT ck_test_gateway_charges_status_known;
ALTER TABLE test_gateway_charges ADD CONSTRAINT ck_test_gateway_charges_status_known
    CHECK (status IN ('open', 'processing', 'captured', 'declined', 'cancelled'));
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(UP)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(DOWN)
