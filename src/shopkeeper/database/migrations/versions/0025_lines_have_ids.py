"""Lines of orders have ids, which refunds hang on; orders have adjustments.

A total may be zero, and an order may be of nobody who has an account.
"""

from alembic import op

revision = "0025"
down_revision = "0024"

SCHEMA = """
ALTER TABLE orders DROP CONSTRAINT ck_orders_total_positive;
ALTER TABLE orders ADD CONSTRAINT ck_orders_total_not_negative CHECK (total >= 0);
ALTER TABLE orders ALTER COLUMN user_id DROP NOT NULL;

ALTER TABLE refund_items DROP CONSTRAINT fk_refund_items_order_id_product_id;
ALTER TABLE refund_items DROP CONSTRAINT pk_refund_items;
DROP INDEX ix_refund_items_order_id_product_id;
ALTER TABLE order_items DROP CONSTRAINT pk_order_items;
ALTER TABLE order_items ADD COLUMN id BIGINT GENERATED ALWAYS AS IDENTITY;
ALTER TABLE order_items ADD CONSTRAINT pk_order_items PRIMARY KEY (order_id, id);
ALTER TABLE order_items
    ADD CONSTRAINT uq_order_items_order_id_product_id UNIQUE (order_id, product_id);

ALTER TABLE refund_items ADD COLUMN order_item_id BIGINT;
UPDATE refund_items SET order_item_id = line.id
FROM order_items AS line
WHERE line.order_id = refund_items.order_id
    AND line.product_id = refund_items.product_id;
ALTER TABLE refund_items ALTER COLUMN order_item_id SET NOT NULL;
ALTER TABLE refund_items DROP COLUMN product_id;
ALTER TABLE refund_items
    ADD CONSTRAINT pk_refund_items PRIMARY KEY (refund_id, order_item_id);
ALTER TABLE refund_items
    ADD CONSTRAINT fk_refund_items_order_id_order_item_id
        FOREIGN KEY (order_id, order_item_id)
        REFERENCES order_items (order_id, id) ON DELETE RESTRICT;
CREATE INDEX ix_refund_items_order_id_order_item_id
    ON refund_items (order_id, order_item_id);

CREATE TABLE order_adjustments (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    order_id BIGINT NOT NULL,
    order_item_id BIGINT,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    amount NUMERIC(24, 4) NOT NULL,
    CONSTRAINT pk_order_adjustments PRIMARY KEY (id),
    CONSTRAINT fk_order_adjustments_order_id
        FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
    CONSTRAINT fk_order_adjustments_order_id_order_item_id
        FOREIGN KEY (order_id, order_item_id)
        REFERENCES order_items (order_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_order_adjustments_kind_known
        CHECK (kind IN ('discount', 'surcharge', 'shipping', 'tax')),
    CONSTRAINT ck_order_adjustments_label_length
        CHECK (char_length(label) BETWEEN 1 AND 255),
    CONSTRAINT ck_order_adjustments_amount_of_its_kind
        CHECK (CASE kind WHEN 'discount' THEN amount < 0 ELSE amount > 0 END)
);
CREATE INDEX ix_order_adjustments_order_id
    ON order_adjustments (order_id, order_item_id);
"""

BACK = """
DROP TABLE order_adjustments;

ALTER TABLE refund_items DROP CONSTRAINT fk_refund_items_order_id_order_item_id;
DROP INDEX ix_refund_items_order_id_order_item_id;
ALTER TABLE refund_items DROP CONSTRAINT pk_refund_items;
ALTER TABLE refund_items ADD COLUMN product_id BIGINT;
UPDATE refund_items SET product_id = line.product_id
FROM order_items AS line
WHERE line.order_id = refund_items.order_id AND line.id = refund_items.order_item_id;
ALTER TABLE refund_items ALTER COLUMN product_id SET NOT NULL;
ALTER TABLE refund_items DROP COLUMN order_item_id;
ALTER TABLE refund_items
    ADD CONSTRAINT pk_refund_items PRIMARY KEY (refund_id, product_id);

ALTER TABLE order_items DROP CONSTRAINT uq_order_items_order_id_product_id;
ALTER TABLE order_items DROP CONSTRAINT pk_order_items;
ALTER TABLE order_items DROP COLUMN id;
ALTER TABLE order_items
    ADD CONSTRAINT pk_order_items PRIMARY KEY (order_id, product_id);
ALTER TABLE refund_items
    ADD CONSTRAINT fk_refund_items_order_id_product_id
        FOREIGN KEY (order_id, product_id)
        REFERENCES order_items (order_id, product_id) ON DELETE RESTRICT;
CREATE INDEX ix_refund_items_order_id_product_id
    ON refund_items (order_id, product_id);

ALTER TABLE orders ALTER COLUMN user_id SET NOT NULL;
ALTER TABLE orders DROP CONSTRAINT ck_orders_total_not_negative;
ALTER TABLE orders ADD CONSTRAINT ck_orders_total_positive CHECK (total > 0);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute(BACK)
