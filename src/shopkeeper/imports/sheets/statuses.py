"""What words of a file say of a product being on sale."""

from shopkeeper.imports.columns.status import status_said
from shopkeeper.imports.sheets.header_row import Header
from shopkeeper.imports.sheets.programs import MAGENTO
from shopkeeper.models.product import ProductStatus

# In Magento's `product_online`, where 1 is enabled.
MAGENTO_DISABLED = "2"


def status_in(header: Header, word: str) -> ProductStatus:
    """The status that a word says in a file of this header."""
    if header.program is MAGENTO and word == MAGENTO_DISABLED:
        return ProductStatus.DRAFT
    return status_said(word)
