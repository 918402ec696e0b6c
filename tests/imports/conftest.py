"""The process that reads files, in this one."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from shopkeeper.imports.columns import BESIDE, COLUMN_NAMES, ROW_NUMBER
from shopkeeper.imports.frames import FRAME, ROW_COUNT
from shopkeeper.imports.reader import main as reader
from shopkeeper.imports.sheets.limits import Limits
from shopkeeper.imports.sheets.sources import Choices

Ask = Callable[..., list[tuple[bytes, bytes]]]
ReadRows = Callable[..., tuple[dict[str, Any], list[dict[str, str]]]]


class Output(io.BytesIO):
    """Standard output, as far as frames are written to it."""

    @property
    def buffer(self) -> "Output":
        return self


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    # This process has neither a parent to end with nor bounds to die by.
    monkeypatch.setattr(reader, "_end_with_parent", lambda: None)
    monkeypatch.setattr(reader, "_bound", lambda _limits: None)
    monkeypatch.setattr(reader, "_bound_computing", lambda _seconds: None)

    def frames(
        data: bytes | None,
        name: str = "a.csv",
        choices: Mapping[str, object] = MappingProxyType({}),
        **limits: int,
    ) -> list[tuple[bytes, bytes]]:
        (tmp_path / "file").write_bytes(data or b"")
        asked = {
            "path": str(tmp_path / "file"),
            "filename": name,
            "choices": asdict(Choices("USD")) | dict(choices),
            "limits": {**asdict(Limits(10, 10**7, 10**8, 60)), **limits},
        }
        line = "" if data is None else json.dumps(asked) + "\n"
        output = Output()
        monkeypatch.setattr("sys.stdin", io.StringIO(line))
        monkeypatch.setattr("sys.stdout", output)
        reader.main()
        written, found = io.BytesIO(output.getvalue()), []
        while head := written.read(FRAME.size):
            kind, length = FRAME.unpack(head)
            found.append((kind, written.read(length)))
        return found

    return frames


@pytest.fixture
def read_rows(ask: Ask) -> ReadRows:
    """Reads a file: its layout, and what is told of each row by the names of that."""

    def read(
        file: str, **choices: object
    ) -> tuple[dict[str, Any], list[dict[str, str]]]:
        (kind, layout), *batches, _ = ask(file.encode(), choices=choices, rows=100)
        assert kind == b"L", layout
        names = (ROW_NUMBER, *COLUMN_NAMES, *BESIDE)
        rows = [
            dict(zip(names, values, strict=True))
            for _, body in batches
            for values in csv.reader(io.StringIO(body[ROW_COUNT.size :].decode()))
        ]
        return json.loads(layout), rows

    return read
