"""A call of an operation, and what is asked for it ahead."""

from dataclasses import dataclass
from typing import Any

from shopkeeper.database.statements import Batch, Deferred
from shopkeeper.utils.observability import ObservedRequest
from shopkeeper.utils.tokens import Claims
from shopkeeper.web.inputs import Inputs
from shopkeeper.web.limits import Bucket
from shopkeeper.web.operation import Operation
from shopkeeper.web.repository.idempotency import Asker
from shopkeeper.web.service import rate_limits


@dataclass(frozen=True)
class Call:
    """What is asked for: an operation, by a request, under a token or none."""

    operation: Operation
    request: ObservedRequest
    claims: Claims | None
    data: bytes


class Ahead:
    """What an operation asks on the trip that finds out who is calling."""

    def __init__(self, call: Call, inputs: Inputs, key: str | None = None) -> None:
        self._operation = call.operation
        self._offered = dict(inputs)
        if call.claims is not None:
            asker = Asker(call.claims.user_id, call.claims.login_id, key)
            self._offered["asker"] = asker
        self._offered.update(call.request.view_args or {})
        self.asked: Any = None
        self.taken: Deferred[Bucket] | None = None

    def __call__(self, batch: Batch) -> None:
        limit, asker = self._operation.limit, self._offered.get("asker")
        if limit is not None and asker is not None:
            subject = limit.of_account(asker.user_id)
            self.taken = rate_limits.take(batch, limit, subject, asker)
        ask = self._operation.ahead
        if ask is not None:
            wanted = self._operation.ahead_wants
            self.asked = ask(batch, **{name: self._offered[name] for name in wanted})
