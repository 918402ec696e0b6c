"""Imports of products, and the queue of jobs that runs them."""

import psycopg
from alembic import op
from procrastinate.schema import SchemaManager

revision = "0005"
down_revision = "0004"

SCHEMA = """
CREATE TABLE imports (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    user_id BIGINT,
    status TEXT NOT NULL,
    attempt INTEGER DEFAULT 0 NOT NULL,
    filename TEXT NOT NULL,
    size BIGINT NOT NULL,
    options JSONB NOT NULL,
    header TEXT[],
    columns JSONB,
    total_rows INTEGER,
    rows_read INTEGER DEFAULT 0 NOT NULL,
    rows_written INTEGER DEFAULT 0 NOT NULL,
    created INTEGER DEFAULT 0 NOT NULL,
    updated INTEGER DEFAULT 0 NOT NULL,
    unchanged INTEGER DEFAULT 0 NOT NULL,
    rejected INTEGER DEFAULT 0 NOT NULL,
    categories_created TEXT[] DEFAULT '{}' NOT NULL,
    failure JSONB,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_imports PRIMARY KEY (id),
    CONSTRAINT ck_imports_status_known CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    CONSTRAINT ck_imports_ended_has_a_time CHECK ((finished_at IS NOT NULL) = (status IN ('succeeded', 'failed', 'cancelled'))),
    CONSTRAINT ck_imports_running_has_a_time CHECK (status <> 'running' OR started_at IS NOT NULL),
    CONSTRAINT ck_imports_size_not_negative CHECK (size >= 0),
    CONSTRAINT ck_imports_rows_not_negative CHECK (rows_read >= 0 AND rows_written >= 0 AND total_rows >= 0),
    CONSTRAINT ck_imports_counts_not_negative CHECK (created >= 0 AND updated >= 0 AND unchanged >= 0 AND rejected >= 0),
    CONSTRAINT fk_imports_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE RESTRICT
);

CREATE INDEX ix_imports_created_at ON imports (created_at, id);

CREATE TABLE import_parts (
    import_id BIGINT NOT NULL,
    part INTEGER NOT NULL,
    data BYTEA NOT NULL,
    CONSTRAINT pk_import_parts PRIMARY KEY (import_id, part),
    CONSTRAINT fk_import_parts_import_id FOREIGN KEY(import_id) REFERENCES imports (id) ON DELETE CASCADE
);

-- Compressing a file that is read once costs more than it saves.
ALTER TABLE import_parts ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE import_errors (
    import_id BIGINT NOT NULL,
    row INTEGER NOT NULL,
    place INTEGER NOT NULL,
    "column" TEXT,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    value TEXT,
    CONSTRAINT pk_import_errors PRIMARY KEY (import_id, row, place),
    CONSTRAINT fk_import_errors_import_id FOREIGN KEY(import_id) REFERENCES imports (id) ON DELETE CASCADE
);

CREATE TABLE import_rejected_rows (
    import_id BIGINT NOT NULL,
    row INTEGER NOT NULL,
    cells TEXT[] NOT NULL,
    CONSTRAINT pk_import_rejected_rows PRIMARY KEY (import_id, row),
    CONSTRAINT fk_import_rejected_rows_import_id FOREIGN KEY(import_id) REFERENCES imports (id) ON DELETE CASCADE
);

ALTER TABLE idempotency_keys ADD COLUMN settles_at TIMESTAMP WITH TIME ZONE;

CREATE SCHEMA procrastinate;

SET LOCAL search_path TO procrastinate;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(SCHEMA)
    # The queue's tables and functions are its library's, in a schema of their own.
    connection = op.get_bind().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)  # noqa: S101  # For the type.
    connection.execute(SchemaManager.get_schema())
    op.execute("SET LOCAL search_path TO DEFAULT")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("DROP SCHEMA procrastinate CASCADE")
    op.execute("ALTER TABLE idempotency_keys DROP COLUMN settles_at")
    op.execute("DROP TABLE import_rejected_rows, import_errors, import_parts, imports")
