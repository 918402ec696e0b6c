"""Files of products: tried, looked at, applied."""

import csv
import io
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from flask import Response
from werkzeug.datastructures import FileStorage

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.pages import act, show
from shopkeeper.console.routes.shop_api import Sheet, Wanted
from shopkeeper.utils.errors import ValidationFailed
from shopkeeper.web.problems import to_response

# What of the form is an option of the import.
OPTIONS = (
    *("mode", "match_by", "quantity_mode", "on_error", "format", "default_category"),
    *("default_quantity", "default_status"),
)
# A file that is shown what it would do goes with the page, if it is no larger.
CARRIED_BYTES = 256 * 1024
# So many bad rows stand in a page, to be corrected in their cells.
ROWS_MENDED = 50
RUNNING = {"queued", "running"}


@show("/imports")
def list_console_imports(desk: Desk) -> Response:
    """What became of files, and the form for the next one."""
    found = desk.api.get("/imports", limit=50, cursor=desk.asked("cursor"))
    return desk.page(
        "imports.html", imports=found["items"], next_cursor=found["next_cursor"]
    )


@show("/imports/<id:import_id>")
def show_console_import(desk: Desk, import_id: int) -> Response:
    """How far an import is, or what became of it."""
    report = desk.api.get(f"/imports/{import_id}")
    asked = {each: desk.asked(each) for each in OPTIONS if desk.asked(each)}
    return desk.page(
        "import.html",
        report=report,
        is_running=report["status"] in RUNNING,
        carried=None,
        # How it was tried is known while its page is open: not of one that is listed.
        options=asked if desk.asked("tried") == "yes" else None,
    )


@act(
    "/imports/run",
    calls=["POST /products/bulk-import"],
    again=list_console_imports,
    takes_file=True,
)
def run_import(desk: Desk) -> Response:
    """Show what a file would do; or, once that was seen, let it."""
    name, content = _file(desk)
    options = {each: desk.typed(each) for each in OPTIONS if desk.typed(each)}
    return _send(desk, name, content, options)


@show("/imports/<id:import_id>/mend")
def show_bad_rows(desk: Desk, import_id: int) -> Response:
    """The bad rows of an import, each cell to be corrected."""
    found = desk.api.get(
        f"/imports/{import_id}/bad-rows", limit=ROWS_MENDED, cursor=desk.asked("cursor")
    )
    return desk.page("mend.html", import_id=import_id, found=found)


@act(
    "/imports/<id:import_id>/mend",
    calls=["POST /products/bulk-import"],
    again=show_bad_rows,
    takes_file=True,
)
def mend_rows(desk: Desk, import_id: int) -> Response:
    """Show what rows would do that were corrected; then they are imported alone."""
    options = {each: desk.typed(each) for each in OPTIONS if desk.typed(each)}
    return _send(desk, f"mended-{import_id}.csv", _mended(desk), options)


def _mended(desk: Desk) -> bytes:
    """The rows as they were corrected, as a file; one without a word is left out."""
    header = desk.every("header")
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(header)
    for row in desk.every("row"):
        typed = desk.every(f"row-{row}")[: len(header)]
        cells = [cell.replace("\r\n", "\n") for cell in typed]
        if any(cell.strip() for cell in cells):
            sheet.writerow(cells)
    return written.getvalue().encode()


def _send(
    desk: Desk, name: str, content: bytes, options: Mapping[str, str]
) -> Response:
    """Try a file, or import what was tried."""
    is_trial = desk.typed("apply") != "yes"
    told = {**options, "dry_run": "true" if is_trial else "false"}
    if is_trial:  # Whether the others are to come without them is asked thereafter.
        told["on_error"] = "skip_rows"
    file = FileStorage(io.BytesIO(content), filename=name)
    report = desk.send("POST", "/products/bulk-import", sheet=Sheet(file, told))
    if not is_trial:
        return desk.done(f"/imports/{report['id']}")
    carried = None
    if len(content) <= CARRIED_BYTES:
        carried = {"name": name, "content": b64encode(content).decode()}
    return _tried(desk, report, carried, options)


def _tried(
    desk: Desk,
    report: Mapping[str, Any],
    carried: Mapping[str, str] | None,
    options: Mapping[str, str],
) -> Response:
    """What a file would do, or how far it is; the file goes along, if it is small."""
    tried = {k: v for k, v in options.items() if k != "on_error"}
    is_running = report["status"] in RUNNING
    if is_running and carried is None:
        return desk.done(f"/imports/{report['id']}", "", tried="yes", **tried)
    return desk.page(
        "trying.html" if is_running else "import.html",
        report=report,
        is_running=is_running,
        carried=carried,
        options=tried,
    )


@act(
    "/imports/<id:import_id>/look",
    calls=[],
    again=show_console_import,
    takes_file=True,
)
def look_again(desk: Desk, import_id: int) -> Response:
    """Look how far a trial is, whose file goes along."""
    options = {each: desk.typed(each) for each in OPTIONS if desk.typed(each)}
    carried = {"name": desk.typed("carried_name"), "content": desk.typed("carried")}
    return _tried(desk, desk.api.get(f"/imports/{import_id}"), carried, options)


@act(
    "/imports/<id:import_id>/cancel",
    calls=["DELETE /imports/<import_id>"],
    again=show_console_import,
)
def cancel_console_import(desk: Desk, import_id: int) -> Response:
    """Cancel an import that has not ended; nothing of it is written."""
    desk.send("DELETE", f"/imports/{import_id}")
    return desk.done(f"/imports/{import_id}", "cancelled")


@show("/imports/<id:import_id>/errors.csv")
def download_bad_rows(desk: Desk, import_id: int) -> Response:
    """The bad rows, to be corrected and sent again."""
    return _pass_on(desk, f"/imports/{import_id}/errors", {})


@show("/products/export.<any(csv,xlsx):kind>")
def download_catalogue(desk: Desk, kind: str) -> Response:
    """The catalogue, as an import reads it back."""
    return _pass_on(desk, "/products/export", {"format": kind})


@show("/imports/example.csv")
def download_example(desk: Desk) -> Response:
    """A file as an import takes it."""
    return _pass_on(desk, "/products/import-template", {"format": "csv"})


def _pass_on(desk: Desk, path: str, query: Mapping[str, str]) -> Response:
    return to_response(desk.api.answer(Wanted("GET", path, query)))


def _file(desk: Desk) -> tuple[str, bytes]:
    """What was chosen, or pasted, or comes back with the page that showed it.

    Raises:
        ValidationFailed: If it is nothing.
    """
    chosen = desk.request.files.get("file")
    if chosen is not None and chosen.filename:
        return chosen.filename, chosen.stream.read()
    if desk.typed("carried"):
        try:
            return desk.typed("carried_name"), b64decode(
                desk.typed("carried"), validate=True
            )
        except ValueError:
            message = "is no file"
            raise ValidationFailed(
                [{"parameter": "file", "message": message}]
            ) from None
    pasted = desk.form.get("pasted", "")
    if pasted.strip():
        return "pasted.csv", pasted.encode()
    raise ValidationFailed([{"parameter": "file", "message": "choose or paste one"}])
