"""Importing in tests: over HTTP into the queue, and out of it as a worker does."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import openpyxl
from sqlalchemy import Engine
from testing.world import World

from shopkeeper.imports.service.reading import ReaderStand
from shopkeeper.imports.service.run import run_queued_import

HEAD = "name,category,quantity,price,cost,sku\n"
GOOD = HEAD + "Pen,Pens,5,1.50,0.7,P1\nInk,Ink,3,12,,\n"


@dataclass
class Importer:
    """A manager who imports files, and a worker who carries it out at once."""

    world: World
    engine: Engine
    stand: ReaderStand

    def queue(self, data: bytes | str, name: str = "a.csv", **options: str) -> Any:
        content = data.encode() if isinstance(data, str) else data
        form = {"file": (io.BytesIO(content), name), **options}
        answer = self.world.manager.post(
            "/products/bulk-import", data=form, headers={"Prefer": "respond-async"}
        )
        assert answer.status_code == 202, answer.text
        return answer.json

    def work(self, import_id: int) -> None:
        run_queued_import(self.engine, self.stand, import_id)

    def look(self, import_id: int) -> Any:
        return self.world.manager.get(f"/imports/{import_id}").json

    def send(self, data: bytes | str, name: str = "a.csv", **options: str) -> Any:
        """Import a file; give the report."""
        queued = self.queue(data, name, **options)
        self.work(queued["id"])
        return self.look(queued["id"])

    def names(self) -> list[str]:
        items = self.world.client.get("/products?limit=100").json["items"]
        return [item["name"] for item in items]


def counts(report: Any) -> tuple[int, int, int, int]:
    return (
        report["created"],
        report["updated"],
        report["unchanged"],
        report["rejected"],
    )


def told(report: Any) -> list[tuple[int, str | None, str]]:
    return [(e["row"], e["column"], e["code"]) for e in report["errors"]]


def workbook(rows: Sequence[Sequence[object]], title: str = "Sheet") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
