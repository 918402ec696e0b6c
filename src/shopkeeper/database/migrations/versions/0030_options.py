"""Options of products, and what each variant is of them; lines keep it as sold."""

from alembic import op

revision = "0030"
down_revision = "0029"

SCHEMA = """
CREATE TABLE product_options (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    product_id BIGINT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT COLLATE "pg_c_utf8" NOT NULL,
    CONSTRAINT pk_product_options PRIMARY KEY (id),
    CONSTRAINT uq_product_options_product_id_position UNIQUE (product_id, position),
    CONSTRAINT ck_product_options_few CHECK (position BETWEEN 1 AND 5),
    CONSTRAINT ck_product_options_name_length CHECK (char_length(name) BETWEEN 1 AND 64),
    CONSTRAINT fk_product_options_product_id
        FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX uq_product_options_name ON product_options (product_id, lower(name));

CREATE TABLE option_values (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    option_id BIGINT NOT NULL,
    position INTEGER NOT NULL,
    value TEXT COLLATE "pg_c_utf8" NOT NULL,
    CONSTRAINT pk_option_values PRIMARY KEY (id),
    CONSTRAINT uq_option_values_option_id_position UNIQUE (option_id, position),
    CONSTRAINT ck_option_values_position_from_1 CHECK (position >= 1),
    CONSTRAINT ck_option_values_value_length CHECK (char_length(value) BETWEEN 1 AND 255),
    CONSTRAINT fk_option_values_option_id
        FOREIGN KEY (option_id) REFERENCES product_options (id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX uq_option_values_value ON option_values (option_id, lower(value));

ALTER TABLE variants
    ADD COLUMN compare_at_price NUMERIC(14, 4),
    ADD COLUMN barcode TEXT,
    ADD COLUMN weight_grams NUMERIC(12, 3),
    ADD COLUMN value_ids BIGINT[] DEFAULT '{}' NOT NULL,
    ADD CONSTRAINT ck_variants_compare_at_price_positive CHECK (compare_at_price > 0),
    ADD CONSTRAINT ck_variants_barcode_is_a_gtin
        CHECK (barcode ~ '^([0-9]{8}|[0-9]{12,14})$'),
    ADD CONSTRAINT ck_variants_weight_not_negative CHECK (weight_grams >= 0);
CREATE UNIQUE INDEX uq_variants_value_ids ON variants (product_id, value_ids)
    WHERE removed_at IS NULL;

ALTER TABLE products ADD COLUMN option_count INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE order_items ADD COLUMN sku TEXT, ADD COLUMN options JSON;
"""
TRIGGERS = """
CREATE FUNCTION count_options() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE products SET option_count = counted.options
    FROM (
        SELECT product_id, count(*) AS options FROM product_options
        WHERE product_id IN (SELECT product_id FROM changed)
        GROUP BY product_id
    ) AS counted
    WHERE products.id = counted.product_id
        AND products.option_count <> counted.options;
    RETURN NULL;
END
$$;
CREATE TRIGGER count_options AFTER INSERT ON product_options
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_options();

-- A variant on sale has a value of each option of its product, in their order.
CREATE FUNCTION hold_to_options() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
    variant record;
    options integer;
BEGIN
    FOR variant IN
        SELECT id, product_id, value_ids FROM changed WHERE removed_at IS NULL
    LOOP
        SELECT option_count INTO options FROM products WHERE id = variant.product_id;
        CONTINUE WHEN options = 0 AND variant.value_ids = '{}';
        IF variant.value_ids IS DISTINCT FROM ARRAY(
            SELECT option_values.id
            FROM product_options
            LEFT JOIN option_values ON option_values.option_id = product_options.id
                AND option_values.id = ANY (variant.value_ids)
            WHERE product_options.product_id = variant.product_id
            ORDER BY product_options.position, option_values.id
        ) THEN
            RAISE EXCEPTION 'variant % is not a value of each option of its product', variant.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_variants_of_options';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER hold_new_to_options AFTER INSERT ON variants
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION hold_to_options();
CREATE TRIGGER hold_changed_to_options AFTER UPDATE ON variants
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION hold_to_options();

-- An option that comes later finds its product's variants to be something of it.
CREATE FUNCTION hold_variants_to_option() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM variants
        WHERE product_id = NEW.product_id AND removed_at IS NULL
            AND cardinality(value_ids) <> (
                SELECT count(*) FROM product_options WHERE product_id = NEW.product_id
            )
    ) THEN
        RAISE EXCEPTION 'option % is not one of all variants of its product', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_variants_of_options';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER hold_variants_to_option AFTER INSERT ON product_options
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION hold_variants_to_option();
"""
BACK = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM product_options) THEN
        RAISE EXCEPTION 'there are products with options: there is no way back';
    END IF;
END
$$;
DROP TRIGGER hold_changed_to_options ON variants;
DROP TRIGGER hold_new_to_options ON variants;
DROP FUNCTION hold_to_options;
ALTER TABLE order_items DROP COLUMN sku, DROP COLUMN options;
ALTER TABLE products DROP COLUMN option_count;
ALTER TABLE variants DROP COLUMN compare_at_price, DROP COLUMN barcode,
    DROP COLUMN weight_grams, DROP COLUMN value_ids;
DROP TABLE option_values, product_options;
DROP FUNCTION hold_variants_to_option, count_options;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(SCHEMA)
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(BACK)
