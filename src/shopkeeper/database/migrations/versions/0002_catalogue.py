"""The shop, its categories and its products."""

from alembic import op

revision = "0002"
down_revision = "0001"

SCHEMA = """
CREATE FUNCTION fold_text(raw text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(
        regexp_replace(normalize(raw, NFKD), '[\\u0300-\\u036f]', '', 'g')
        COLLATE pg_c_utf8
    );

CREATE FUNCTION search_text(name text, sku text, description text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN fold_text(
        name || ' ' || coalesce(sku, '') || ' ' || coalesce(description, '')
    );

CREATE FUNCTION search_fragments(folded text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    BEGIN ATOMIC
        SELECT coalesce(array_agg(DISTINCT fragment), '{}')
        FROM (
            SELECT letter || lead(letter) OVER following,
                   letter || lead(letter) OVER following
                          || lead(letter, 2) OVER following
            FROM unnest(string_to_array(folded, NULL))
                 WITH ORDINALITY AS letters (letter, place)
            WINDOW following AS (ORDER BY place)
        ) AS pieces (two, three)
        CROSS JOIN LATERAL (VALUES (two), (three)) AS fragments (fragment)
        WHERE fragment IS NOT NULL;
    END;

CREATE TABLE shop (
    single BOOLEAN DEFAULT true NOT NULL,
    currency TEXT NOT NULL,
    CONSTRAINT pk_shop PRIMARY KEY (single),
    CONSTRAINT ck_shop_single CHECK (single),
    CONSTRAINT ck_shop_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE TABLE categories (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT COLLATE pg_c_utf8 NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_categories PRIMARY KEY (id),
    CONSTRAINT ck_categories_name_length CHECK (char_length(name) BETWEEN 1 AND 120),
    CONSTRAINT ck_categories_name_trimmed CHECK (name = btrim(name)),
    CONSTRAINT ck_categories_version_from_1 CHECK (version >= 1)
);

CREATE UNIQUE INDEX uq_categories_name ON categories (lower(name)) WHERE removed_at IS NULL;

CREATE TABLE products (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    sku TEXT COLLATE pg_c_utf8,
    name TEXT COLLATE pg_c_utf8 NOT NULL,
    description TEXT,
    category_id BIGINT NOT NULL,
    quantity INTEGER NOT NULL,
    price NUMERIC(14, 4) NOT NULL,
    cost NUMERIC(14, 4),
    version INTEGER DEFAULT 1 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_products PRIMARY KEY (id),
    CONSTRAINT ck_products_name_length CHECK (char_length(name) BETWEEN 1 AND 120),
    CONSTRAINT ck_products_name_trimmed CHECK (name = btrim(name)),
    CONSTRAINT ck_products_sku_length CHECK (char_length(sku) BETWEEN 1 AND 64),
    CONSTRAINT ck_products_description_length CHECK (char_length(description) <= 5000),
    CONSTRAINT ck_products_quantity_not_negative CHECK (quantity >= 0),
    CONSTRAINT ck_products_price_positive CHECK (price > 0),
    CONSTRAINT ck_products_cost_not_negative CHECK (cost >= 0),
    CONSTRAINT ck_products_version_from_1 CHECK (version >= 1),
    CONSTRAINT fk_products_category_id FOREIGN KEY(category_id) REFERENCES categories (id) ON DELETE RESTRICT
);

CREATE INDEX ix_products_category_created_at ON products (category_id, created_at, id) WHERE removed_at IS NULL;

CREATE INDEX ix_products_category_name ON products (category_id, lower(name)) WHERE removed_at IS NULL;

CREATE INDEX ix_products_category_price ON products (category_id, price, id) WHERE removed_at IS NULL;

CREATE INDEX ix_products_created_at ON products (created_at, id) WHERE removed_at IS NULL;

CREATE INDEX ix_products_price ON products (price, id) WHERE removed_at IS NULL;

CREATE INDEX ix_products_search ON products USING gin (search_fragments(search_text(name, sku, description))) WHERE removed_at IS NULL;

CREATE UNIQUE INDEX uq_products_name ON products (lower(name)) WHERE removed_at IS NULL;

CREATE UNIQUE INDEX uq_products_sku ON products (lower(sku)) WHERE removed_at IS NULL;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("DROP TABLE products")
    op.execute("DROP TABLE categories")
    op.execute("DROP TABLE shop")
    op.execute("DROP FUNCTION search_fragments, search_text, fold_text")
