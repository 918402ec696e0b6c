from sqlalchemy.orm import Session

from shopkeeper.orders.schemas.lists import OrderExportQuery
from shopkeeper.orders.service.export import export_orders
from shopkeeper.web.answers import Download
from shopkeeper.web.errors import ExportRunning
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.service.exports import hold_export
from shopkeeper.web.tables import WORKBOOK

api = Api("order_export", "/orders", tag="Orders")


@api.operation(
    "GET",
    "/export",
    access=Access.MANAGER,
    errors=[ExportRunning],
    media_types=("text/csv", WORKBOOK),
    transaction=True,
)
def download_orders(
    session: Session, caller: CurrentUser, query: OrderExportQuery
) -> Download:
    """Download the orders that match as a file with a row for each of their lines.

    With what each line has cost, where that is known. A cell that a spreadsheet would
    run as a formula has an apostrophe before it.
    """
    hold_export(session, caller.id)
    file = export_orders(
        session,
        caller,
        query.filters(),
        sort=query.sort,
        file_format=query.format,
        bom=query.bom,
    )
    return Download(file, f"orders.{query.format}")
