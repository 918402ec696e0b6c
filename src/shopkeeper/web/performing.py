"""Performing operations: each once, in a transaction that is committed."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.database.sessions import Readers, in_transaction
from shopkeeper.database.statements import Batch
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import ProblemError, RetryLaterError, TokenRevoked
from shopkeeper.utils.faults import fault_point
from shopkeeper.utils.fingerprint import Fingerprint
from shopkeeper.utils.observability import ObservedRequest
from shopkeeper.utils.tokens import Claims
from shopkeeper.web.access import authenticate, require_owner, require_role
from shopkeeper.web.answers import render, replayed
from shopkeeper.web.calls import Ahead, Call
from shopkeeper.web.errors import IdempotencyInFlight
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.inputs import (
    Inputs,
    make_fingerprint,
    read_idempotency_key,
    read_inputs,
)
from shopkeeper.web.limits import Whose
from shopkeeper.web.operation import Access, Operation
from shopkeeper.web.problems import make_answer
from shopkeeper.web.promises import await_outcome
from shopkeeper.web.service import idempotency, rate_limits
from shopkeeper.web.service.idempotency import (
    Answer,
    Claim,
    ProvisionalAnswer,
    UnfinishedAnswer,
)
from shopkeeper.web.turns import turn_at_work, turn_outside

# It is not over, so that this is no answer to keep.
ACCEPTED = 202
# From here on a status is a fault of ours, and no answer to keep.
FAILURE = 500


class _Refused(Exception):  # It is not an error, but a way back.
    """An operation has been refused, and the refusal is an answer to keep."""

    def __init__(
        self, problem: ProblemError, fingerprint: Fingerprint, claim: Claim
    ) -> None:
        self.problem = problem
        self.fingerprint = fingerprint
        self.claim = claim


class Performer:
    """Performs operations, each in a transaction committed before the answer."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        readers: Readers | sessionmaker[Session],
        provided: Mapping[str, Any],
        public_readers: Readers | sessionmaker[Session] | None = None,
    ) -> None:
        """Perform with these transactions.

        Args:
            sessions: Makes transactions.
            readers: Makes sessions that only read.
            provided: What views may ask for beside what a request has, by its name.
            public_readers: Makes those that anybody may have something read by.
        """
        self.sessions = sessions
        self.readers = readers
        self.provided = provided
        self.public_readers = public_readers or readers

    def admit(self, operation: Operation, claims: Claims | None) -> None:
        """Insist, before a large body is taken, that the caller may send it."""
        with self.readers() as session:
            authenticate(session, operation, claims)

    def limit(self, operation: Operation, request: ObservedRequest) -> None:
        """Count a call of somebody who shows no token, before anything is done for it.

        Raises:
            RateLimited: If their address has called it as often as it may.
        """
        limit = operation.limit
        if limit is None or limit.whose is not Whose.ADDRESS:
            return
        subject = limit.of_address(request.remote_addr or "")
        request.bucket = in_transaction(
            self.sessions, lambda session: rate_limits.spend(session, limit, subject)
        )

    def perform(self, call: Call) -> Answer:
        """Perform what a request asks for, once, and give the answer to it.

        Raises:
            ProblemError: If there is an answer to it that is not to be kept.
            TooBusy: If too much is being asked at once.
            DBAPIError: If the database fails.
        """
        key = read_idempotency_key(call.operation, call.request)
        with turn_outside(call):
            with turn_at_work(call):
                if key is None or call.claims is None:
                    answer = self._perform(call)
                else:
                    answer = self._perform_once(call, call.claims, key)
            if isinstance(answer, UnfinishedAnswer):
                answer = self._finish(call, key, answer)
        if isinstance(answer, ProvisionalAnswer):
            answer = self._keep_promise(call, key, answer)
        return answer

    def _perform(self, call: Call) -> Answer | UnfinishedAnswer:
        def perform(session: Session) -> Answer | UnfinishedAnswer:
            try:
                inputs = read_inputs(call.operation, call.request, call.data)
                ahead = Ahead(call, inputs)
                caller = authenticate(session, call.operation, call.claims, ahead)
            except ProblemError:
                # Whoever may not call is told so first.
                authenticate(session, call.operation, call.claims)
                raise
            call.request.user_id = caller.id if caller else None
            return self._run(session, call, caller, inputs, ahead)

        if call.operation.only_reads:
            is_public = call.operation.access is Access.PUBLIC
            readers = self.public_readers if is_public else self.readers
            with readers() as session:
                return perform(session)
        return in_transaction(self.sessions, perform)

    def _perform_once(
        self, call: Call, claims: Claims, key: str
    ) -> Answer | UnfinishedAnswer:
        """Perform it under a key; the answer is kept in the effect's transaction.

        A refusal has no effect: what was done until then is undone, and the key
        claimed again for it. Whoever has taken the key in between is believed.
        """

        def perform(session: Session) -> Answer | UnfinishedAnswer:
            try:
                inputs = read_inputs(call.operation, call.request, call.data)
            except ProblemError:
                authenticate(session, call.operation, claims)
                raise
            fingerprint = make_fingerprint(call.request, call.data, inputs)
            ahead = Ahead(call, inputs, key)

            def run(caller: CurrentUser, claim: Claim) -> Answer | UnfinishedAnswer:
                try:
                    return self._run(session, call, caller, inputs, ahead, claim)
                except ProblemError as problem:
                    if problem.status >= FAILURE or isinstance(
                        problem, RetryLaterError
                    ):
                        raise  # Not an answer to keep.
                    raise _Refused(problem, fingerprint, claim) from problem

            return self._claim(session, call, claims, key, fingerprint, run, ahead)

        try:
            return in_transaction(self.sessions, perform)
        except _Refused as refused:
            return self._keep_refusal(call, claims, key, refused)

    def _keep_refusal(
        self, call: Call, claims: Claims, key: str, refused: _Refused
    ) -> Answer | UnfinishedAnswer:
        refusal = make_answer(refused.problem)

        def refuse(_caller: CurrentUser, claim: Claim) -> Answer:
            if claim.is_resumed and not refused.claim.is_resumed:
                raise IdempotencyInFlight(seconds=1)  # Another has begun it since.
            return refusal

        return in_transaction(
            self.sessions,
            lambda session: self._claim(
                session, call, claims, key, refused.fingerprint, refuse
            ),
        )

    @staticmethod
    def _claim(  # noqa: PLR0917  # Whose key, for what, and how it is answered.
        session: Session,
        call: Call,
        claims: Claims,
        key: str,
        fingerprint: Fingerprint,
        make: Callable[[CurrentUser, Claim], Answer | UnfinishedAnswer],
        ahead: Callable[[Batch], None] = lambda _: None,
    ) -> Answer | UnfinishedAnswer:
        """Give the answer that a key has; else make one, and keep it for the key."""
        try:
            caller, claim = idempotency.claim(
                session, claims.login_id, key, fingerprint, call.operation.name, ahead
            )
        except TokenRevoked:
            # This may be a retry of the call that has ended this very login.
            kept = idempotency.find_repeated_ending(
                session, claims.user_id, key, fingerprint
            )
            if kept is None:
                raise
            return replayed(kept)
        require_owner(claims, caller)
        call.request.user_id = caller.id
        require_role(call.operation, caller)
        if isinstance(claim, Answer):
            return replayed(claim)
        answer = make(caller, claim)
        if not isinstance(answer, UnfinishedAnswer):
            idempotency.keep(session, caller.id, key, answer)
        return answer

    def _run(  # noqa: PLR0917  # What a view may be offered.
        self,
        session: Session,
        call: Call,
        caller: CurrentUser | None,
        inputs: Inputs,
        ahead: Ahead,
        claim: Claim | None = None,
    ) -> Answer | UnfinishedAnswer:
        operation, request = call.operation, call.request
        if ahead.taken is not None:
            request.bucket = ahead.taken(session)
        offered: dict[str, Any] = {
            "session": session,
            "own_transaction": self.sessions,
            **self.provided,
            "claim": claim,
            "caller": caller,
            "claims": call.claims,
            "request": request,
            "ahead": ahead.asked,
            **inputs,
        }
        if operation.takes_precondition:
            header = request.environ.get("HTTP_IF_MATCH")
            offered["precondition"] = Precondition.parse(header)
        taken = {name: offered[name] for name in operation.wants}
        result = operation.view(**taken, **(request.view_args or {}))
        return render(operation, request, result)

    def _keep_promise(
        self, call: Call, key: str | None, promise: ProvisionalAnswer
    ) -> Answer:
        """Wait a little for the outcome; the one kept for retries is the one given."""
        final = await_outcome(self.sessions, promise)
        user_id = call.request.user_id
        if key is not None and user_id is not None:
            kept = final if final is not None and final.status < FAILURE else None
            was_awaited = in_transaction(
                self.sessions,
                lambda own: idempotency.settle(own, user_id, key, kept),
            )
            final = final if was_awaited else None
        return final or promise

    def _finish(
        self, call: Call, key: str | None, unfinished: UnfinishedAnswer
    ) -> Answer:
        """Ask outside, and note what came of it together with the answer."""
        outcome = unfinished.act()
        user_id = call.request.user_id

        def note(session: Session) -> Answer:
            if key is None or user_id is None:
                return unfinished.finish(session, outcome)
            idempotency.hold(session, user_id, key)  # Before the order.
            answer = unfinished.finish(session, outcome)
            if answer.status < FAILURE and answer.status != ACCEPTED:
                idempotency.keep(session, user_id, key, answer)
            return answer

        answer = in_transaction(self.sessions, note)
        fault_point(f"{call.operation.name}.settled")
        return answer
