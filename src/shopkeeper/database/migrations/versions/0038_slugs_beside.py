"""Products get slugs, tax classes and measures: columns first, and what fills them."""

from alembic import op

revision = "0038"
down_revision = "0037"

# Nothing is rewritten: columns that are null are there at once.
SCHEMA = """
ALTER TABLE products
    ADD COLUMN slug TEXT COLLATE "pg_c_utf8",
    ADD COLUMN tax_class TEXT COLLATE "pg_c_utf8",
    ADD CONSTRAINT ck_products_slug_form CHECK (
        char_length(slug) BETWEEN 1 AND 255 AND slug = lower(slug)
        AND slug !~ '(^-|-$|--|[^[:alnum:]-])'
    ) NOT VALID,
    ADD CONSTRAINT ck_products_tax_class_length
        CHECK (char_length(tax_class) BETWEEN 1 AND 64) NOT VALID;
ALTER TABLE variants
    ADD COLUMN length_mm INTEGER,
    ADD COLUMN width_mm INTEGER,
    ADD COLUMN height_mm INTEGER,
    ADD CONSTRAINT ck_variants_measures_positive
        CHECK (length_mm > 0 AND width_mm > 0 AND height_mm > 0) NOT VALID;

CREATE TABLE former_slugs (
    slug TEXT COLLATE "pg_c_utf8" NOT NULL,
    product_id BIGINT NOT NULL,
    CONSTRAINT pk_former_slugs PRIMARY KEY (slug),
    CONSTRAINT fk_former_slugs_product_id FOREIGN KEY (product_id)
        REFERENCES products (id) ON DELETE RESTRICT
);
CREATE INDEX ix_former_slugs_product_id ON former_slugs (product_id);
"""
# A name as it can stand in an address, in letters of any script.
FUNCTIONS = r"""
CREATE FUNCTION slug_of(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(nullif(btrim(left(regexp_replace(
    fold_text(name) COLLATE pg_c_utf8, '[^[:alnum:]]+', '-', 'g'
), 255), '-'), ''), 'product');

-- What somebody says is made a slug, and is theirs; else it follows from the name: the
-- first of a few that no other product has, or one that bears the product's number.
CREATE FUNCTION give_slug() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted text := btrim(left(slug_of(NEW.name), 230), '-');
    number bigint := 1;
BEGIN
    IF NEW.slug IS NOT NULL THEN
        NEW.slug := slug_of(NEW.slug);
        DELETE FROM former_slugs WHERE slug = NEW.slug;
        RETURN NEW;
    END IF;
    NEW.slug := wanted;
    WHILE EXISTS (
            SELECT FROM products WHERE slug = NEW.slug AND removed_at IS NULL
        ) OR EXISTS (SELECT FROM former_slugs WHERE slug = NEW.slug)
    LOOP
        number := CASE WHEN number < 9 THEN number + 1 ELSE greatest(NEW.id, number + 1) END;
        NEW.slug := wanted || '-' || number;
    END LOOP;
    RETURN NEW;
END
$$;
-- An old one leads to the new, until another product takes it.
CREATE FUNCTION keep_former_slug() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO former_slugs (slug, product_id)
    SELECT OLD.slug, NEW.id
    WHERE NOT EXISTS (
        SELECT FROM products WHERE slug = OLD.slug AND removed_at IS NULL
    )
    ON CONFLICT (slug) DO UPDATE SET product_id = EXCLUDED.product_id;
    RETURN NULL;
END
$$;
"""
TRIGGERS = """
CREATE TRIGGER give_slug BEFORE INSERT OR UPDATE OF slug ON products
    FOR EACH ROW EXECUTE FUNCTION give_slug();
CREATE TRIGGER keep_former_slug AFTER UPDATE OF slug ON products
    FOR EACH ROW WHEN (OLD.slug <> NEW.slug) EXECUTE FUNCTION keep_former_slug();
"""
BACK = """
DROP TRIGGER keep_former_slug ON products;
DROP TRIGGER give_slug ON products;
DROP FUNCTION keep_former_slug;
DROP FUNCTION give_slug;
DROP FUNCTION slug_of;
DROP TABLE former_slugs;
ALTER TABLE products DROP COLUMN slug, DROP COLUMN tax_class;
ALTER TABLE variants DROP COLUMN length_mm, DROP COLUMN width_mm, DROP COLUMN height_mm;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(SCHEMA)
    op.execute(FUNCTIONS)
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(BACK)
