"""Text is folded whatever its letters, and names are sorted by what is folded.

`STRASSE` finds Straße, `lodz` Łódź, `isitici` ısıtıcı, and Hebrew and Arabic are found
with and without their vowel signs. Text in ASCII folds as it did: the index of a
catalogue that has no other text stays as it is.
"""

from alembic import op

revision = "0023"
down_revision = "0022"

# Accents; points and signs of Hebrew; vowel signs and the stretching of Arabic; and
# what nobody can see.
MARKS = (
    r"[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    r"\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    r"\u06ea-\u06ed\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
# Letters that Unicode does not take apart, as people without them write them.
FROM, INTO = "łøđðħŧıĸŋىةکیۀ", "loddhtiknيهكيه"
PAIRS = {"æ": "ae", "œ": "oe", "þ": "th", "ĳ": "ij"}

FOLD = """
CREATE OR REPLACE FUNCTION fold_text(raw text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 200
    RETURN CASE
        WHEN octet_length(raw) = char_length(raw) THEN lower(raw COLLATE pg_c_utf8)
        ELSE {folded}
    END;
"""
OLD = r"""
    lower(
        regexp_replace(normalize(raw, NFKD), '[\u0300-\u036f]', '', 'g')
        COLLATE pg_c_utf8
    )
"""
# The search index holds fragments of folded text; only text beyond ASCII has new ones.
REBUILD = """
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM products
        WHERE octet_length(concat(name, sku, description))
            <> char_length(concat(name, sku, description))
    ) THEN
        REINDEX INDEX ix_products_search;
    END IF;
END
$$
"""
SORTED = """
DROP INDEX ix_products_category_name;
CREATE INDEX ix_products_name ON products (fold_text(name), lower(name))
    WHERE removed_at IS NULL;
CREATE INDEX ix_products_category_name
    ON products (category_id, fold_text(name), lower(name)) WHERE removed_at IS NULL;
"""
UNSORTED = """
DROP INDEX ix_products_name;
DROP INDEX ix_products_category_name;
CREATE INDEX ix_products_category_name ON products (category_id, lower(name))
    WHERE removed_at IS NULL;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute("SET LOCAL maintenance_work_mem = '256MB'")
    op.execute(FOLD.format(folded=_folded()))
    op.execute(REBUILD)
    op.execute(SORTED)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.execute(UNSORTED)
    op.execute(FOLD.format(folded=OLD))
    op.execute(REBUILD)


def _folded() -> str:
    bare = f"regexp_replace(normalize(raw, NFKD), '{MARKS}', '', 'g')"
    folded = f"translate(casefold({bare} COLLATE pg_unicode_fast), '{FROM}', '{INTO}')"
    for letter, letters in PAIRS.items():
        folded = f"replace({folded}, '{letter}', '{letters}')"
    # As the texts that it is compared with.
    return f"({folded} COLLATE pg_c_utf8)"
