"""Headers under which rows tell in what the variants of a product differ."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shopkeeper.imports.sheets.words import folded, plain

# What may be an option, where rows of one product differ in it.
OPTION_HEADERS = frozenset(
    map(
        folded,
        {"size", "sizes", "colour", "color", "unit", "variant", "variant name"}
        | {"variation", "variation name", "variant title", "option", "option value"}
        | {"material", "style", "flavour", "flavor", "scent", "pattern", "finish"}
        | {"volume", "pack", "pack size", "package", "package size", "edition", "grind"}
        | {"capacity", "fit", "shade", "uom", "unit of measure", "packaging"}
        | {"strength"}
        | {"grosse", "größe", "farbe", "variante", "einheit", "ausfuhrung", "packung"}
        | {"inhalt", "gebinde", "sorte", "geschmack"}
        | {"taille", "couleur", "matiere", "unite", "conditionnement", "contenance"}
        | {"pointure", "parfum", "declinaison"}
        | {"talla", "color", "tamano", "tamaño", "medida", "unidad", "presentacion"}
        | {"sabor", "variacion"}
        | {"taglia", "colore", "misura", "unita", "variante", "confezione"}
        | {"maat", "kleur", "eenheid", "uitvoering", "inhoud", "verpakking"}
        | {"rozmiar", "kolor", "wariant", "jednostka", "pojemnosc", "opakowanie"}
        | {"размер", "цвет", "вариант", "единица", "объем", "упаковка", "вкус"}
        | {"サイズ", "色", "カラー", "バリエーション", "種類", "単位"}
        | {"tamanho", "cor", "velikost", "barva", "beden", "renk", "storlek", "farg"}
        | {"storrelse", "farge", "farve"},
    )
)
# What the user says of a header that is one.
OPTION = "option"
_PAIR = re.compile(
    r"(?:product |variant )?(?:option|attribute|variation|property)s?"
    r" ?(?:(?P<number>[1-9]) ?(?P<kind>name|type|value|values|value s)"
    r"|(?P<kind_before>name|type|value|values|description) ?(?P<number_behind>[1-9]))"
)


@dataclass(frozen=True)
class OptionPlaces:
    """Where rows tell options.

    Attributes:
        pairs: Where the name and the value of an option stand, in their order.
        candidates: Where the value of something stands that may be one.
        said: Where the user says that the value of an option stands.
    """

    pairs: tuple[tuple[int, int], ...] = ()
    candidates: tuple[int, ...] = ()
    said: tuple[int, ...] = ()

    @property
    def are_said(self) -> bool:
        """Whether rows tell options as such."""
        return bool(self.pairs or self.said)

    def __bool__(self) -> bool:
        return bool(self.pairs or self.candidates or self.said)


def find_options(
    cells: Sequence[str], taken: frozenset[int], said: Sequence[int]
) -> OptionPlaces:
    """Where the headers of a row say that options are told.

    Args:
        cells: The headers.
        taken: The places that mean something else, or of which the user says something.
        said: Those of which the user says that they are options.
    """
    found: dict[str, dict[bool, int]] = {}  # By number: whether a value, and where.
    candidates = []
    for place, cell in enumerate(cells):
        header = folded(cell)
        pair = _PAIR.fullmatch(header)
        if pair is not None:
            number = pair["number"] or pair["number_behind"]
            is_value = (pair["kind"] or pair["kind_before"]) not in {"name", "type"}
            found.setdefault(number, {}).setdefault(is_value, place)
        elif place not in taken and {plain(cell), header} & OPTION_HEADERS:
            candidates.append(place)
    pairs = [
        (places[False], places[True])
        for _, places in sorted(found.items())
        if len(places) == 2  # noqa: PLR2004  # Name and value.
    ]
    return OptionPlaces(tuple(pairs), tuple(candidates), tuple(said))
