"""Closed days: sales rolled up, and what the catalogue was before it changed."""

from alembic import op

revision = "0010"
down_revision = "0009"

MEASURES = """
    lines BIGINT NOT NULL,
    units BIGINT NOT NULL,
    revenue NUMERIC(32, 4) NOT NULL,
    cost NUMERIC(38, 10) NOT NULL,
    refunded_units BIGINT NOT NULL,
    refunded_revenue NUMERIC(32, 4) NOT NULL,
    restocked_cost NUMERIC(38, 10) NOT NULL,
"""

SCHEMA = """
CREATE TABLE closing (
    id BIGINT NOT NULL,
    closed_until DATE,
    edition UUID DEFAULT uuidv7() NOT NULL,
    CONSTRAINT pk_closing PRIMARY KEY (id),
    CONSTRAINT ck_closing_one_row CHECK (id = 1)
);

INSERT INTO closing (id) VALUES (1);

CREATE TABLE sold_as (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    product_id BIGINT NOT NULL,
    product_name TEXT COLLATE "pg_c_utf8" NOT NULL,
    category_id BIGINT NOT NULL,
    category_name TEXT COLLATE "pg_c_utf8" NOT NULL,
    CONSTRAINT pk_sold_as PRIMARY KEY (id)
);

CREATE UNIQUE INDEX uq_sold_as_all ON sold_as (product_id, category_id, product_name, category_name);

CREATE INDEX ix_sold_as_category_name ON sold_as (lower(category_name));

CREATE TABLE sales_days (
    day DATE NOT NULL,
    sold_as_id INTEGER NOT NULL,
    country_code TEXT NOT NULL,
{measures}
    CONSTRAINT pk_sales_days PRIMARY KEY (day, sold_as_id, country_code)
);

CREATE INDEX ix_sales_days_sold_as_id ON sales_days (sold_as_id, day);

CREATE TABLE sales_months (
    month DATE NOT NULL,
    sold_as_id INTEGER NOT NULL,
    product_id BIGINT NOT NULL,
{measures}
    CONSTRAINT pk_sales_months PRIMARY KEY (month, sold_as_id)
);

CREATE TABLE sales_ever (
    sold_as_id INTEGER NOT NULL,
    product_id BIGINT NOT NULL,
{measures}
    CONSTRAINT pk_sales_ever PRIMARY KEY (sold_as_id)
);

CREATE TABLE sales_totals (
    category_key TEXT COLLATE "pg_c_utf8" NOT NULL,
    day DATE NOT NULL,
    country_code TEXT NOT NULL,
    orders BIGINT NOT NULL,
{measures}
    CONSTRAINT pk_sales_totals PRIMARY KEY (category_key, day, country_code)
);

CREATE TABLE sales_month_totals (
    category_key TEXT COLLATE "pg_c_utf8" NOT NULL,
    month DATE NOT NULL,
    country_code TEXT NOT NULL,
    orders BIGINT NOT NULL,
{measures}
    CONSTRAINT pk_sales_month_totals PRIMARY KEY (category_key, month, country_code)
);

CREATE TABLE sales_slots (
    slot TIMESTAMP WITH TIME ZONE NOT NULL,
    orders BIGINT NOT NULL,
{measures}
    CONSTRAINT pk_sales_slots PRIMARY KEY (slot)
);

CREATE TABLE product_revisions (
    product_id BIGINT NOT NULL,
    version INTEGER NOT NULL,
    valid_until TIMESTAMP WITH TIME ZONE NOT NULL,
    name TEXT COLLATE "pg_c_utf8" NOT NULL,
    category_id BIGINT NOT NULL,
    price NUMERIC(14, 4) NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_product_revisions PRIMARY KEY (product_id, version),
    CONSTRAINT fk_product_revisions_product_id FOREIGN KEY(product_id) REFERENCES products (id) ON DELETE RESTRICT
);

CREATE INDEX ix_product_revisions_valid_until ON product_revisions (valid_until);

CREATE TABLE category_revisions (
    category_id BIGINT NOT NULL,
    version INTEGER NOT NULL,
    valid_until TIMESTAMP WITH TIME ZONE NOT NULL,
    name TEXT COLLATE "pg_c_utf8" NOT NULL,
    CONSTRAINT pk_category_revisions PRIMARY KEY (category_id, version),
    CONSTRAINT fk_category_revisions_category_id FOREIGN KEY(category_id) REFERENCES categories (id) ON DELETE RESTRICT
);

CREATE INDEX ix_category_revisions_valid_until ON category_revisions (valid_until);

CREATE INDEX ix_stock_movements_created_at ON stock_movements USING brin (created_at);

CREATE FUNCTION keep_product_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO product_revisions (product_id, version, valid_until, name, category_id, price, removed_at)
    VALUES (OLD.id, OLD.version, NEW.updated_at, OLD.name, OLD.category_id, OLD.price, OLD.removed_at);
    RETURN NULL;
END
$$;

CREATE TRIGGER keep_product_revision AFTER UPDATE ON products
    FOR EACH ROW
    WHEN (OLD.name <> NEW.name OR OLD.category_id <> NEW.category_id OR OLD.price <> NEW.price OR OLD.removed_at IS DISTINCT FROM NEW.removed_at)
    EXECUTE FUNCTION keep_product_revision();

CREATE FUNCTION keep_category_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO category_revisions (category_id, version, valid_until, name)
    VALUES (OLD.id, OLD.version, NEW.updated_at, OLD.name);
    RETURN NULL;
END
$$;

CREATE TRIGGER keep_category_revision AFTER UPDATE ON categories
    FOR EACH ROW WHEN (OLD.name <> NEW.name)
    EXECUTE FUNCTION keep_category_revision();
"""

BACK = """
DROP TRIGGER keep_category_revision ON categories;
DROP TRIGGER keep_product_revision ON products;
DROP FUNCTION keep_category_revision;
DROP FUNCTION keep_product_revision;
DROP INDEX ix_stock_movements_created_at;
DROP TABLE category_revisions, product_revisions;
DROP TABLE sales_slots, sales_month_totals, sales_totals, sales_ever, sales_months, sales_days, sold_as, closing;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(SCHEMA.replace("{measures}", MEASURES.strip("\n")))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(BACK)
