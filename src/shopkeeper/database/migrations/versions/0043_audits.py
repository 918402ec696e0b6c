"""Audits are asked for over HTTP, and what they found is kept."""

from alembic import op

revision = "0043"
down_revision = "0042"

TABLE = """
CREATE TABLE audits (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    user_id BIGINT,
    status TEXT NOT NULL,
    with_repair BOOLEAN NOT NULL,
    is_sound BOOLEAN,
    findings JSONB,
    repairs TEXT[] NOT NULL DEFAULT '{}',
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_audits PRIMARY KEY (id),
    CONSTRAINT fk_audits_user_id FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE RESTRICT,
    CONSTRAINT ck_audits_status_known CHECK (
        status IN ('queued', 'running', 'succeeded', 'failed')),
    CONSTRAINT ck_audits_ended_has_a_time CHECK (
        (finished_at IS NOT NULL) = (status IN ('succeeded', 'failed'))),
    CONSTRAINT ck_audits_verdict_at_the_end CHECK (
        (status = 'succeeded') = (is_sound IS NOT NULL)
        AND (status = 'succeeded') = (findings IS NOT NULL))
);
CREATE INDEX ix_audits_created_at ON audits (created_at DESC, id DESC);
CREATE UNIQUE INDEX uq_audits_under_way ON audits ((finished_at IS NULL))
    WHERE finished_at IS NULL;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE audits")
