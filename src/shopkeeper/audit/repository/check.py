"""What a check of an audit is."""

from typing import NamedTuple

from shopkeeper.database.statements import Fragment

# Statuses of an order whose goods are out of stock, and whose money is taken.
SOLD = Fragment("('processing', 'executed', 'partially_refunded', 'refunded')")
EXECUTED = Fragment("('executed', 'partially_refunded', 'refunded')")

# Items of refunds, with the variant of the line that each is about.
REFUND_ITEMS = Fragment(
    """
    (
        SELECT item.*, line.variant_id
        FROM refund_items AS item
        JOIN order_items AS line
            ON line.order_id = item.order_id AND line.id = item.order_item_id
    )
    """
)


class Check(NamedTuple):
    """A promise, as the query that finds what breaks it.

    `breaches` gives one row for each breach: what it is about, what is there,
    and what there should be. `counts` says how many rows were looked at.
    """

    name: str
    promise: str
    counts: str
    breaches: str
