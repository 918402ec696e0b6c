"""Money that moves without us: refunds taken back, made elsewhere, and disputes.

What a refund put back on the shelf stands with its items now, for goods stay
there when the money of their refund comes back.
"""

from alembic import op

revision = "0018"
down_revision = "0017"

UP = """
ALTER TABLE refunds ADD COLUMN paid_by TEXT DEFAULT 'original' NOT NULL;
ALTER TABLE refunds ADD COLUMN reversed_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE refunds ALTER COLUMN user_id DROP NOT NULL;
ALTER TABLE refunds ADD CONSTRAINT ck_refunds_paid_by_known
    CHECK (paid_by IN ('original', 'outside', 'dispute'));
ALTER TABLE refunds ADD CONSTRAINT ck_refunds_somebody_refunds
    CHECK (user_id IS NOT NULL OR paid_by = 'dispute');
ALTER TABLE refunds DROP CONSTRAINT ck_refunds_status_known;
ALTER TABLE refunds ADD CONSTRAINT ck_refunds_status_known
    CHECK (status IN ('pending', 'succeeded', 'failed', 'reversed'));
ALTER TABLE refunds ADD CONSTRAINT ck_refunds_reversed_has_a_time
    CHECK ((status = 'reversed') = (reversed_at IS NOT NULL) AND reversed_at >= settled_at);
ALTER TABLE refunds DROP CONSTRAINT ck_refunds_succeeded_has_a_reference;
ALTER TABLE refunds ADD CONSTRAINT ck_refunds_succeeded_has_a_reference
    CHECK (status NOT IN ('succeeded', 'reversed') OR reference IS NOT NULL);
ALTER TABLE refunds DROP CONSTRAINT ck_refunds_succeeded_has_a_credit_note_number;
ALTER TABLE refunds ADD CONSTRAINT ck_refunds_succeeded_has_a_credit_note_number
    CHECK ((credit_note_number IS NOT NULL)
        = (status IN ('succeeded', 'reversed') AND paid_by <> 'dispute'));
ALTER TABLE refunds DROP CONSTRAINT ck_refunds_failure_explained;
ALTER TABLE refunds ADD CONSTRAINT ck_refunds_failure_explained
    CHECK ((failure_code IS NOT NULL) = (status IN ('failed', 'reversed')));
CREATE INDEX ix_refunds_reversed_at ON refunds (reversed_at) WHERE reversed_at IS NOT NULL;

ALTER TABLE refund_items ADD COLUMN restocked_quantity INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE refund_items ADD COLUMN already_back INTEGER DEFAULT 0 NOT NULL;
UPDATE refund_items SET restocked_quantity = quantity
    FROM refunds WHERE refunds.id = refund_id AND restocked;
ALTER TABLE refund_items DROP CONSTRAINT ck_refund_items_quantity_positive;
ALTER TABLE refund_items DROP CONSTRAINT ck_refund_items_amount_positive;
ALTER TABLE refund_items ADD CONSTRAINT ck_refund_items_amount_not_negative CHECK (amount >= 0);
ALTER TABLE refund_items ADD CONSTRAINT ck_refund_items_about_something CHECK (quantity > 0 OR amount > 0);
ALTER TABLE refund_items ADD CONSTRAINT ck_refund_items_goods_back_once
    CHECK (restocked_quantity >= 0 AND already_back >= 0
        AND restocked_quantity + already_back <= quantity);
ALTER TABLE refund_items ADD CONSTRAINT ck_refund_items_cost_of_restocked
    CHECK (restocked_cost = 0 OR restocked_quantity > 0);

ALTER TABLE payments ADD COLUMN check_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE payments ADD COLUMN noted_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE payments ADD CONSTRAINT ck_payments_only_captured_is_checked
    CHECK (check_at IS NULL OR status = 'captured');
CREATE INDEX ix_payments_check_at ON payments (check_at) WHERE check_at IS NOT NULL;

CREATE TABLE outside_refunds (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    payment_id BIGINT NOT NULL,
    reference TEXT NOT NULL,
    amount NUMERIC(24, 4) NOT NULL,
    status TEXT NOT NULL,
    refund_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    noted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_outside_refunds PRIMARY KEY (id),
    CONSTRAINT ck_outside_refunds_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_outside_refunds_status_known CHECK (status IN ('pending', 'succeeded', 'failed')),
    CONSTRAINT fk_outside_refunds_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id) ON DELETE RESTRICT,
    CONSTRAINT fk_outside_refunds_refund_id FOREIGN KEY(refund_id) REFERENCES refunds (id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX uq_outside_refunds_reference ON outside_refunds (payment_id, reference);
CREATE UNIQUE INDEX uq_outside_refunds_refund_id ON outside_refunds (refund_id);

CREATE TABLE disputes (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    payment_id BIGINT NOT NULL,
    reference TEXT NOT NULL,
    amount NUMERIC(24, 4) NOT NULL,
    reason TEXT NOT NULL,
    status TEXT NOT NULL,
    refund_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    noted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_disputes PRIMARY KEY (id),
    CONSTRAINT ck_disputes_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_disputes_status_known CHECK (status IN ('open', 'won', 'lost')),
    CONSTRAINT ck_disputes_closed_has_a_time CHECK ((status = 'open') = (closed_at IS NULL)),
    CONSTRAINT fk_disputes_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id) ON DELETE RESTRICT,
    CONSTRAINT fk_disputes_refund_id FOREIGN KEY(refund_id) REFERENCES refunds (id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX uq_disputes_reference ON disputes (payment_id, reference);
CREATE UNIQUE INDEX uq_disputes_refund_id ON disputes (refund_id);

ALTER TABLE test_gateway_refunds ADD COLUMN status TEXT DEFAULT 'succeeded' NOT NULL;
ALTER TABLE test_gateway_refunds ADD CONSTRAINT ck_test_gateway_refunds_status_known
    CHECK (status IN ('succeeded', 'failed'));
"""
# What a version before cannot tell is refused rather than forgotten.
DOWN = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM refunds WHERE paid_by <> 'original' OR status = 'reversed')
        OR EXISTS (SELECT FROM refund_items WHERE quantity = 0 OR amount = 0)
    THEN RAISE EXCEPTION 'there are refunds that the version before cannot tell';
    END IF;
END
$$;
ALTER TABLE test_gateway_refunds DROP COLUMN status;
DROP TABLE disputes;
DROP TABLE outside_refunds;
ALTER TABLE payments DROP COLUMN check_at;
ALTER TABLE payments DROP COLUMN noted_at;
ALTER TABLE refund_items DROP COLUMN restocked_quantity;
ALTER TABLE refund_items DROP COLUMN already_back;
ALTER TABLE refund_items DROP CONSTRAINT ck_refund_items_amount_not_negative;
ALTER TABLE refund_items DROP CONSTRAINT ck_refund_items_about_something;
ALTER TABLE refund_items ADD CONSTRAINT ck_refund_items_quantity_positive CHECK (quantity > 0);
ALTER TABLE refund_items ADD CONSTRAINT ck_refund_items_amount_positive CHECK (amount > 0);
ALTER TABLE refunds DROP COLUMN paid_by;
ALTER TABLE refunds DROP COLUMN reversed_at;
ALTER TABLE refunds ALTER COLUMN user_id SET NOT NULL;
ALTER TABLE refunds DROP CONSTRAINT ck_refunds_status_known;
ALTER TABLE refunds ADD CONSTRAINT ck_refunds_status_known
    CHECK (status IN ('pending', 'succeeded', 'failed'));
ALTER TABLE refunds DROP CONSTRAINT ck_refunds_succeeded_has_a_reference;
ALTER TABLE refunds ADD CONSTRAINT ck_refunds_succeeded_has_a_reference
    CHECK (status <> 'succeeded' OR reference IS NOT NULL);
ALTER TABLE refunds ADD CONSTRAINT ck_refunds_succeeded_has_a_credit_note_number
    CHECK ((credit_note_number IS NOT NULL) = (status = 'succeeded'));
ALTER TABLE refunds DROP CONSTRAINT ck_refunds_failure_explained;
ALTER TABLE refunds ADD CONSTRAINT ck_refunds_failure_explained
    CHECK ((failure_code IS NOT NULL) = (status = 'failed'));
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(UP)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(DOWN)
