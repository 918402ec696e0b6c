"""An invoice is due until it is paid; what comes for it is a ledger of its own.

What was executed on an invoice before stays booked as paid.
"""

from alembic import op

revision = "0017"
down_revision = "0016"

UP = """
CREATE TABLE receipts (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    payment_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    amount NUMERIC(24, 4) NOT NULL,
    reference TEXT,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_receipts PRIMARY KEY (id),
    CONSTRAINT ck_receipts_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_receipts_reference_length CHECK (char_length(reference) BETWEEN 1 AND 120),
    CONSTRAINT fk_receipts_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id) ON DELETE RESTRICT,
    CONSTRAINT fk_receipts_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE RESTRICT
);
CREATE INDEX ix_receipts_payment_id ON receipts (payment_id);
CREATE INDEX ix_receipts_user_id ON receipts (user_id);
CREATE TRIGGER receipts_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON receipts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('receipts are never changed or deleted');

ALTER TABLE payments ADD COLUMN received NUMERIC(24, 4) DEFAULT 0 NOT NULL;
ALTER TABLE payments ADD COLUMN due_at TIMESTAMP WITH TIME ZONE;
UPDATE payments SET received = amount WHERE status = 'captured';

ALTER TABLE payments DROP CONSTRAINT ck_payments_status_known;
ALTER TABLE payments ADD CONSTRAINT ck_payments_status_known
    CHECK (status IN ('pending', 'due', 'captured', 'declined', 'cancelled'));
ALTER TABLE payments DROP CONSTRAINT ck_payments_settled_has_a_time;
ALTER TABLE payments ADD CONSTRAINT ck_payments_settled_has_a_time
    CHECK ((status IN ('pending', 'due')) = (settled_at IS NULL));
ALTER TABLE payments DROP CONSTRAINT ck_payments_captured_has_a_reference;
ALTER TABLE payments ADD CONSTRAINT ck_payments_captured_has_a_reference
    CHECK (status NOT IN ('captured', 'due') OR reference IS NOT NULL);
ALTER TABLE payments ADD CONSTRAINT ck_payments_due_has_a_date
    CHECK (status <> 'due' OR due_at IS NOT NULL);
ALTER TABLE payments ADD CONSTRAINT ck_payments_only_invoices_are_due
    CHECK (due_at IS NULL OR method = 'invoice');
ALTER TABLE payments ADD CONSTRAINT ck_payments_received_within_amount
    CHECK (received BETWEEN 0 AND amount);

DROP INDEX uq_payments_one_of_an_order;
CREATE UNIQUE INDEX uq_payments_one_of_an_order ON payments (order_id) WHERE status IN ('pending', 'captured', 'due');
CREATE INDEX ix_payments_due ON payments (order_id) WHERE status = 'due';
"""
DOWN = """
UPDATE payments SET status = 'captured', settled_at = created_at WHERE status = 'due';
DROP TABLE receipts;
DROP INDEX ix_payments_due;
DROP INDEX uq_payments_one_of_an_order;
ALTER TABLE payments DROP COLUMN received;
ALTER TABLE payments DROP COLUMN due_at;
ALTER TABLE payments DROP CONSTRAINT ck_payments_status_known;
ALTER TABLE payments ADD CONSTRAINT ck_payments_status_known
    CHECK (status IN ('pending', 'captured', 'declined', 'cancelled'));
ALTER TABLE payments DROP CONSTRAINT ck_payments_settled_has_a_time;
ALTER TABLE payments ADD CONSTRAINT ck_payments_settled_has_a_time
    CHECK ((status = 'pending') = (settled_at IS NULL));
ALTER TABLE payments DROP CONSTRAINT ck_payments_captured_has_a_reference;
ALTER TABLE payments ADD CONSTRAINT ck_payments_captured_has_a_reference
    CHECK (status <> 'captured' OR reference IS NOT NULL);
CREATE UNIQUE INDEX uq_payments_one_of_an_order ON payments (order_id) WHERE status IN ('pending', 'captured');
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(UP)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(DOWN)
