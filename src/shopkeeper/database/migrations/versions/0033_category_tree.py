"""Categories stand below each other.

Names with `>` in them, as files of other shops have brought them in, become paths:
what is before the last `>` is what the category stands below.
"""

from alembic import op

revision = "0033"
down_revision = "0032"

SCHEMA = """
UPDATE idempotency_keys SET operation = 'update_category'
    WHERE operation = 'rename_category';
DROP TRIGGER keep_category_revision ON categories;
DROP INDEX uq_categories_name;
ALTER TABLE categories
    ADD COLUMN parent_id BIGINT,
    ADD COLUMN parent_path TEXT COLLATE "pg_c_utf8",
    ADD COLUMN path TEXT COLLATE "pg_c_utf8" GENERATED ALWAYS AS (
        CASE WHEN parent_path IS NULL THEN name ELSE parent_path || ' > ' || name END
    ) STORED NOT NULL,
    ADD COLUMN position INTEGER DEFAULT 1 NOT NULL,
    ADD CONSTRAINT ck_categories_parent_whole
        CHECK ((parent_id IS NULL) = (parent_path IS NULL)),
    ADD CONSTRAINT ck_categories_levels_few
        CHECK (
            cardinality(string_to_array(path, ' > ')) <= 10 OR removed_at IS NOT NULL
        ) NOT VALID,
    ADD CONSTRAINT ck_categories_position_from_1 CHECK (position >= 1),
    ADD CONSTRAINT uq_categories_id_path UNIQUE (id, path),
    ADD CONSTRAINT fk_categories_parent_id_parent_path
        FOREIGN KEY (parent_id, parent_path) REFERENCES categories (id, path)
        DEFERRABLE INITIALLY DEFERRED;
"""
PATHS = """
DO $$
DECLARE
    shelf record;
    names text[];
    above bigint;
    above_path text;
    there bigint;
    level integer;
BEGIN
    FOR shelf IN
        SELECT * FROM categories
        WHERE removed_at IS NULL AND strpos(name, '>') > 0
        ORDER BY cardinality(string_to_array(name, '>')), id
    LOOP
        SELECT array_agg(btrim(part) ORDER BY place) INTO names
        FROM unnest(string_to_array(shelf.name, '>')) WITH ORDINALITY AS it (part, place);
        -- What is no path after all, or one that is there already, keeps its name, with
        -- a sign that looks alike.
        IF '' = ANY (names) OR cardinality(names) > 10 OR EXISTS (
            SELECT FROM categories
            WHERE removed_at IS NULL AND id <> shelf.id
                AND lower(path) = lower(array_to_string(names, ' > ') COLLATE "pg_c_utf8")
        ) THEN
            UPDATE categories SET name = replace(name, '>', chr(8250)), version = version + 1
            WHERE id = shelf.id;
            CONTINUE;
        END IF;
        above := NULL;
        above_path := NULL;
        FOR level IN 1 .. cardinality(names) - 1 LOOP
            SELECT id INTO there FROM categories
            WHERE removed_at IS NULL
                AND lower(path) = lower(
                    array_to_string(names[1:level], ' > ') COLLATE "pg_c_utf8"
                );
            IF NOT FOUND THEN
                INSERT INTO categories (name, parent_id, parent_path, created_at, updated_at)
                VALUES (names[level], above, above_path, now(), now())
                RETURNING id INTO there;
            END IF;
            SELECT id, path INTO above, above_path FROM categories WHERE id = there;
        END LOOP;
        UPDATE categories
        SET name = names[cardinality(names)], parent_id = above, parent_path = above_path,
            version = version + 1
        WHERE id = shelf.id;
    END LOOP;
    UPDATE categories SET position = placed.place
    FROM (
        SELECT id, row_number() OVER (
            PARTITION BY parent_id ORDER BY fold_text(name), lower(name)
        ) AS place
        FROM categories WHERE removed_at IS NULL
    ) AS placed
    WHERE placed.id = categories.id AND placed.place <> position;
END
$$;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE categories
    ADD CONSTRAINT ck_categories_name_is_no_path
        CHECK (strpos(name, '>') = 0 OR removed_at IS NOT NULL),
    VALIDATE CONSTRAINT ck_categories_levels_few;
CREATE UNIQUE INDEX uq_categories_path ON categories (lower(path))
    WHERE removed_at IS NULL;
CREATE INDEX ix_categories_name ON categories (lower(name)) WHERE removed_at IS NULL;
CREATE INDEX ix_categories_parent_id ON categories (parent_id, position);
"""
# What a category was called is its path: of the past, too.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION keep_category_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO category_revisions (category_id, version, valid_until, name)
    VALUES (OLD.id, OLD.version, NEW.updated_at, OLD.path);
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_category_revision AFTER UPDATE ON categories
    FOR EACH ROW WHEN (OLD.path <> NEW.path)
    EXECUTE FUNCTION keep_category_revision();

-- What was sold on a shelf was sold on those that it stands below, too.
CREATE FUNCTION category_keys(path text) RETURNS text[]
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT array_agg(array_to_string(names[1:level], ' > ') ORDER BY level)
    FROM (SELECT string_to_array(lower(path), ' > ') AS names) AS it
    CROSS JOIN generate_series(1, cardinality(names)) AS level
$$;
"""
# Closed days of sales under such names are closed again, with what they stand below.
REOPEN = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM sold_as WHERE strpos(category_name, ' > ') > 0) THEN
        TRUNCATE {rollups};
        UPDATE closing SET closed_until = NULL, edition = uuidv7();
    END IF;
END
$$;
"""
ROLLUPS = """sold_as, sales_days, sales_months, sales_ever, sales_totals,
            sales_month_totals, sales_slots"""
BACK = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM categories WHERE parent_id IS NOT NULL AND removed_at IS NULL)
    THEN
        RAISE EXCEPTION 'categories stand below others, which would stand beside them';
    END IF;
END
$$;
UPDATE idempotency_keys SET operation = 'rename_category'
    WHERE operation = 'update_category';
DROP FUNCTION category_keys;
DROP TRIGGER keep_category_revision ON categories;
ALTER TABLE categories DROP CONSTRAINT ck_categories_name_is_no_path,
    DROP COLUMN parent_id, DROP COLUMN parent_path CASCADE, DROP COLUMN position;
DROP INDEX ix_categories_name;
CREATE UNIQUE INDEX uq_categories_name ON categories (lower(name)) WHERE removed_at IS NULL;
CREATE OR REPLACE FUNCTION keep_category_revision() RETURNS trigger LANGUAGE plpgsql AS $$
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


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(SCHEMA)
    op.execute(PATHS)
    op.execute(FUNCTIONS)
    op.execute(REOPEN.format(rollups=ROLLUPS))


def downgrade() -> None:
    """Back to categories side by side; a tree would fall, and is refused."""
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(BACK)
