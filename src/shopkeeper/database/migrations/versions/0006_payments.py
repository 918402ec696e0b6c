"""Payments and refunds through providers, and answers that name their operation."""

from alembic import op

revision = "0006"
down_revision = "0005"

SCHEMA = """
ALTER TABLE payments
    DROP CONSTRAINT ck_payments_method_known,
    DROP CONSTRAINT ck_payments_status_known,
    ADD COLUMN key UUID DEFAULT uuidv7() NOT NULL,
    ADD COLUMN user_id BIGINT,
    ADD COLUMN idempotency_key TEXT,
    ADD COLUMN failure_code TEXT,
    ADD COLUMN failure_message TEXT,
    ADD COLUMN attempts INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN expires_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN look_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN settled_at TIMESTAMP WITH TIME ZONE,
    ALTER COLUMN reference DROP NOT NULL;

UPDATE payments SET settled_at = created_at;

ALTER TABLE payments
    ADD CONSTRAINT ck_payments_method_known CHECK (method IN ('invoice', 'test', 'stripe')),
    ADD CONSTRAINT ck_payments_status_known CHECK (status IN ('pending', 'captured', 'declined', 'cancelled')),
    ADD CONSTRAINT ck_payments_captured_has_a_reference CHECK (status <> 'captured' OR reference IS NOT NULL),
    ADD CONSTRAINT ck_payments_settled_has_a_time CHECK ((status = 'pending') = (settled_at IS NULL)),
    ADD CONSTRAINT ck_payments_pending_has_a_deadline CHECK (status <> 'pending' OR (expires_at IS NOT NULL AND look_at IS NOT NULL)),
    ADD CONSTRAINT ck_payments_failure_explained CHECK ((failure_code IS NOT NULL) = (status IN ('declined', 'cancelled'))),
    ADD CONSTRAINT ck_payments_attempts_not_negative CHECK (attempts >= 0),
    ADD CONSTRAINT fk_payments_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE RESTRICT;

DROP INDEX uq_payments_order_id;

CREATE UNIQUE INDEX uq_payments_key ON payments (key);

CREATE INDEX ix_payments_order_id ON payments (order_id);

CREATE UNIQUE INDEX uq_payments_one_of_an_order ON payments (order_id) WHERE status IN ('pending', 'captured');

CREATE INDEX ix_payments_look_at ON payments (look_at) WHERE status = 'pending';

CREATE INDEX ix_payments_idempotency_key ON payments (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

ALTER TABLE refunds
    ADD COLUMN payment_id BIGINT,
    ADD COLUMN idempotency_key TEXT,
    ADD COLUMN key UUID DEFAULT uuidv7() NOT NULL,
    ADD COLUMN reference TEXT,
    ADD COLUMN status TEXT,
    ADD COLUMN failure_code TEXT,
    ADD COLUMN failure_message TEXT,
    ADD COLUMN attempts INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN look_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN settled_at TIMESTAMP WITH TIME ZONE;

UPDATE refunds
SET payment_id = payments.id,
    reference = 'CRN-' || lpad(refunds.id::text, 8, '0'),
    status = 'succeeded',
    settled_at = refunds.created_at
FROM payments
WHERE payments.order_id = refunds.order_id;

ALTER TABLE refunds
    ALTER COLUMN payment_id SET NOT NULL,
    ALTER COLUMN status SET NOT NULL,
    ADD CONSTRAINT ck_refunds_status_known CHECK (status IN ('pending', 'succeeded', 'failed')),
    ADD CONSTRAINT ck_refunds_settled_has_a_time CHECK ((status = 'pending') = (settled_at IS NULL)),
    ADD CONSTRAINT ck_refunds_pending_is_looked_at CHECK (status <> 'pending' OR look_at IS NOT NULL),
    ADD CONSTRAINT ck_refunds_succeeded_has_a_reference CHECK (status <> 'succeeded' OR reference IS NOT NULL),
    ADD CONSTRAINT ck_refunds_failure_explained CHECK ((failure_code IS NOT NULL) = (status = 'failed')),
    ADD CONSTRAINT ck_refunds_attempts_not_negative CHECK (attempts >= 0),
    ADD CONSTRAINT fk_refunds_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id) ON DELETE RESTRICT;

DROP INDEX ix_refunds_created_at;

CREATE INDEX ix_refunds_settled_at ON refunds (settled_at);

CREATE INDEX ix_refunds_payment_id ON refunds (payment_id);

CREATE UNIQUE INDEX uq_refunds_key ON refunds (key);

CREATE INDEX ix_refunds_look_at ON refunds (look_at) WHERE status = 'pending';

CREATE INDEX ix_refunds_idempotency_key ON refunds (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE gateway_events (
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    reference TEXT,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_gateway_events PRIMARY KEY (id),
    CONSTRAINT ck_gateway_events_id_not_empty CHECK (id <> '')
);

CREATE TABLE test_gateway_charges (
    key UUID NOT NULL,
    status TEXT NOT NULL,
    amount NUMERIC(24, 4) NOT NULL,
    currency TEXT NOT NULL,
    token TEXT,
    outcome TEXT,
    settles_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_test_gateway_charges PRIMARY KEY (key),
    CONSTRAINT ck_test_gateway_charges_status_known CHECK (status IN ('open', 'processing', 'captured', 'declined', 'cancelled')),
    CONSTRAINT ck_test_gateway_charges_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_test_gateway_charges_processing_has_an_outcome CHECK ((settles_at IS NOT NULL AND outcome IS NOT NULL) OR status <> 'processing')
);

CREATE TABLE test_gateway_refunds (
    key UUID NOT NULL,
    charge_key UUID NOT NULL,
    amount NUMERIC(24, 4) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_test_gateway_refunds PRIMARY KEY (key),
    CONSTRAINT ck_test_gateway_refunds_amount_positive CHECK (amount > 0),
    CONSTRAINT fk_test_gateway_refunds_charge_key FOREIGN KEY(charge_key) REFERENCES test_gateway_charges (key) ON DELETE RESTRICT
);

-- What was answered before this had a name can no longer be told; it expires.
ALTER TABLE idempotency_keys ADD COLUMN operation TEXT DEFAULT 'unknown' NOT NULL;

ALTER TABLE idempotency_keys ALTER COLUMN operation DROP DEFAULT;
"""

# Only invoices were known; what was paid otherwise has no place in the old tables.
BACK = """
ALTER TABLE idempotency_keys DROP COLUMN operation;

DROP TABLE test_gateway_refunds, test_gateway_charges, gateway_events;

DROP INDEX ix_refunds_settled_at, ix_refunds_payment_id, uq_refunds_key, ix_refunds_look_at, ix_refunds_idempotency_key;

ALTER TABLE refunds
    DROP COLUMN payment_id,
    DROP COLUMN idempotency_key,
    DROP COLUMN key,
    DROP COLUMN reference,
    DROP COLUMN status,
    DROP COLUMN failure_code,
    DROP COLUMN failure_message,
    DROP COLUMN attempts,
    DROP COLUMN look_at,
    DROP COLUMN settled_at;

CREATE INDEX ix_refunds_created_at ON refunds (created_at);

DELETE FROM payments WHERE status <> 'captured';

DROP INDEX uq_payments_key, ix_payments_order_id, uq_payments_one_of_an_order, ix_payments_look_at, ix_payments_idempotency_key;

ALTER TABLE payments
    DROP COLUMN key,
    DROP COLUMN user_id,
    DROP COLUMN idempotency_key,
    DROP COLUMN failure_code,
    DROP COLUMN failure_message,
    DROP COLUMN attempts,
    DROP COLUMN expires_at,
    DROP COLUMN look_at,
    DROP COLUMN settled_at,
    DROP CONSTRAINT ck_payments_method_known,
    DROP CONSTRAINT ck_payments_status_known,
    DROP CONSTRAINT ck_payments_captured_has_a_reference,
    ALTER COLUMN reference SET NOT NULL,
    ADD CONSTRAINT ck_payments_method_known CHECK (method IN ('invoice')),
    ADD CONSTRAINT ck_payments_status_known CHECK (status IN ('captured'));

CREATE UNIQUE INDEX uq_payments_order_id ON payments (order_id);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(BACK)
