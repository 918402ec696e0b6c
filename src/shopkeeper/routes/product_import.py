from sqlalchemy.orm import Session

from shopkeeper.routes.inputs import Upload
from shopkeeper.routes.operation import Access, Api
from shopkeeper.schemas.import_row import read_row
from shopkeeper.schemas.imports import ImportOptions, ImportReport
from shopkeeper.service.db import product_import as service
from shopkeeper.service.errors import (
    FileTooLarge,
    ProductNameTaken,
    SkuTaken,
    StockOverflow,
    UnreadableFile,
)
from shopkeeper.service.import_plan import Options

product_import = Api("product_import", "/products", tag="Catalogue")


@product_import.operation(
    "POST",
    "/bulk-import",
    access=Access.MANAGER,
    errors=[UnreadableFile, FileTooLarge, ProductNameTaken, SkuTaken, StockOverflow],
)
def import_products(session: Session, upload: Upload[ImportOptions]) -> ImportReport:
    """Import products from a .csv, .tsv or .xlsx file.

    The first row has the headers: name, sku, category, quantity, price, cost
    and description, as far as the file has them. Unless `on_error` says
    otherwise, nothing is written if any row is bad.
    """
    report = service.import_products(
        session,
        upload.file.stream,
        upload.file.filename or "",
        Options(**upload.options.model_dump(mode="json")),
        read_row,
    )
    return ImportReport.model_validate(report)
