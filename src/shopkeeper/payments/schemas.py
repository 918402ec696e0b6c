"""What is said of money that has come."""

from shopkeeper.web.schemas.base import Input
from shopkeeper.web.schemas.fields.money import PriceInput
from shopkeeper.web.schemas.fields.numbers import Id
from shopkeeper.web.schemas.fields.text import Reference


class PaymentReceived(Input):
    """Money that has come for an invoice; without an amount, all that is owed."""

    order_id: Id
    amount: PriceInput | None = None
    reference: Reference | None = None
