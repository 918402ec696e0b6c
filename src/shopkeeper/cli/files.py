"""The command that brings files into the catalogue."""

import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from shopkeeper.cli.database import shop_engine
from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.schemas.options import (
    Delimiter,
    Format,
    ImportMode,
    ImportOptions,
    MatchBy,
    OnError,
    QuantityMode,
)
from shopkeeper.imports.service.export import export_errors
from shopkeeper.imports.service.jobs import ImportView
from shopkeeper.imports.service.progress import Watcher
from shopkeeper.imports.service.run import run_file_import
from shopkeeper.models.product import ProductStatus
from shopkeeper.utils.errors import ValidationFailed

# Reading is so much of the work, and writing the rest.
READING, WRITING = 30, 70
FAULTS_SHOWN = 20


def choices(kind: Any) -> click.Choice[str]:
    """The words that an option may have."""
    return click.Choice([choice.value for choice in kind])


# How messages name what can be said of a file, as a request says it.
_SAID = re.compile(
    r"`?\b(?P<name>columns|default_category|default_quantity|default_status|header_row|match_by"
    r"|quantity_mode|category_from_above|format|encoding|delimiter|sheet)"
    r"(?:=(?P<value>\{[^}]*\}|[\w-]+)|(?P<alone>`)|(?<=_category)|(?<=_quantity))`?"
)


def as_options(message: str) -> str:
    """A message with what can be said of a file as this command takes it."""

    def option(found: re.Match[str]) -> str:
        name, value = f"--{found['name'].replace('_', '-')}", found["value"]
        if value is None or value == "true":
            return name
        return f"{name} '{value}'" if value.startswith("{") else f"{name} {value}"

    return _SAID.sub(option, message)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mode",
    type=choices(ImportMode),
    help="What may happen to a row: created, updated, or both.  [upsert]",
)
@click.option(
    "--match-by",
    type=choices(MatchBy),
    help="What tells that a row is a product we have.  [name]",
)
@click.option(
    "--quantity-mode",
    type=choices(QuantityMode),
    help="Whether quantity is the new stock or comes on top of it.  [set]",
)
@click.option(
    "--on-error",
    type=choices(OnError),
    help="Write nothing unless every row is good, or the good ones.  [reject_all]",
)
@click.option("--dry-run", is_flag=True, help="Report what would happen, keep nothing.")
@click.option(
    "--create-categories/--no-create-categories",
    default=True,
    help="Make the categories that do not exist yet.  [yes]",
)
@click.option(
    "--format",
    type=choices(Format),
    help="The program it was exported from; plain for none.  Found out if not given.",
)
@click.option("--sheet", help="Of a workbook; otherwise its first that is not hidden.")
@click.option(
    "--columns",
    metavar="JSON",
    help="What headers, or columns by their number, mean, such as"
    ' {"Description": "name", "Weight": null}.',
)
@click.option(
    "--header-row",
    type=int,
    help="Where the headers stand; 0 if there are none.  Found out if not given.",
)
@click.option("--default-category", help="Of new products whose row tells none.")
@click.option(
    "--default-quantity", type=int, help="Of new products whose row tells none."
)
@click.option(
    "--default-status",
    type=choices(ProductStatus),
    help="Of new products whose row tells none.  [active]",
)
@click.option(
    "--category-from-above",
    is_flag=True,
    help="A category (or a heading in a row of its own) stands for the rows below.",
)
@click.option("--delimiter", type=choices(Delimiter), help="Found out if not given.")
@click.option("--encoding", help="Found out if not given.")
@click.option(
    "--errors",
    "errors_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the bad rows here, to be corrected and imported again.",
)
def import_file(file: Path, errors_file: Path | None, **options: Any) -> None:
    """Import products from a .csv, .tsv, .csv.gz or .xlsx file.

    A row near the top has the headers: name, sku, category, quantity, price,
    cost, description, compare_at_price, barcode, weight_grams, or their usual
    synonyms. Unless --on-error is skip_rows,
    nothing is written if any row is bad.
    """
    chosen = _validated(options)
    if errors_file is not None and not errors_file.absolute().parent.is_dir():
        raise click.BadParameter(f"There is no folder for {errors_file}.")
    with shop_engine() as engine:
        try:
            with _progress() as watcher:
                report = run_file_import(engine, file, chosen.chosen(), watcher)
        except UnreadableFile as error:
            raise click.ClickException(as_options(error.detail)) from error
        if errors_file is not None and report.rejected:
            _save_errors(engine, report.id, errors_file)
    _print_report(report, errors_file)
    if report.status != "succeeded":
        sys.exit(1)


def _validated(options: dict[str, Any]) -> ImportOptions:
    given = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in options.items()
        if value is not None
    }
    try:
        return ImportOptions.model_validate(given)
    except ValidationError as error:
        faults = [
            {
                "parameter": f"--{str(fault['loc'][0]).replace('_', '-')}",
                "message": fault["msg"].removeprefix("Value error, "),
            }
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise ValidationFailed(faults) from None


@contextmanager
def _progress() -> Iterator[Watcher]:
    """A bar with the rate and the time left, where somebody is looking."""
    started = time.monotonic()
    rate = 0.0

    bar: Any  # click's own, whose kind is not among its public names.
    with click.progressbar(
        length=READING + WRITING,
        label="Importing",
        file=sys.stderr,
        item_show_func=lambda _: f"{rate:,.0f} rows/s" if rate else None,
    ) as bar:
        reached = 0.0

        def watch(read: int, written: int, total: int | None) -> None:
            nonlocal rate, reached
            if not total:  # A workbook is looked through before it is counted.
                rate = read / max(time.monotonic() - started, 0.001)
                bar.update(0)
                return
            done = (READING * read + WRITING * written) / total
            rate = done / 100 * total / max(time.monotonic() - started, 0.001)
            steps = int(done) - int(reached)
            reached = done
            if steps > 0:
                bar.update(steps)

        yield watch
        bar.update(READING + WRITING - int(reached))


def _save_errors(engine: Engine, import_id: int, target: Path) -> None:
    with (
        Session(engine) as session,
        export_errors(session, import_id) as source,
        target.open("wb") as file,
    ):
        shutil.copyfileobj(source, file)


def _print_report(report: ImportView, errors_file: Path | None) -> None:
    for fault in report.errors[:FAULTS_SHOWN]:
        column = f", {fault.column}" if fault.column else ""
        value = f" ({fault.value})" if fault.value else ""
        said = f"row {fault.row}{column}: {as_options(fault.message)}{value}"
        click.echo(said, err=True)
    if len(report.errors) > FAULTS_SHOWN and errors_file is None:
        click.echo("... and more; see them all with --errors FILE.", err=True)
    if errors_file is not None and report.rejected:
        click.echo(f"The bad rows are in {errors_file}.", err=True)
    _print_reading(report)
    if report.ignored_columns:
        click.echo(f"Ignored columns: {', '.join(report.ignored_columns)}.", err=True)
    kept = "" if report.status == "succeeded" else " Nothing was written."
    if report.dry_run:
        kept = " This was a dry run: nothing was written."
    click.echo(
        f"{report.rows} rows: {report.created} created, {report.updated} updated,"
        f" {report.unchanged} unchanged, {report.rejected} rejected.{kept}"
    )


def _print_reading(report: ImportView) -> None:
    """How the file was read: what one would have to know to see that it was wrong."""
    if report.columns is None:
        return
    if report.sheet is not None:
        read = f"sheet {report.sheet!r}"
    else:
        shown = {"\t": "tab"}.get(report.delimiter or "", report.delimiter)
        read = f"{report.encoding}, delimiter {shown}"
    if report.format is not None:
        read = f"{report.format} export, {read}"
    click.echo(f"Read as {read}, decimal mark {report.decimal_mark}.", err=True)
    meanings = ", ".join(f"{head!r} is {c}" for c, head in report.columns.items())
    click.echo(f"Headers in row {report.header_row}: {meanings}.", err=True)
    for note in report.notes:
        click.echo(as_options(note), err=True)
