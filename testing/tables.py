"""Files read as an import reads them, in this process."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from shopkeeper.imports.columns import BESIDE, COLUMN_NAMES, ROW_NUMBER
from shopkeeper.imports.reader.main import _batches
from shopkeeper.imports.sheets.limits import Limits
from shopkeeper.imports.sheets.sources import Choices, Watch
from shopkeeper.imports.sheets.tables import Table, open_table

LIMITS = Limits(rows=1000, unpacked_bytes=10_000_000, memory_bytes=2**29, seconds=60)


WATCH = Watch(looked_at=lambda _rows: None, may_take=lambda _seconds: None)


def table_of(
    folder: Path,
    data: bytes | str,
    name: str = "a.csv",
    limits: Limits = LIMITS,
    **choices: Any,
) -> Table:
    path = folder / "file"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return open_table(path, name, Choices(currency="USD", **choices), limits, WATCH)


def staged(table: Table) -> list[dict[str, Any]]:
    """The rows as they are handed over."""
    text = "".join(data.decode() for _, data in _batches(table))
    rows = csv.DictReader(
        io.StringIO(text, newline=""), (ROW_NUMBER, *COLUMN_NAMES, *BESIDE)
    )
    return [{**row, "faults": json.loads(row["faults"] or "[]")} for row in rows]


def read(folder: Path, data: bytes | str, name: str = "a.csv", **choices: Any) -> Any:
    return staged(table_of(folder, data, name, **choices))


def column(folder: Path, header: str, *cells: str, name: str = "name") -> list[Any]:
    """What becomes of the cells of one column: a value, or a code."""
    lines = [f"{name}\t{header}", *(f"P{n}\t{cell}" for n, cell in enumerate(cells))]
    rows = read(folder, "\n".join(lines), "a.tsv")
    return [row["faults"][0]["code"] if row["faults"] else row[header] for row in rows]
