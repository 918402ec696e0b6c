"""Holding the books against a provider's own lists: of charges, refunds, disputes.

What differs is told and not mended: most of it is to be matched by people. What
is under way on either side is left out, for the two are not asked in one moment.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.audit.repository import provider
from shopkeeper.audit.repository.provider import Booked
from shopkeeper.audit.repository.snapshot import Breach
from shopkeeper.audit.service.audit import Finding
from shopkeeper.models import PaymentMethod, PaymentStatus, RefundStatus
from shopkeeper.payments.gateways.port import Gateway, GatewayRefundStatus, Listed
from shopkeeper.utils.money import shown

NOTHING = "nothing"
PENDING = "pending"  # A payment or a refund that is under way.
Told = Mapping[str, str]


def audit_provider(
    sessions: sessionmaker[Session],
    method: PaymentMethod,
    gateway: Gateway,
    since: datetime | None,
) -> Iterator[Finding]:
    """Compare what a provider lists since a moment with what is booked.

    Raises:
        OutcomeUnknownError: If the provider does not say.
    """
    which = Listed(since=since)
    for kind, promise, compare in COMPARISONS:
        checked, breaches = compare(sessions, method, gateway, which)
        yield Finding(
            f"provider_{kind}_agree", promise, checked, len(breaches), breaches
        )


Compared = tuple[int, list[Breach]]


def _charges(
    sessions: sessionmaker[Session],
    method: PaymentMethod,
    gateway: Gateway,
    which: Listed,
) -> Compared:
    listed = {
        charge.reference: f"captured {shown(charge.amount)}"
        if charge.is_captured
        else NOTHING
        for charge in gateway.list_charges(which)
        # Without our key it is of somebody else who uses the same account.
        if charge.key is not None
    }
    with sessions() as session:
        rows = provider.list_charges(session, method, which.since, list(listed))
    return _settled("charge", listed, rows, PaymentStatus.CAPTURED, "captured")


def _refunds(
    sessions: sessionmaker[Session],
    method: PaymentMethod,
    gateway: Gateway,
    which: Listed,
) -> Compared:
    listed = {}
    found = list(gateway.list_refunds(which))
    with sessions() as session:
        ours = provider.list_known(
            session, method, [each.charge_reference for each in found]
        )
    for refund in found:
        if refund.charge_reference not in ours:
            continue
        if refund.status is GatewayRefundStatus.SUCCEEDED:
            listed[refund.reference] = f"gave back {shown(refund.amount)}"
        elif refund.status is GatewayRefundStatus.FAILED:
            listed[refund.reference] = NOTHING
    with sessions() as session:
        rows = provider.list_refunds(session, method, which.since, list(listed))
    return _settled("refund", listed, rows, RefundStatus.SUCCEEDED, "gave back")


def _disputes(
    sessions: sessionmaker[Session],
    method: PaymentMethod,
    gateway: Gateway,
    which: Listed,
) -> Compared:
    found = list(gateway.list_disputes(which))
    with sessions() as session:
        ours = provider.list_known(
            session, method, [each.charge_reference for each in found]
        )
        listed = {
            dispute.reference: f"{dispute.outcome.value}, of {shown(dispute.amount)}"
            for dispute in found
            if dispute.charge_reference in ours
        }
        rows = provider.list_disputes(session, method, list(listed))
    booked = {row.reference: f"{row.status}, of {shown(row.amount)}" for row in rows}
    orders = {row.reference: row.order_id for row in rows}
    return _compare("dispute", listed, booked, orders)


def _settled(
    kind: str, listed: dict[str, str], rows: Sequence[Booked], settled: str, did: str
) -> Compared:
    """Compare what has come to an end in the books; what has not is left out."""
    booked, orders = {}, {}
    for row in rows:
        orders[row.reference] = row.order_id
        if row.status == PENDING:
            listed.pop(row.reference, None)
        elif row.status == settled:
            booked[row.reference] = f"{did} {shown(row.amount)}"
    return _compare(kind, listed, booked, orders)


def _compare(
    kind: str, listed: Told, booked: Told, orders: Mapping[str, int]
) -> Compared:
    references = sorted(listed.keys() | booked.keys())
    breaches = [
        Breach(
            f"{kind} {reference}"
            + (f" of order {orders[reference]}" if reference in orders else ""),
            f"{booked.get(reference, NOTHING)} in the books",
            f"{listed.get(reference, NOTHING)} at the provider",
        )
        for reference in references
        if booked.get(reference, NOTHING) != listed.get(reference, NOTHING)
    ]
    return len(references), breaches


COMPARISONS = (
    ("charges", "Money is taken where the books say so, and nowhere else.", _charges),
    ("refunds", "Every refund at the provider is booked, with its amount.", _refunds),
    ("disputes", "Every dispute at the provider is noted, as it stands.", _disputes),
)
