"""Numbers of invoices and credit notes, from counters without a gap.

What was sold or given back before keeps the number that followed its id.
"""

from alembic import op

revision = "0015"
down_revision = "0014"

CREATE = """
CREATE TABLE number_series (
    name TEXT NOT NULL,
    last_number BIGINT NOT NULL,
    CONSTRAINT pk_number_series PRIMARY KEY (name),
    CONSTRAINT ck_number_series_last_number_from_1 CHECK (last_number >= 1),
    CONSTRAINT ck_number_series_name_length CHECK (char_length(name) BETWEEN 1 AND 30)
);

ALTER TABLE orders ADD COLUMN invoice_number TEXT;
ALTER TABLE refunds ADD COLUMN credit_note_number TEXT;

UPDATE orders
SET invoice_number = 'INV-' || lpad(id::text, greatest(8, length(id::text)), '0')
WHERE executed_at IS NOT NULL;

UPDATE refunds
SET credit_note_number = 'CRN-' || lpad(id::text, greatest(8, length(id::text)), '0')
WHERE status = 'succeeded';

ALTER TABLE orders ADD CONSTRAINT ck_orders_executed_has_an_invoice_number
    CHECK ((invoice_number IS NOT NULL) = (executed_at IS NOT NULL));
ALTER TABLE refunds ADD CONSTRAINT ck_refunds_succeeded_has_a_credit_note_number
    CHECK ((credit_note_number IS NOT NULL) = (status = 'succeeded'));

CREATE UNIQUE INDEX uq_orders_invoice_number ON orders (invoice_number) WHERE invoice_number IS NOT NULL;
CREATE UNIQUE INDEX uq_refunds_credit_note_number ON refunds (credit_note_number) WHERE credit_note_number IS NOT NULL;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(CREATE)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("ALTER TABLE orders DROP COLUMN invoice_number")
    op.execute("ALTER TABLE refunds DROP COLUMN credit_note_number")
    op.execute("DROP TABLE number_series")
