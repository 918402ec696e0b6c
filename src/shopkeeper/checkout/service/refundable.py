"""What of an order's lines a refund is about: pieces, money, and goods.

Pieces come back at the price they were sold at, less what of the line was
given back for no pieces before: a line is never refunded by more than it was
paid with. Goods that are back on the shelf already, from a refund whose money
was reversed, are not put there again. What is still waited for comes back first: it
was never sent, and has cost nothing.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from typing import NamedTuple

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import (
    ProductNotFound,
    VariantNotFound,
    variant_required,
)
from shopkeeper.checkout.repository import refunds as refund_rows
from shopkeeper.checkout.repository.refunds import Returned, Shipment
from shopkeeper.models import Refund
from shopkeeper.orders.errors import RefundTooLarge
from shopkeeper.orders.lines import Lines, Wanted
from shopkeeper.orders.repository.views import LineRow
from shopkeeper.stock.costing import PRECISION, cost_of_return
from shopkeeper.utils.errors import ValidationFailed
from shopkeeper.utils.money import shop_currency, shown

NOTHING_RETURNED = Returned()
ALL_SHIPPED = Shipment()


class Return(NamedTuple):
    """What comes back of one line."""

    line_id: int
    quantity: int
    amount: Decimal
    cost: Decimal = Decimal(0)
    restocked: int = 0
    restocked_cost: Decimal = Decimal(0)
    already_back: int = 0
    cancelled: int = 0


class _Left(NamedTuple):
    """A line, with what of it was sent, and what was given back before."""

    line: LineRow
    before: Returned
    shipment: Shipment = ALL_SHIPPED

    @property
    def quantity(self) -> int:
        return self.line.quantity - self.before.quantity

    @property
    def amount(self) -> Decimal:
        return self.line.line_total - self.before.amount

    def give_back(self, quantity: int, *, restock: bool) -> Return:
        already_back = min(quantity, self.before.unpaid)
        cancelled = min(quantity - already_back, self.shipment.waiting)
        sent = quantity - cancelled
        is_back = restock and self.shipment.tracked
        restocked = sent - already_back if is_back else 0
        cost = self._cost(sent)
        return Return(
            self.line.id,
            quantity,
            min(self.line.unit_price * quantity, self.amount),
            cost,
            restocked,
            cost - self._cost(already_back) if restocked else Decimal(0),
            already_back,
            cancelled,
        )

    def _cost(self, sent: int) -> Decimal:
        """Of so many of the pieces that were sent."""
        all_sent = self.line.quantity - self.shipment.waiting - self.before.cancelled
        returned = min(self.before.quantity - self.before.kept, all_sent)
        if not min(sent, all_sent - returned):
            return Decimal(0)
        return cost_of_return(
            (self.line.line_cost or Decimal(0)) + self.shipment.late_cost,
            all_sent,
            returned,
            self.before.cost,
            min(sent, all_sent - returned),
        )


def choose_returns(
    order_id: int,
    sold: Sequence[LineRow],
    returned: Mapping[int, Returned],
    shipments: Mapping[int, Shipment],
    *,
    lines: Lines | None,
    amount: Decimal | None,
    restock: bool,
) -> list[Return]:
    """What a refund takes back of each line.

    Args:
        order_id: The order.
        sold: Its lines.
        returned: What was taken back before, by the ids of lines.
        shipments: What of lines was not sent, or is not counted, by their ids.
        lines: What comes back; None for all that is left.
        amount: Money for no goods, instead.
        restock: Whether the goods go back into stock.

    Raises:
        ProductNotFound, VariantNotFound: If something is not in the order.
        VariantRequired: If a product stands in it as several variants.
        ValidationFailed: If a line is named twice.
        RefundTooLarge: If more would be refunded than was sold.
    """
    left = [
        _Left(
            line,
            returned.get(line.id, NOTHING_RETURNED),
            shipments.get(line.id, ALL_SHIPPED),
        )
        for line in sold
    ]
    if amount is not None:
        rest = sum((each.amount for each in left), Decimal(0))
        if amount > rest:
            raise RefundTooLarge(
                f"Of order {order_id}, {shown(rest)} is left to refund, not"
                f" {shown(amount)}.",
                refundable_amount=shown(rest),
            )
        return spread(left, amount)
    if lines is None:
        chosen = [
            each.give_back(each.quantity, restock=restock)
            for each in left
            if each.quantity or each.amount
        ]
    else:
        meant = [_find(order_id, left, line) for line in lines]
        _refuse_twins(meant)
        chosen = [
            _take_back(each, line.quantity, restock)
            for each, line in zip(meant, lines, strict=True)
        ]
    if not any(item.amount for item in chosen):
        raise RefundTooLarge(f"All of order {order_id} that was paid is given back.")
    return chosen


def spread_over_lines(
    sold: Sequence[LineRow], returned: Mapping[int, Returned], amount: Decimal
) -> list[Return]:
    """Money that is gone, spread over what of an order's lines is not given back.

    No more than that is taken.
    """
    left = [_Left(line, returned.get(line.id, NOTHING_RETURNED)) for line in sold]
    return spread(left, min(amount, sum((each.amount for each in left), Decimal(0))))


def spread(left: Sequence[_Left], amount: Decimal) -> list[Return]:
    """An amount, spread over lines by what is left of each; it adds up exactly.

    Each part is the difference of two sums rounded down to the smallest coin, so
    that none is larger than what is left of its line.
    """
    coin = shop_currency().smallest
    parts = []
    seen = given = Decimal(0)
    with localcontext() as context:
        context.prec = PRECISION
        whole = sum((each.amount for each in left), Decimal(0))
        for each in left:
            seen += each.amount
            upto = seen * amount // (whole * coin) * coin if seen < whole else amount
            if upto > given:
                parts.append(Return(each.line.id, 0, upto - given))
            given = upto
    return parts


def _find(order_id: int, left: Sequence[_Left], wanted: Wanted) -> _Left:
    """The line that is meant."""
    found = [each for each in left if wanted.is_in(each.line)]
    if len(found) == 1:
        return found[0]
    if found:
        line = found[0].line
        lines = [_NamedLine(each.line) for each in found]
        raise variant_required(line.product_id, line.product_name, lines)
    kind = ProductNotFound if wanted.kind == "product" else VariantNotFound
    raise kind(f"Order {order_id} has no {wanted.named}.", **wanted.member)


def _refuse_twins(meant: Sequence[_Left]) -> None:
    """The same line, named in two ways, would be given back twice."""
    seen: set[int] = set()
    for place, each in enumerate(meant):
        if each.line.id in seen:
            message = f"line {each.line.id} stands in it twice"
            raise ValidationFailed([{"pointer": f"/items/{place}", "message": message}])
        seen.add(each.line.id)


class _NamedLine:
    """A line by its variant."""

    def __init__(self, line: LineRow) -> None:
        self.id = line.variant_id
        self.sku = line.sku
        self.title = line.variant_title or line.product_name


def _take_back(left: _Left, quantity: int, restock: bool) -> Return:
    if quantity > left.quantity:
        raise RefundTooLarge(
            f"Of {left.line.product_name!r}, {left.quantity} of {left.line.quantity}"
            f" sold are left to refund, not {quantity}.",
            product_id=left.line.product_id,
            refundable=left.quantity,
        )
    return left.give_back(quantity, restock=restock)


def add_items(session: Session, refund: Refund, returns: Sequence[Return]) -> None:
    """Write down what a refund is about."""
    refund_rows.add_items(
        session,
        [
            {
                "refund_id": refund.id,
                "order_id": refund.order_id,
                "order_item_id": item.line_id,
                "quantity": item.quantity,
                "amount": item.amount,
                "cost": item.cost,
                "restocked_cost": item.restocked_cost,
                "restocked_quantity": item.restocked,
                "already_back": item.already_back,
                "cancelled_quantity": item.cancelled,
            }
            for item in returns
        ],
    )
