"""Users, their logins, and the answers kept for retries."""

from alembic import op

revision = "0001"
down_revision = None

SCHEMA = """
CREATE TABLE users (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    email TEXT COLLATE pg_c_utf8,
    full_name TEXT,
    password_hash TEXT,
    role TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT ck_users_role_known CHECK (role IN ('customer', 'manager', 'admin')),
    CONSTRAINT ck_users_full_name_length CHECK (char_length(full_name) BETWEEN 1 AND 120),
    CONSTRAINT ck_users_email_length CHECK (char_length(email) BETWEEN 3 AND 254),
    CONSTRAINT ck_users_erased_has_no_personal_data CHECK ((erased_at IS NULL) = (email IS NOT NULL) AND (erased_at IS NULL) = (full_name IS NOT NULL) AND (erased_at IS NULL) = (password_hash IS NOT NULL)),
    CONSTRAINT ck_users_created_first CHECK (created_at <= updated_at)
);

CREATE INDEX ix_users_created_at ON users (created_at DESC, id DESC);

CREATE UNIQUE INDEX uq_users_email ON users (lower(email));

CREATE TABLE logins (
    id UUID DEFAULT uuidv7() NOT NULL,
    user_id BIGINT NOT NULL,
    generation INTEGER DEFAULT 1 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    rotated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_logins PRIMARY KEY (id),
    CONSTRAINT ck_logins_generation_from_1 CHECK (generation >= 1),
    CONSTRAINT ck_logins_created_before_rotated CHECK (created_at <= rotated_at),
    CONSTRAINT ck_logins_expires_after_rotated CHECK (rotated_at < expires_at),
    CONSTRAINT fk_logins_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX ix_logins_expires_at ON logins (expires_at);

CREATE INDEX ix_logins_user_id ON logins (user_id);

CREATE TABLE login_throttles (
    subject TEXT NOT NULL,
    failures INTEGER NOT NULL,
    failed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_login_throttles PRIMARY KEY (subject),
    CONSTRAINT ck_login_throttles_failures_not_negative CHECK (failures >= 0)
);

CREATE INDEX ix_login_throttles_failed_at ON login_throttles (failed_at);

CREATE TABLE idempotency_keys (
    user_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    status INTEGER,
    headers JSONB,
    body BYTEA,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (user_id, key),
    CONSTRAINT ck_idempotency_keys_key_length CHECK (char_length(key) BETWEEN 1 AND 255),
    CONSTRAINT ck_idempotency_keys_fingerprint_sha256 CHECK (octet_length(fingerprint) = 32),
    CONSTRAINT ck_idempotency_keys_status_not_5xx CHECK (status BETWEEN 200 AND 499),
    CONSTRAINT fk_idempotency_keys_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX ix_idempotency_keys_expires_at ON idempotency_keys (expires_at);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("DROP TABLE idempotency_keys")
    op.execute("DROP TABLE login_throttles")
    op.execute("DROP TABLE logins")
    op.execute("DROP TABLE users")
