"""Orders, their lines, payments and refunds."""

from alembic import op

revision = "0003"
down_revision = "0002"

SCHEMA = """
CREATE TABLE orders (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    user_id BIGINT NOT NULL,
    status TEXT NOT NULL,
    location TEXT NOT NULL,
    country_code TEXT NOT NULL,
    total NUMERIC(24, 4) NOT NULL,
    refunded_total NUMERIC(24, 4) DEFAULT 0 NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    executed_at TIMESTAMP WITH TIME ZONE,
    cancelled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_orders PRIMARY KEY (id),
    CONSTRAINT ck_orders_status_known CHECK (status IN ('pending', 'processing', 'executed', 'partially_refunded', 'refunded', 'cancelled')),
    CONSTRAINT ck_orders_country_is_alpha_2 CHECK (country_code ~ '^[A-Z]{2}$'),
    CONSTRAINT ck_orders_total_positive CHECK (total > 0),
    CONSTRAINT ck_orders_refunded_within_total CHECK (refunded_total BETWEEN 0 AND total),
    CONSTRAINT ck_orders_executed_has_a_time CHECK ((executed_at IS NOT NULL) = (status IN ('executed', 'partially_refunded', 'refunded'))),
    CONSTRAINT ck_orders_cancelled_has_a_time CHECK ((cancelled_at IS NOT NULL) = (status = 'cancelled')),
    CONSTRAINT ck_orders_refunded_has_the_status CHECK (refunded_total = 0 OR status IN ('partially_refunded', 'refunded')),
    CONSTRAINT ck_orders_version_from_1 CHECK (version >= 1),
    CONSTRAINT fk_orders_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE RESTRICT
);

CREATE INDEX ix_orders_created_at ON orders (created_at, id);

CREATE INDEX ix_orders_executed_at ON orders (executed_at) WHERE executed_at IS NOT NULL;

CREATE INDEX ix_orders_status_created_at ON orders (status, created_at, id);

CREATE INDEX ix_orders_user_created_at ON orders (user_id, created_at, id);

CREATE INDEX ix_orders_user_status_created_at ON orders (user_id, status, created_at, id);

CREATE TABLE order_items (
    order_id BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    position INTEGER NOT NULL,
    product_name TEXT NOT NULL,
    category_id BIGINT,
    category_name TEXT,
    quantity INTEGER NOT NULL,
    unit_price NUMERIC(14, 4) NOT NULL,
    unit_cost NUMERIC(14, 4),
    line_total NUMERIC(24, 4) GENERATED ALWAYS AS (quantity * unit_price) STORED NOT NULL,
    refunded_quantity INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_order_items PRIMARY KEY (order_id, product_id),
    CONSTRAINT ck_order_items_quantity_in_bounds CHECK (quantity BETWEEN 1 AND 1000000),
    CONSTRAINT ck_order_items_unit_price_positive CHECK (unit_price > 0),
    CONSTRAINT ck_order_items_unit_cost_not_negative CHECK (unit_cost >= 0),
    CONSTRAINT ck_order_items_refunded_within_sold CHECK (refunded_quantity BETWEEN 0 AND quantity),
    CONSTRAINT ck_order_items_category_whole CHECK ((category_id IS NULL) = (category_name IS NULL)),
    CONSTRAINT fk_order_items_order_id FOREIGN KEY(order_id) REFERENCES orders (id) ON DELETE CASCADE,
    CONSTRAINT fk_order_items_product_id FOREIGN KEY(product_id) REFERENCES products (id) ON DELETE RESTRICT,
    CONSTRAINT fk_order_items_category_id FOREIGN KEY(category_id) REFERENCES categories (id) ON DELETE RESTRICT
);

CREATE INDEX ix_order_items_category_id ON order_items (category_id) WHERE category_id IS NOT NULL;

CREATE INDEX ix_order_items_product_id ON order_items (product_id);

CREATE TABLE payments (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    order_id BIGINT NOT NULL,
    method TEXT NOT NULL,
    reference TEXT NOT NULL,
    status TEXT NOT NULL,
    amount NUMERIC(24, 4) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payments PRIMARY KEY (id),
    CONSTRAINT ck_payments_method_known CHECK (method IN ('invoice')),
    CONSTRAINT ck_payments_status_known CHECK (status IN ('captured')),
    CONSTRAINT ck_payments_amount_positive CHECK (amount > 0),
    CONSTRAINT fk_payments_order_id FOREIGN KEY(order_id) REFERENCES orders (id) ON DELETE RESTRICT
);

CREATE UNIQUE INDEX uq_payments_order_id ON payments (order_id);

CREATE UNIQUE INDEX uq_payments_reference ON payments (method, reference);

CREATE TABLE refunds (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    order_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    amount NUMERIC(24, 4) NOT NULL,
    restocked BOOLEAN NOT NULL,
    reason TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_refunds PRIMARY KEY (id),
    CONSTRAINT ck_refunds_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_refunds_reason_length CHECK (char_length(reason) BETWEEN 1 AND 500),
    CONSTRAINT uq_refunds_id_order_id UNIQUE (id, order_id),
    CONSTRAINT fk_refunds_order_id FOREIGN KEY(order_id) REFERENCES orders (id) ON DELETE RESTRICT,
    CONSTRAINT fk_refunds_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE RESTRICT
);

CREATE INDEX ix_refunds_created_at ON refunds (created_at);

CREATE INDEX ix_refunds_order_id ON refunds (order_id);

CREATE INDEX ix_refunds_user_id ON refunds (user_id);

CREATE TABLE refund_items (
    refund_id BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    quantity INTEGER NOT NULL,
    amount NUMERIC(24, 4) NOT NULL,
    restocked_cost NUMERIC(24, 4) NOT NULL,
    CONSTRAINT pk_refund_items PRIMARY KEY (refund_id, product_id),
    CONSTRAINT fk_refund_items_refund_id_order_id FOREIGN KEY(refund_id, order_id) REFERENCES refunds (id, order_id) ON DELETE RESTRICT,
    CONSTRAINT fk_refund_items_order_id_product_id FOREIGN KEY(order_id, product_id) REFERENCES order_items (order_id, product_id) ON DELETE RESTRICT,
    CONSTRAINT ck_refund_items_quantity_positive CHECK (quantity > 0),
    CONSTRAINT ck_refund_items_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_refund_items_restocked_cost_not_negative CHECK (restocked_cost >= 0)
);

CREATE INDEX ix_refund_items_order_id_product_id ON refund_items (order_id, product_id);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("DROP TABLE refund_items")
    op.execute("DROP TABLE refunds")
    op.execute("DROP TABLE payments")
    op.execute("DROP TABLE order_items")
    op.execute("DROP TABLE orders")
