"""The process that reads a file, and may die of it.

It is started ahead of need (importing pandas takes most of a second), waits
for one request on its standard input, bounds its own memory and time, and
answers in frames on its standard output (see `frames`).
"""

import csv
import io
import json
import os
import resource
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from shopkeeper.imports.columns import COLUMN_NAMES, COLUMNS, LENIENT, Notation
from shopkeeper.imports.columns.cells import CellReader, readable, show
from shopkeeper.imports.columns.weight import grams_in
from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.files import CELL_SEPARATOR, Layout
from shopkeeper.imports.frames import FRAME, ROW_COUNT
from shopkeeper.imports.reader.choices import ChoiceReader
from shopkeeper.imports.reader.rows import faults_of_rows, statuses_of
from shopkeeper.imports.sheets.limits import Limits, too_much_memory
from shopkeeper.imports.sheets.numbers import DecimalMark
from shopkeeper.imports.sheets.product_rows import family_of
from shopkeeper.imports.sheets.programs import SHOPIFY
from shopkeeper.imports.sheets.sources import Choices, Watch
from shopkeeper.imports.sheets.tables import Table, open_table
from shopkeeper.imports.sheets.texts import BrokenRecord
from shopkeeper.imports.sheets.told_headers import telling_headers
from shopkeeper.imports.sheets.words import folded
from shopkeeper.imports.sheets.workbooks import MARKERS, NUMBER
from shopkeeper.utils.money import shop_currency
from shopkeeper.web.errors import FileTooLarge

ROWS_IN_A_BATCH = 10_000


def main() -> None:
    """Read the one file that is asked for on standard input."""
    output = sys.stdout.buffer
    request = sys.stdin.readline()
    if not request:
        return  # Whoever kept this process ready has gone.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asked = json.loads(request)
    limits = Limits(**asked["limits"])
    _bound(limits)
    try:
        table = open_table(
            Path(asked["path"]),
            asked["filename"],
            Choices(**asked["choices"]),
            limits,
            Watch(
                looked_at=lambda rows: _send(output, b"P", ROW_COUNT.pack(rows)),
                may_take=_bound_computing,
            ),
        )
        _send(output, b"L", json.dumps(asdict(_layout(table))).encode())
        for rows, data in _batches(table):
            _send(output, b"R", ROW_COUNT.pack(rows) + data)
        _send(output, b"Z", b"")
    except (UnreadableFile, FileTooLarge) as error:
        _send_error(output, error)
    except MemoryError:
        _send_error(output, too_much_memory(limits))
    except BrokenPipeError:
        os._exit(1)  # Nobody listens any more.


def _end_with_parent() -> None:
    """Nobody writes more than one line; the end of the pipe is the parent's end."""
    sys.stdin.read()
    os._exit(1)


def _bound(limits: Limits) -> None:
    _bound_computing(limits.seconds)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # Elsewhere the kernel does not hold to it.
        resource.setrlimit(
            resource.RLIMIT_AS, (_address_space() + limits.memory_bytes,) * 2
        )


def _bound_computing(seconds: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = seconds + 5
    hard = most if hard == resource.RLIM_INFINITY else min(hard, most)
    resource.setrlimit(resource.RLIMIT_CPU, (min(seconds, hard), hard))


def _address_space() -> int:
    """What this process has mapped already, little of it used."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _send(output: BinaryIO, kind: bytes, body: bytes) -> None:
    output.write(FRAME.pack(kind, len(body)))
    output.write(body)
    output.flush()


def _send_error(output: BinaryIO, error: UnreadableFile | FileTooLarge) -> None:
    told = {"code": error.code, "detail": error.detail, "members": error.members}
    _send(output, b"E", json.dumps(told).encode())


def _layout(table: Table) -> Layout:
    source, header = table.source, table.header
    return Layout(
        header=header.cells,
        columns=header.columns,
        total_rows=table.total_rows,
        told_header=telling_headers(header, shop_currency().code),
        encoding=None if source.is_workbook else source.encoding,
        delimiter=None if source.is_workbook else source.delimiter,
        decimal_mark=table.mark.value,
        sheet=source.sheet,
        header_row=header.row,
        notes=list(source.notes),
        also_read=header.also_read,
        are_options_said=header.are_options_said,
        program=header.program.name if header.program is not None else None,
    )


def _batches(table: Table) -> Iterator[tuple[int, bytes]]:
    described = table.header.columns.get("description", "")
    weighed = table.header.columns.get("weight_grams")
    notation = Notation(
        table.marks,
        is_html="html" in described.casefold() or table.header.program is SHOPIFY,
        has_several_categories=table.header.has_several_categories,
        grams=grams_in(folded(weighed)) if weighed else Decimal(1),
    )
    columns = {column.name: column.cells(notation) for column in COLUMNS}
    choices = ChoiceReader()
    rows = table.rows()
    while batch := list(islice(rows, ROWS_IN_A_BATCH)):
        yield len(batch), _clean(table, columns, choices, batch)


def _clean(
    table: Table,
    columns: dict[str, CellReader],
    choices: ChoiceReader,
    batch: list[tuple[int, list[str]]],
) -> bytes:
    """Hold a batch of rows to the rules; give it in the form that COPY takes."""
    width = len(table.header.cells)
    faults: dict[int, list[dict[str, object]]] = {}

    def report(place: int, column: str | None, fault: tuple[str, str]) -> None:
        number, cells = batch[place]
        at = table.header.places.get(column or "", width)
        told = show(number, column, fault, cells[at] if at < len(cells) else None)
        faults.setdefault(place, []).append(asdict(told))

    frame = pd.DataFrame(
        [_fit(cells, width) for _, cells in batch], dtype="str", columns=range(width)
    )
    values: dict[str, list[str | None]] = {}
    passed: dict[int, list[str]] = {}
    for name in COLUMN_NAMES:
        if name == "status":
            values[name] = statuses_of(table, batch)
            continue
        if name not in table.header.places:
            values[name] = [None] * len(batch)
            continue
        series = frame[table.header.places[name]]
        values[name], found = columns[name].clean(series)
        for place, fault in found.items():
            if name in LENIENT:
                passed.setdefault(place, []).append(name)
            else:
                report(place, name, fault)
    for place, column, fault in faults_of_rows(table, batch):
        report(place, column, fault)
    options: list[str | None] = []
    for place, (_, cells) in enumerate(batch):
        told, fault_of_options = choices.told(cells)
        options.append(told)
        if fault_of_options is not None:
            report(place, None, fault_of_options)
    return _to_csv(table, batch, values, faults, passed, options)


def _to_csv(  # noqa: PLR0917  # All that there is of a batch.
    table: Table,
    batch: list[tuple[int, list[str]]],
    values: dict[str, list[str | None]],
    faults: dict[int, list[dict[str, object]]],
    passed: dict[int, list[str]],
    options: list[str | None],
) -> bytes:
    told = [
        json.dumps(faults[place]) if place in faults else None
        for place in range(len(batch))
    ]
    buffer, mark = io.StringIO(), table.mark
    # The line end is one whose characters are quoted where a value has them.
    csv.writer(buffer, lineterminator="\r\n").writerows(
        zip(
            [number for number, _ in batch],
            *(values[name] for name in COLUMN_NAMES),
            [_join(cells, mark) for _, cells in batch],
            told,
            [
                _unsaid(table, cells, passed.get(place, []))
                for place, (_, cells) in enumerate(batch)
            ],
            options,
            [family_of(cells) for _, cells in batch],
            strict=True,
        )
    )
    return buffer.getvalue().encode("utf-8", "replace")


def _unsaid(table: Table, cells: list[str], passed: list[str]) -> str | None:
    """The columns that a short row does not reach: absent, rather than empty.

    A workbook does not tell one from the other. And those that were passed over.
    """
    missing = list(passed)
    if not table.is_workbook and len(cells) < len(table.header.cells):
        places = table.header.places.items()
        missing += [column for column, place in places if place >= len(cells)]
    return "{" + ",".join(missing) + "}" if missing else None


def _fit(cells: list[str], width: int) -> list[str]:
    """As many cells as there are headers; none of what is no record."""
    if isinstance(cells, BrokenRecord):
        return [""] * width
    return cells[:width] + [""] * (width - len(cells))


def _join(cells: list[str], mark: DecimalMark) -> str:
    joined = CELL_SEPARATOR.join(cells)
    if NUMBER in joined and mark is DecimalMark.COMMA:  # As the texts beside it.
        cells = [c.replace(".", ",") if c.startswith(NUMBER) else c for c in cells]
        joined = CELL_SEPARATOR.join(cells)
    if not joined.isascii() or any(marker in joined for marker in MARKERS):
        cells = [readable(cell) for cell in cells]
        joined = CELL_SEPARATOR.join(cells)
    if joined.count(CELL_SEPARATOR) == len(cells) - 1:
        return joined
    return CELL_SEPARATOR.join(cell.replace(CELL_SEPARATOR, " ") for cell in cells)


if __name__ == "__main__":
    main()
