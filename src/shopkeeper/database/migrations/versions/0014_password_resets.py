"""One-time tokens with which somebody may choose a new password."""

from alembic import op

revision = "0014"
down_revision = "0013"

CREATE = """
CREATE TABLE password_resets (
    user_id BIGINT NOT NULL,
    token_hash BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_password_resets PRIMARY KEY (user_id),
    CONSTRAINT ck_password_resets_token_hash_sha256 CHECK (octet_length(token_hash) = 32),
    CONSTRAINT ck_password_resets_expires_after_created CHECK (created_at < expires_at),
    CONSTRAINT fk_password_resets_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX uq_password_resets_token_hash ON password_resets (token_hash);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(CREATE)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("DROP TABLE password_resets")
