"""Variants and locations, beside what is there: nothing that is read is locked long.

Every product has one variant, which has its id. The next two migrations fill what is
added here, and let stock, its ledger and the lines of orders go by it.
"""

from alembic import op

revision = "0026"
down_revision = "0025"

SCHEMA = """
CREATE TABLE locations (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code TEXT NOT NULL,
    name TEXT COLLATE "pg_c_utf8" NOT NULL,
    CONSTRAINT pk_locations PRIMARY KEY (id),
    CONSTRAINT uq_locations_code UNIQUE (code),
    CONSTRAINT ck_locations_code_readable CHECK (code ~ '^[a-z0-9-]{1,32}$'),
    CONSTRAINT ck_locations_name_length CHECK (char_length(name) BETWEEN 1 AND 120)
);
INSERT INTO locations (code, name) VALUES ('main', 'Main');

CREATE TABLE variants (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    product_id BIGINT NOT NULL,
    position INTEGER NOT NULL,
    sku TEXT COLLATE "pg_c_utf8",
    price NUMERIC(14, 4) NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_variants PRIMARY KEY (id),
    CONSTRAINT uq_variants_product_id_id UNIQUE (product_id, id),
    CONSTRAINT ck_variants_sku_length CHECK (char_length(sku) BETWEEN 1 AND 64),
    CONSTRAINT ck_variants_price_positive CHECK (price > 0),
    CONSTRAINT ck_variants_position_from_1 CHECK (position >= 1),
    CONSTRAINT ck_variants_version_from_1 CHECK (version >= 1)
);
CREATE TABLE variant_revisions (
    variant_id BIGINT NOT NULL,
    version INTEGER NOT NULL,
    valid_until TIMESTAMP WITH TIME ZONE NOT NULL,
    price NUMERIC(14, 4) NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_variant_revisions PRIMARY KEY (variant_id, version)
);
"""
ADDED = """
ALTER TABLE stock ADD COLUMN location_id BIGINT DEFAULT 1 NOT NULL;
ALTER TABLE stock_movements ADD COLUMN location_id BIGINT DEFAULT 1 NOT NULL;
ALTER TABLE order_items ADD COLUMN variant_id BIGINT;
ALTER TABLE products
    ADD COLUMN variant_count INTEGER DEFAULT 1 NOT NULL,
    ADD COLUMN default_variant_id BIGINT,
    ADD CONSTRAINT ck_products_has_a_variant CHECK (variant_count >= 1) NOT VALID;
"""
BACK = """
ALTER TABLE products DROP COLUMN variant_count, DROP COLUMN default_variant_id;
ALTER TABLE order_items DROP COLUMN variant_id;
ALTER TABLE stock_movements DROP COLUMN location_id;
ALTER TABLE stock DROP COLUMN location_id;
DROP TABLE variant_revisions;
DROP TABLE variants;
DROP TABLE locations;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(SCHEMA)
    op.execute(ADDED)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(BACK)
