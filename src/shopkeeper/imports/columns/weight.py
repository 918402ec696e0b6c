"""What a piece weighs."""

from decimal import Decimal

from shopkeeper.imports.columns.column import ProductColumn
from shopkeeper.imports.columns.number_cells import weight_cells

# How many grams the unit has that a header tells (NIST Handbook 44, appendix C).
GRAMS = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "lb": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}
_WORDS = {
    "g": ("g", "gr", "gram", "grams", "gramm", "grammes", "gramos", "grammi"),
    "kg": ("kg", "kgs", "kilogram", "kilograms", "kilo", "kilos", "kilogramm"),
    "lb": ("lb", "lbs", "pound", "pounds"),
    "oz": ("oz", "ounce", "ounces"),
}
_UNITS = {word: unit for unit, words in _WORDS.items() for word in words}
_WEIGHTS = frozenset(
    {"weight", "product weight", "item weight", "net weight", "gewicht", "poids"}
    | {"peso", "waga", "вес", "unit weight", "variant weight", "weight value"}
    | {"shipping weight", "gewicht netto"}
)


def grams_in(header: str) -> Decimal:
    """How many grams a unit has of the weights under a folded header."""
    return GRAMS[_UNITS[header.rsplit(maxsplit=1)[-1]]]


WEIGHT = ProductColumn(
    name="weight_grams",
    sql_type="numeric",
    cells=weight_cells,
    written=lambda product: product.weight_grams,
    examples=(Decimal(450), None),
    is_optional=True,
    is_of_variant=True,
    is_converted=True,
    headers=frozenset(f"{weight} {unit}" for weight in _WEIGHTS for unit in _UNITS)
    | {"variant grams", "grams"},
)
