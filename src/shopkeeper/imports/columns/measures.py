"""How long, wide and high a piece is."""

import re
from typing import Any

from shopkeeper.imports.columns.column import ProductColumn
from shopkeeper.imports.columns.number_cells import measure_cells


def _measure(name: str, example: int, *words: str) -> ProductColumn:
    column = f"{name}_mm"
    units = ("mm", "millimeter", "millimeters", "millimetres", "in mm")

    def written(product: Any) -> Any:
        return getattr(product, column)

    return ProductColumn(
        name=column,
        sql_type="integer",
        cells=lambda notation: measure_cells(column, notation),
        written=written,
        examples=(example, None),
        is_optional=True,
        is_of_variant=True,
        headers=frozenset(
            re.sub(r"\W+", " ", f"{word} {unit}")
            for word in (name, *words)
            for unit in units
        ),
    )


LENGTH = _measure("length", 300, "länge", "longueur", "largo", "lunghezza", "lengte")
WIDTH = _measure("width", 200, "breite", "largeur", "ancho", "larghezza", "breedte")
HEIGHT = _measure("height", 90, "höhe", "hauteur", "alto", "altezza", "hoogte")
