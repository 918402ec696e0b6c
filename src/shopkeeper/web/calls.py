"""A call of an operation, and what is fetched for it before it is known who calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from shopkeeper.database.statements import Batch, Deferred
from shopkeeper.utils.observability import ObservedRequest
from shopkeeper.utils.tokens import Claims
from shopkeeper.web.limits import Bucket
from shopkeeper.web.operation import Operation
from shopkeeper.web.repository.idempotency import UnverifiedCaller
from shopkeeper.web.service import rate_limits


@dataclass(frozen=True)
class Call:
    """What is asked for: an operation, by a request, under a token or none."""

    operation: Operation
    request: ObservedRequest
    claims: Claims | None
    data: bytes


class Prefetch:
    """What an operation asks in the batch that finds out who is calling."""

    def __init__(
        self, call: Call, inputs: Mapping[str, Any], key: str | None = None
    ) -> None:
        self._call = call
        self._inputs = inputs
        self._unverified: UnverifiedCaller | None = None
        if call.claims is not None:
            user_id, login_id = call.claims.user_id, call.claims.login_id
            self._unverified = UnverifiedCaller(user_id, login_id, key)
        self._deferred: Deferred[Any] | None = None
        self._taken: Deferred[Bucket] | None = None

    def ask(self, batch: Batch) -> None:
        """Let it go with what finds out who is calling."""
        operation, unverified = self._call.operation, self._unverified
        limit = operation.limit
        if limit is not None and unverified is not None:
            subject = limit.of_account(unverified.user_id)
            self._taken = rate_limits.take(batch, limit, subject, unverified)
        if operation.prefetch is not None:
            offered = {
                **self._inputs,
                "unverified": unverified,
                **(self._call.request.view_args or {}),
            }
            wanted = {name: offered[name] for name in operation.prefetch_takes}
            self._deferred = operation.prefetch(batch, **wanted)

    def value(self, session: Session) -> Any:
        """What was fetched, or None; the request learns what is left of its limit.

        Raises:
            RateLimited: If nothing is left of it.
            ProblemError: If it is not there, or not for this caller.
        """
        if self._taken is not None:
            self._call.request.bucket = self._taken(session)
        return self._deferred(session) if self._deferred is not None else None
