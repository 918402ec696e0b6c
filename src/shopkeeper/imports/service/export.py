"""The catalogue as a file that an import reads back without a change."""

from codecs import BOM_UTF8
from tempfile import TemporaryFile
from typing import IO

from sqlalchemy.orm import Session

from shopkeeper.database.sessions import take_as_long_as_needed
from shopkeeper.database.statements import require_transaction
from shopkeeper.imports.repository import export
from shopkeeper.imports.service import bad_rows
from shopkeeper.imports.sheets.product_sheets import (
    FileFormat,
    Layout,
    examples,
    write_products,
)
from shopkeeper.imports.sheets.shopify_sheet import write_for_shopify
from shopkeeper.utils.errors import ValidationFailed
from shopkeeper.utils.spreadsheets import write_rows


def export_products(
    session: Session,
    file_format: FileFormat,
    layout: Layout = Layout.OWN,
    *,
    bom: bool = False,
) -> IO[bytes]:
    """Every variant on sale, by the name of its product, in a file on disk.

    The catalogue of one moment: one statement reads it, a few rows at a time.

    Raises:
        ValidationFailed: If it is to be a workbook as of Shopify, which reads none.
    """
    if layout is Layout.SHOPIFY and file_format is not FileFormat.CSV:
        message = "must be csv for Shopify, which reads no workbook"
        raise ValidationFailed([{"parameter": "format", "message": message}])
    require_transaction(session)
    # A workbook of a million rows takes minutes to write.
    take_as_long_as_needed(session)
    file = TemporaryFile()  # noqa: SIM115  # Whoever sends it closes it.
    if bom and file_format is FileFormat.CSV:
        file.write(BOM_UTF8)
    variants = export.stream_variants(session)
    if layout is Layout.SHOPIFY:
        write_for_shopify(variants, file)
    else:
        write_products(variants, file_format, file)
    file.seek(0)
    return file


def make_template(file_format: FileFormat, *, bom: bool = False) -> IO[bytes]:
    """A file that an import reads, to be filled in."""
    file = TemporaryFile()  # noqa: SIM115  # Whoever sends it closes it.
    if bom and file_format is FileFormat.CSV:
        file.write(BOM_UTF8)
    write_products(examples(), file_format, file)
    file.seek(0)
    return file


def export_errors(session: Session, import_id: int) -> IO[bytes]:
    """The bad rows of an import as CSV, with what is wrong with each.

    Written as the file was, with a byte order mark, by which Excel knows UTF-8.

    Raises:
        ImportNotFound: If there is no such import.
    """
    bad = bad_rows.stream_errors(session, import_id)
    file = TemporaryFile()  # noqa: SIM115  # Whoever sends it closes it.
    file.write(BOM_UTF8)
    write_rows(bad.rows, bad.header, file, delimiter=bad.delimiter)
    file.seek(0)
    return file
