"""Text in ASCII is folded without looking for accents: a tenth of the time.

The result is the same for every text, so that no index has to be built again.
"""

from alembic import op

revision = "0012"
down_revision = "0011"

FOLD = """
CREATE OR REPLACE FUNCTION fold_text(raw text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN {folded};
"""
BARE = r"""
    lower(
        regexp_replace(normalize(raw, NFKD), '[\u0300-\u036f]', '', 'g')
        COLLATE pg_c_utf8
    )
"""
CHEAP = f"""
    CASE WHEN octet_length(raw) = char_length(raw) THEN lower(raw COLLATE pg_c_utf8)
    ELSE {BARE} END
"""


def upgrade() -> None:
    _fold(CHEAP)


def downgrade() -> None:
    _fold(BARE)


def _fold(folded: str) -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(FOLD.format(folded=folded))
