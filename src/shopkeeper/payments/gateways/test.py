"""The test gateway: a provider that does as its tokens say.

It keeps what it knows in tables of its own, written in transactions of its
own, so that it outlives crashes of the shop as a real provider would.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.database.sessions import in_transaction
from shopkeeper.database.statements import Fragment
from shopkeeper.payments.gateways.port import (
    Charge,
    ChargeRequest,
    ChargeStatus,
    GatewayAwayError,
    GatewayRefund,
    GatewayRefundStatus,
    KnownCharge,
    KnownDispute,
    KnownRefund,
    Listed,
    NextAction,
    RefundRequest,
)

# How long a slow answer takes, and one that never comes; and when what nobody
# heard of is decided.
SLOW_SECONDS = 3.0
SILENT_SECONDS = 1.0
UNDECIDED = timedelta(seconds=2)

DECLINES = {
    "declined": "The card was declined.",
    "insufficient_funds": "There is not enough money in the account.",
}
LATE = {"timeout_then_success": "captured", "timeout_then_declined": "declined"}
# What the customer has to do first; they do so by and by, or never.
ACTIONS = {
    "action_then_success": "captured",
    "action_then_declined": "declined",
    "action_never": None,
}
# Its refunds succeed, and the money comes back by the time anybody looks again.
RETURNING = "success_then_refund_returns"
TOKENS = ("success", *DECLINES, *LATE, *ACTIONS, "slow", RETURNING)


class TestGateway:
    """The tokens of `TOKENS` decide what becomes of a charge; none is `success`."""

    __test__ = False  # Not a test, whatever its name begins with.

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def open_charge(self, request: ChargeRequest) -> str:
        self._write(
            """
            INSERT INTO test_gateway_charges (key, status, amount, currency, created_at)
            VALUES (:key, 'open', :amount, :currency, clock_timestamp())
            ON CONFLICT (key) DO NOTHING
            """,
            key=request.key,
            amount=request.amount,
            currency=request.currency,
        )
        return _reference(request.key)

    def capture(self, reference: str, token: str | None) -> Charge:
        token = token or "success"
        if token == "slow":  # noqa: S105  # Of this gateway's own.
            time.sleep(SLOW_SECONDS)
        if token in LATE:
            self._decide(reference, token, "processing", LATE[token])
            time.sleep(SILENT_SECONDS)
            raise GatewayAwayError("the test gateway does not answer")
        if token in ACTIONS:
            self._decide(reference, token, "requires_action", ACTIONS[token])
            return self.look_up(reference)
        is_good = token in {"success", "slow", RETURNING}
        self._decide(reference, token, "captured" if is_good else "declined", None)
        return self.look_up(reference)

    def look_up(self, reference: str) -> Charge:
        self._write(
            """
            UPDATE test_gateway_charges SET status = outcome
            WHERE key = :key AND status IN ('processing', 'requires_action')
                AND outcome IS NOT NULL AND settles_at <= clock_timestamp()
            """,
            key=_key(reference),
        )
        with self._sessions() as session:
            status, token = session.execute(
                text("SELECT status, token FROM test_gateway_charges WHERE key = :key"),
                {"key": _key(reference)},
            ).one()
        if status == ChargeStatus.DECLINED.value:
            return _declined(token)
        if status == ChargeStatus.REQUIRES_ACTION.value:
            action = NextAction(
                "redirect_to_url", None, f"https://test-gateway.invalid/{reference}"
            )
            return Charge(ChargeStatus.REQUIRES_ACTION, next_action=action)
        return Charge(ChargeStatus(status))

    def cancel(self, reference: str) -> Charge:
        self.look_up(reference)
        self._write(
            """
            UPDATE test_gateway_charges SET status = 'cancelled'
            WHERE key = :key
                AND status IN ('open', 'processing', 'requires_action')
            """,
            key=_key(reference),
        )
        return self.look_up(reference)

    def refund(self, request: RefundRequest) -> GatewayRefund:
        self._write(
            """
            INSERT INTO test_gateway_refunds (key, charge_key, amount, created_at)
            VALUES (:key, :charge, :amount, clock_timestamp())
            ON CONFLICT (key) DO NOTHING
            """,
            key=request.key,
            charge=_key(request.charge_reference),
            amount=request.amount,
        )
        return GatewayRefund(
            GatewayRefundStatus.SUCCEEDED, f"test_refund_{request.key.hex}"
        )

    def list_charges(self, which: Listed) -> Iterator[KnownCharge]:
        for row in self._list("test_gateway_charges", "key", which):
            is_captured = row.status == ChargeStatus.CAPTURED.value
            yield KnownCharge(_reference(row.key), row.key, row.amount, is_captured)

    def list_refunds(self, which: Listed) -> Iterator[KnownRefund]:
        self._write(
            """
            UPDATE test_gateway_refunds SET status = 'failed'
            FROM test_gateway_charges AS charge
            WHERE charge.key = charge_key AND charge.token = :token
            """,
            token=RETURNING,
        )
        for row in self._list("test_gateway_refunds", "charge_key", which):
            status = GatewayRefundStatus(row.status)
            has_failed = status is GatewayRefundStatus.FAILED
            yield KnownRefund(
                f"test_refund_{row.key.hex}",
                _reference(row.charge_key),
                row.key,
                row.amount,
                status,
                row.created_at,
                "refund_returned" if has_failed else None,
            )

    def list_disputes(self, which: Listed) -> Iterator[KnownDispute]:  # noqa: ARG002
        """None: nobody's bank takes anything back here."""
        yield from ()

    def _list(self, table: str, column: str, which: Listed) -> Sequence[Any]:
        charge = which.charge_reference
        with self._sessions() as session:
            return session.execute(
                text(
                    Fragment(
                        """
                        SELECT * FROM {table}
                        WHERE (CAST(:charge AS uuid) IS NULL OR {column} = :charge)
                            AND (
                                CAST(:since AS timestamptz) IS NULL
                                OR created_at >= :since
                            )
                        ORDER BY created_at
                        """,
                        table=Fragment(table),
                        column=Fragment(column),
                    )
                ),
                {
                    "charge": _key(charge) if charge is not None else None,
                    "since": which.since,
                },
            ).all()

    def _decide(
        self, reference: str, token: str, status: str, outcome: str | None
    ) -> None:
        """Only an open charge can be decided: once."""
        self._write(
            """
            UPDATE test_gateway_charges
            SET token = :token, status = :status, outcome = :outcome,
                settles_at = clock_timestamp() + :undecided
            WHERE key = :key AND status = 'open'
            """,
            key=_key(reference),
            token=token,
            status=status,
            outcome=outcome,
            undecided=UNDECIDED,
        )

    def _write(self, statement: str, **values: Any) -> None:
        in_transaction(
            self._sessions, lambda session: session.execute(text(statement), values)
        )


def _declined(token: str) -> Charge:
    code = token.removeprefix("timeout_then_").removeprefix("action_then_")
    message = DECLINES.get(code)
    if message is None:
        known = ", ".join(TOKENS)
        code, message = "unknown_token", f"The test gateway knows the tokens {known}."
    return Charge(ChargeStatus.DECLINED, code, message)


def _reference(key: UUID) -> str:
    return f"test_{key.hex}"


def _key(reference: str) -> UUID:
    return UUID(reference.removeprefix("test_"))
