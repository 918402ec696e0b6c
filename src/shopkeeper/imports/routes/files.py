from datetime import timedelta

from flask import Request
from sqlalchemy.orm import Session

from shopkeeper import models
from shopkeeper.imports.errors import TooManyImports, UnreadableFile
from shopkeeper.imports.schemas.imports import (
    ExportQuery,
    ImportReport,
    ProductsExportQuery,
)
from shopkeeper.imports.schemas.options import ImportOptions
from shopkeeper.imports.service import jobs
from shopkeeper.imports.service.export import (
    export_products,
    make_template,
)
from shopkeeper.web.answers import Download
from shopkeeper.web.errors import ExportRunning, FileTooLarge
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.inputs import Upload
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.results import Accepted
from shopkeeper.web.service.exports import hold_export
from shopkeeper.web.tables import WORKBOOK

api = Api("product_import", "/products", tag="Imports")

# So long a client is kept waiting for the outcome; then it may look for itself.
ANSWER_WITHIN = timedelta(seconds=5)
LONGEST_WAIT_SECONDS = 30


@api.operation(
    "POST",
    "/bulk-import",
    access=Access.MANAGER,
    errors=[UnreadableFile, FileTooLarge, TooManyImports],
    makes=models.ProductImport,
)
def import_products(
    session: Session,
    caller: CurrentUser,
    request: Request,
    upload: Upload[ImportOptions],
) -> Accepted[ImportReport]:
    """Import products from a .csv, .tsv, .csv.gz or .xlsx file.

    A row near the top has the headers: name, sku, category, quantity, price, cost
    and description, or their usual synonyms, as far as the file has them. Unless
    `on_error` says otherwise, nothing is written if any row is bad: the report
    then has the status `failed` and tells what is wrong with each.

    What takes more than 5 seconds is answered 202 and goes on; with the header
    `Prefer: respond-async` everything is, with `Prefer: wait=20` after as many
    seconds, at most 30.
    """
    within, applied = _patience(request)
    queued = jobs.queue_import(
        session,
        caller.id,
        upload.file.filename or "",
        upload.file.stream,
        upload.options.chosen(),
    )
    return Accepted(
        output=ImportReport.model_validate(queued),
        location=f"/imports/{queued.id}",
        settle=lambda later: _outcome(later, queued.id),
        within=within,
        applied=applied,
    )


@api.operation(
    "GET",
    "/export",
    access=Access.MANAGER,
    errors=[ExportRunning],
    media_types=("text/csv", WORKBOOK),
    transaction=True,
)
def download_products(
    session: Session, caller: CurrentUser, query: ProductsExportQuery
) -> Download:
    """Download the catalogue as a file that an import reads back.

    A cell that a spreadsheet would run as a formula has an apostrophe before it;
    an import takes it away again.
    """
    hold_export(session, caller.id)
    return Download(
        export_products(session, query.format, query.layout, bom=query.bom),
        f"products.{query.format}",
    )


@api.operation(
    "GET",
    "/import-template",
    access=Access.MANAGER,
    media_types=("text/csv", WORKBOOK),
)
def download_template(query: ExportQuery) -> Download:
    """Download an example of a file to import."""
    return Download(
        make_template(query.format, bom=query.bom), f"products-example.{query.format}"
    )


def _outcome(session: Session, import_id: int) -> ImportReport | None:
    ended = jobs.find_outcome(session, import_id)
    return ImportReport.model_validate(ended) if ended is not None else None


def _patience(request: Request) -> tuple[timedelta, str | None]:
    """How long the client would wait (RFC 7240, sections 4.1 and 4.3)."""
    said = request.headers.get("Prefer", "").lower().split(",")
    preferences = [each.partition(";")[0].strip() for each in said]
    if "respond-async" in preferences:
        return timedelta(), "respond-async"
    for preference in preferences:
        name, _, seconds = preference.partition("=")
        if name.strip() == "wait" and seconds.strip().isdecimal():
            wait = min(int(seconds.strip()[:9]), LONGEST_WAIT_SECONDS)
            return timedelta(seconds=wait), f"wait={wait}"
    return ANSWER_WITHIN, None
