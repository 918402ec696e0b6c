"""What rows tell of options, held to the rules of options."""

import json
from functools import lru_cache

from pydantic import TypeAdapter

from shopkeeper.imports.columns.cells import RefusedError, validated
from shopkeeper.imports.sheets.product_rows import ProductRow
from shopkeeper.imports.sheets.workbooks import DATE
from shopkeeper.utils.formulas import restore
from shopkeeper.web.schemas.fields.options import OptionName, OptionWord

_NAME: TypeAdapter[str] = TypeAdapter(OptionName)
_VALUE: TypeAdapter[str] = TypeAdapter(OptionWord)
_MOST_REMEMBERED = 10_000
Fault = tuple[str, str]


class ChoiceReader:
    """Reads what rows are of options; the same words come again and again."""

    def __init__(self) -> None:
        self._word = lru_cache(_MOST_REMEMBERED)(self._read)

    @staticmethod
    def _read(text: str, is_name: bool) -> str:  # Of a cache.
        return str(validated(_NAME if is_name else _VALUE, restore(text)))

    def told(self, cells: list[str]) -> tuple[str | None, Fault | None]:
        """The options of a row as JSON, or what is wrong with them."""
        if not isinstance(cells, ProductRow) or not cells.options:
            return None, None
        chosen: list[list[str]] = []
        for name, value in cells.options:
            if value.startswith(DATE):
                said = value.removeprefix(DATE)
                return None, (
                    "is_a_date",
                    (
                        f"says the day {said} for {name!r}, which Excel makes of what"
                        " looks like one; format the column as text, and type it anew"
                    ),
                )
            try:
                chosen.append([self._word(name, True), self._word(value, False)])
            except RefusedError as refused:
                code, message = refused.fault
                return None, (code, f"says {value!r} for {name!r}, which {message}")
        names = [name.casefold() for name, _ in chosen]
        if len({*names}) < len(names):
            return None, ("options_differ", "names an option twice")
        return json.dumps(chosen), None
