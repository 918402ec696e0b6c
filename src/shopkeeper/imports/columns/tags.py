"""Words by which a product is found and grouped."""

import csv

from pydantic import TypeAdapter

from shopkeeper.imports.columns.cells import NO_CELL, CellReader, validated
from shopkeeper.imports.columns.column import Listed, ProductColumn
from shopkeeper.web.schemas.fields.text import Tags

_TAGS: TypeAdapter[list[str]] = TypeAdapter(Tags)
# Between tags, where no comma is.
_OTHERWISE = (";", "|")


def _read(text: str) -> str:
    """Tags as PostgreSQL reads a list; a tag with a comma stands in quotes."""
    between = next((c for c in _OTHERWISE if c in text and "," not in text), ",")
    (words,) = csv.reader(
        [" ".join(text.split())], delimiter=between, skipinitialspace=True
    )
    tags = validated(_TAGS, [word for word in map(str.strip, words) if word])
    quoted = [tag.replace("\\", "\\\\").replace('"', '\\"') for tag in tags]
    return "{" + ",".join(f'"{tag}"' for tag in quoted) + "}"


def _written(product: Listed) -> str | None:
    quoted = [
        '"' + tag.replace('"', '""') + '"' if {*tag} & {*',;|"'} else tag
        for tag in product.tags
    ]
    return ", ".join(quoted) or None


TAGS = ProductColumn(
    name="tags",
    sql_type="text[]",
    cells=lambda _: CellReader("tags", NO_CELL, _read),
    written=_written,
    examples=(["desk", "walnut"], []),
    is_optional=True,
    headers=frozenset(
        {"tags", "tag", "product tags", "labels", "keywords", "schlagworte"}
        | {"schlagworter", "etiquettes", "mots cles", "etiquetas", "tag prodotto"}
        | {"tagi", "etykiety", "теги", "метки", "タグ"}
    ),
)
