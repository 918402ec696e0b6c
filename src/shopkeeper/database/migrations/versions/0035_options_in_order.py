"""Options and values change places: two may have one place within a statement."""

from alembic import op

revision = "0035"
down_revision = "0034"

UNIQUE = """
ALTER TABLE product_options DROP CONSTRAINT uq_product_options_product_id_position,
    ADD CONSTRAINT uq_product_options_product_id_position
        UNIQUE (product_id, position){deferrable};
ALTER TABLE option_values DROP CONSTRAINT uq_option_values_option_id_position,
    ADD CONSTRAINT uq_option_values_option_id_position
        UNIQUE (option_id, position){deferrable};
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(UNIQUE.format(deferrable=" DEFERRABLE"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(UNIQUE.format(deferrable=""))
