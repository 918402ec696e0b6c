from sqlalchemy.orm import Session

from shopkeeper import models
from shopkeeper.imports.errors import ImportFinished, ImportNotFound
from shopkeeper.imports.schemas.imports import (
    BadRowPage,
    ImportPage,
    ImportQuery,
    ImportReport,
)
from shopkeeper.imports.service import bad_rows, jobs
from shopkeeper.imports.service.export import export_errors
from shopkeeper.web.answers import Download
from shopkeeper.web.errors import ExportRunning
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.schemas.base import PageQuery
from shopkeeper.web.service.exports import hold_export

api = Api("imports", "/imports", tag="Imports")


@api.operation("GET", "", access=Access.MANAGER)
def list_imports(session: Session, query: ImportQuery) -> ImportPage:
    """List imports, the newest first."""
    page = jobs.list_imports(session, query.status, query.limit, query.cursor)
    return ImportPage.model_validate(page)


@api.operation("GET", "/<id:import_id>", access=Access.MANAGER, errors=[ImportNotFound])
def show_import(session: Session, import_id: int) -> ImportReport:
    """Show how far an import is, or what became of it."""
    return ImportReport.model_validate(jobs.get_import(session, import_id))


@api.operation(
    "GET",
    "/<id:import_id>/errors",
    access=Access.MANAGER,
    errors=[ImportNotFound, ExportRunning],
    media_types=("text/csv",),
    transaction=True,
)
def download_errors(session: Session, caller: CurrentUser, import_id: int) -> Download:
    """Download the bad rows as CSV, to be corrected and sent again.

    The columns are those of the file; two more tell the row's number and what
    is wrong with it, and are ignored when the file comes back.
    """
    hold_export(session, caller.id)
    name = f"import-{import_id}-errors.csv"
    return Download(export_errors(session, import_id), name)


@api.operation(
    "GET",
    "/<id:import_id>/bad-rows",
    access=Access.MANAGER,
    errors=[ImportNotFound],
)
def list_bad_rows(session: Session, import_id: int, query: PageQuery) -> BadRowPage:
    """List the bad rows with all their cells, to be corrected and sent again.

    They are kept for 30 days.
    """
    page = bad_rows.list_bad_rows(session, import_id, query.limit, query.cursor)
    return BadRowPage.model_validate(page)


@api.operation(
    "DELETE",
    "/<id:import_id>",
    access=Access.MANAGER,
    status=204,
    errors=[ImportNotFound, ImportFinished],
    about=models.ProductImport,
)
def cancel_import(session: Session, import_id: int) -> None:
    """Cancel an import that has not ended. Nothing of it is written."""
    jobs.cancel_import(session, import_id)
