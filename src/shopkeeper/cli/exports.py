"""The command that writes the catalogue into files."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click
from sqlalchemy.orm import Session

from shopkeeper.cli.database import shop_engine
from shopkeeper.cli.files import choices
from shopkeeper.imports.service.export import export_products
from shopkeeper.imports.sheets.product_sheets import FileFormat, Layout


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "wanted",
    type=choices(FileFormat),
    help="Of the file; otherwise as its name says.",
)
@click.option(
    "--layout",
    type=choices(Layout),
    default=Layout.OWN.value,
    help="Whose columns it has.",
    show_default=True,
)
def export_file(file: Path, wanted: str | None, layout: str) -> None:
    """Write the catalogue to a .csv or .xlsx file that `import` reads back.

    A FILE of - is the standard output.
    """
    ending = file.suffix.removeprefix(".").lower()
    kind = wanted or (ending if ending in set(FileFormat) else None)
    if layout == Layout.SHOPIFY and kind not in {None, FileFormat.CSV}:
        raise click.UsageError("Shopify reads no workbook; give a file of .csv.")
    if kind is None and str(file) != "-":
        raise click.UsageError(f"{file} ends in neither .csv nor .xlsx; give --format.")
    with (
        shop_engine() as engine,
        Session(engine) as session,
        export_products(session, FileFormat(kind or "csv"), Layout(layout)) as source,
        _target(file) as target,
    ):
        shutil.copyfileobj(source, target)


@contextmanager
def _target(file: Path) -> Iterator[IO[bytes]]:
    if str(file) == "-":
        yield sys.stdout.buffer
        return
    # Whole or not at all: a disk that fills up leaves the old file as it was.
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        with unfinished.open("wb") as target:
            yield target
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
