"""The reading process, in this one: its frames, and how it tells that it cannot."""

import json
from collections.abc import Callable

import pytest
from testing.imports import GOOD

from shopkeeper.imports.reader import main as reader

Ask = Callable[..., list[tuple[bytes, bytes]]]


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
