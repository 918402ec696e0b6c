"""A product stands in one category, and may be found in others too."""

from alembic import op

revision = "0041"
down_revision = "0040"

SCHEMA = """
ALTER TABLE products
    ADD COLUMN further_category_ids BIGINT[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT ck_products_further_categories_few
        CHECK (cardinality(further_category_ids) <= 50) NOT VALID;
ALTER TABLE products VALIDATE CONSTRAINT ck_products_further_categories_few;
CREATE INDEX ix_products_further_category_ids ON products
    USING gin (further_category_ids)
    WHERE removed_at IS NULL AND further_category_ids <> '{}';

-- Each once, in the order of their ids, none that is not, nor the one it stands in.
CREATE FUNCTION hold_to_categories() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint[];
BEGIN
    wanted := ARRAY(
        SELECT DISTINCT id FROM unnest(NEW.further_category_ids) AS further (id)
        WHERE id IS DISTINCT FROM NEW.category_id ORDER BY id
    );
    NEW.further_category_ids := ARRAY(
        SELECT id FROM categories WHERE id = ANY (wanted) ORDER BY id
    );
    IF cardinality(wanted) > cardinality(NEW.further_category_ids) THEN
        RAISE EXCEPTION 'product % is to be found in a category that is none', NEW.id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'products',
            CONSTRAINT = 'fk_products_further_category_ids';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER hold_to_categories
    BEFORE INSERT OR UPDATE OF further_category_ids, category_id ON products
    FOR EACH ROW WHEN (NEW.further_category_ids <> '{}')
    EXECUTE FUNCTION hold_to_categories();
"""
BACK = """
DROP TRIGGER hold_to_categories ON products;
DROP FUNCTION hold_to_categories;
ALTER TABLE products DROP COLUMN further_category_ids;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(BACK)
