"""The reading process, in this one: its frames, and how it tells that it cannot."""

import io
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from testing.imports import GOOD

from shopkeeper.imports.frames import FRAME
from shopkeeper.imports.reader import main as reader
from shopkeeper.imports.sheets.limits import Limits
from shopkeeper.imports.sheets.sources import Choices

Ask = Callable[..., list[tuple[bytes, bytes]]]


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

    def frames(data: bytes | None, name: str = "a.csv", **limits: int) -> Any:
        (tmp_path / "file").write_bytes(data or b"")
        asked = {
            "path": str(tmp_path / "file"),
            "filename": name,
            "choices": asdict(
                Choices(
                    "USD",
                )
            ),
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


def test_a_file_is_a_layout_rows_and_an_end(ask: Ask) -> None:
    (kind, layout), (_, rows), (last, _) = ask(GOOD.encode())

    assert (kind, last) == (b"L", b"Z")
    assert json.loads(layout)["total_rows"] == 2
    assert rows[:4] == b"\0\0\0\2"
    assert rows[4:].startswith(b"2,Pen,P1,Pens,5,1.50,0.7,,")


def test_what_cannot_be_read_is_an_error(ask: Ask) -> None:
    [(kind, told)] = ask(b"%PDF")

    assert kind == b"E"
    assert json.loads(told)["code"] == "unreadable_file"


def test_too_many_rows_are_an_error(ask: Ask) -> None:
    [(kind, told)] = ask(GOOD.encode(), rows=1)

    assert kind == b"E"
    assert json.loads(told)["members"]["setting"] == "IMPORT_MAX_ROWS"


def test_too_little_memory_is_an_error(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(reader, "open_table", full)

    [(kind, told)] = ask(GOOD.encode())

    assert kind == b"E"
    assert json.loads(told)["members"]["setting"] == "IMPORT_MAX_MEMORY_BYTES"


def test_nobody_asking_is_the_end(ask: Ask) -> None:
    assert ask(None) == []
