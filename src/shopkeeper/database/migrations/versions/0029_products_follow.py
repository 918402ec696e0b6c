"""Products follow their variants; prices of the past are those of variants."""

from alembic import op

revision = "0029"
down_revision = "0028"

TRIGGERS = """
DROP TRIGGER keep_product_revision ON products;
ALTER TABLE product_revisions DROP COLUMN price;
CREATE OR REPLACE FUNCTION keep_product_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO product_revisions (product_id, version, valid_until, name, category_id, removed_at)
    VALUES (OLD.id, OLD.version, NEW.updated_at, OLD.name, OLD.category_id, OLD.removed_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_product_revision AFTER UPDATE ON products
    FOR EACH ROW
    WHEN (OLD.name <> NEW.name OR OLD.category_id <> NEW.category_id OR OLD.removed_at IS DISTINCT FROM NEW.removed_at)
    EXECUTE FUNCTION keep_product_revision();

CREATE FUNCTION keep_variant_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO variant_revisions (variant_id, version, valid_until, price, removed_at)
    VALUES (OLD.id, OLD.version, NEW.updated_at, OLD.price, OLD.removed_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_variant_revision AFTER UPDATE ON variants
    FOR EACH ROW
    WHEN (OLD.price <> NEW.price OR OLD.removed_at IS DISTINCT FROM NEW.removed_at)
    EXECUTE FUNCTION keep_variant_revision();

-- What a product shows of its variants follows from them. Those of a removed product
-- are all removed, and it keeps what it last showed. Product by product, and by the
-- index, whatever the planner believes of tables that an import is just filling.
CREATE FUNCTION follow_variants() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
    shown record;
BEGIN
    -- Nearly always whoever writes has written this too, and then there is none.
    FOR shown IN
        SELECT touched.product_id, found.*
        FROM (SELECT DISTINCT product_id FROM changed) AS touched
        CROSS JOIN LATERAL (
            SELECT min(price) AS price,
                string_agg(sku, E'\\n' ORDER BY position) AS skus,
                count(*) AS variant_count,
                (array_agg(id ORDER BY position))[1] AS default_variant_id
            FROM variants
            WHERE variants.product_id = touched.product_id AND removed_at IS NULL
        ) AS found
        CROSS JOIN LATERAL (
            SELECT price, skus, variant_count, default_variant_id FROM products
            WHERE id = touched.product_id OFFSET 0
        ) AS known
        WHERE found.variant_count > 0 AND (
            found.price, found.skus, found.variant_count, found.default_variant_id
        ) IS DISTINCT FROM (
            known.price, known.skus, known.variant_count, known.default_variant_id
        )
        ORDER BY touched.product_id
    LOOP
        UPDATE products
        SET price = shown.price, skus = shown.skus, variant_count = shown.variant_count,
            default_variant_id = shown.default_variant_id
        WHERE id = shown.product_id;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER follow_new_variants AFTER INSERT ON variants
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION follow_variants();
CREATE TRIGGER follow_changed_variants AFTER UPDATE ON variants
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION follow_variants();
"""
BACK = """
DROP TRIGGER follow_changed_variants ON variants;
DROP TRIGGER follow_new_variants ON variants;
DROP FUNCTION follow_variants;
DROP TRIGGER keep_variant_revision ON variants;
DROP FUNCTION keep_variant_revision;
DROP TRIGGER keep_product_revision ON products;
ALTER TABLE product_revisions ADD COLUMN price NUMERIC(14, 4);
UPDATE product_revisions SET price = coalesce(
    (
        SELECT price FROM variant_revisions AS was
        WHERE was.variant_id = product_revisions.product_id
            AND was.valid_until >= product_revisions.valid_until
        ORDER BY was.valid_until LIMIT 1
    ),
    (SELECT price FROM variants WHERE id = product_revisions.product_id)
);
ALTER TABLE product_revisions ALTER COLUMN price SET NOT NULL;
CREATE OR REPLACE FUNCTION keep_product_revision() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(BACK)
