"""The ledger says why stock was adjusted: damaged, stolen, lost, found, counted."""

from alembic import op

revision = "0032"
down_revision = "0031"

REASONS = """
ALTER TABLE stock_movements
    DROP CONSTRAINT ck_stock_movements_reason_known,
    DROP CONSTRAINT ck_stock_movements_delta_has_the_sign,
    DROP CONSTRAINT ck_stock_movements_correction_explained,
    ADD CONSTRAINT ck_stock_movements_reason_known CHECK ({known}) NOT VALID,
    ADD CONSTRAINT ck_stock_movements_delta_has_the_sign CHECK ({sign}) NOT VALID,
    ADD CONSTRAINT ck_stock_movements_correction_explained CHECK ({note}) NOT VALID;
"""
# Every row was held to narrower ones, but PostgreSQL wants to see it.
CHECKED = """
ALTER TABLE stock_movements
    VALIDATE CONSTRAINT ck_stock_movements_reason_known,
    VALIDATE CONSTRAINT ck_stock_movements_delta_has_the_sign,
    VALIDATE CONSTRAINT ck_stock_movements_correction_explained;
"""
NEW = {
    "known": "reason IN ('initial', 'adjustment', 'damage', 'theft', 'loss', 'found',"
    " 'count', 'import', 'receipt', 'revaluation', 'sale', 'release', 'refund',"
    " 'correction')",
    "sign": "CASE WHEN reason IN ('sale', 'damage', 'theft', 'loss') THEN delta < 0"
    " WHEN reason IN ('initial', 'receipt', 'release', 'refund', 'found')"
    " THEN delta > 0 WHEN reason = 'revaluation' THEN delta = 0"
    " WHEN reason = 'correction' THEN true ELSE delta <> 0 END",
    "note": "CASE WHEN reason = 'correction' THEN note IS NOT NULL"
    " WHEN reason IN ('adjustment', 'damage', 'theft', 'loss', 'found', 'count')"
    " THEN true ELSE note IS NULL END",
}
OLD = {
    "known": "reason IN ('initial', 'adjustment', 'import', 'receipt', 'revaluation',"
    " 'sale', 'release', 'refund', 'correction')",
    "sign": "CASE WHEN reason = 'sale' THEN delta < 0"
    " WHEN reason IN ('initial', 'receipt', 'release', 'refund') THEN delta > 0"
    " WHEN reason = 'revaluation' THEN delta = 0"
    " WHEN reason = 'correction' THEN true ELSE delta <> 0 END",
    "note": "(note IS NOT NULL) = (reason = 'correction')",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(REASONS.format(**NEW))
    op.execute(CHECKED)


def downgrade() -> None:
    """Back to a ledger without these reasons, as long as none has been written."""
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(REASONS.format(**OLD))
    op.execute(CHECKED)
