"""Dispatching calls: each is performed once, in a transaction that is committed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.database.sessions import Readers, in_transaction
from shopkeeper.utils.faults import fault_point
from shopkeeper.utils.observability import ObservedRequest
from shopkeeper.utils.tokens import Claims
from shopkeeper.web.access import authenticate
from shopkeeper.web.attempts import FAILURE, Attempt, KeyedAttempt, Refused
from shopkeeper.web.calls import Call
from shopkeeper.web.inputs import read_idempotency_key
from shopkeeper.web.limits import Whose
from shopkeeper.web.operation import Access, Operation
from shopkeeper.web.outcomes import await_outcome
from shopkeeper.web.parameters import Given
from shopkeeper.web.service import activities, idempotency, rate_limits
from shopkeeper.web.service.idempotency import (
    Answer,
    ProvisionalAnswer,
    UnfinishedAnswer,
)
from shopkeeper.web.turns import turn_at_work, turn_outside

# It is not over, so that this is no answer to keep.
ACCEPTED = 202


class Dispatcher:
    """Has calls performed, each in a transaction committed before the answer."""

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
                    answer = self._attempt(call)
                else:
                    answer = self._attempt_once(call, call.claims, key)
            if isinstance(answer, UnfinishedAnswer):
                answer = self._finish(call, key, answer)
        if isinstance(answer, ProvisionalAnswer):
            answer = self._await(call, key, answer)
        return answer

    def _given(self, call: Call, session: Session) -> Given:
        return Given(session, self.sessions, self.provided, call.request, call.claims)

    def _attempt(self, call: Call) -> Answer | UnfinishedAnswer:
        def attempt(session: Session) -> Answer | UnfinishedAnswer:
            return Attempt(call, self._given(call, session)).make()

        if call.operation.only_reads:
            is_public = call.operation.access is Access.PUBLIC
            readers = self.public_readers if is_public else self.readers
            with readers() as session:
                return attempt(session)
        return in_transaction(self.sessions, attempt)

    def _attempt_once(
        self, call: Call, claims: Claims, key: str
    ) -> Answer | UnfinishedAnswer:
        """Attempt it under a key; the answer is kept in the effect's transaction.

        A refusal has no effect: what was done until then is undone, and the key
        claimed again for it. Whoever has taken the key in between is believed.
        """

        def attempt(session: Session) -> KeyedAttempt:
            return KeyedAttempt(call, self._given(call, session), claims, key)

        try:
            return in_transaction(self.sessions, lambda own: attempt(own).make())
        except Refused as refusal:
            refused = refusal
            return in_transaction(
                self.sessions, lambda own: attempt(own).refuse(refused)
            )

    def _await(
        self, call: Call, key: str | None, provisional: ProvisionalAnswer
    ) -> Answer:
        """Wait a little for the outcome; the one kept for retries is the one given."""
        final = await_outcome(self.sessions, provisional)
        user_id = call.request.user_id
        if key is not None and user_id is not None:
            kept = final if final is not None and final.status < FAILURE else None
            was_awaited = in_transaction(
                self.sessions,
                lambda own: idempotency.settle(own, user_id, key, kept),
            )
            final = final if was_awaited else None
        return final or provisional

    def _finish(
        self, call: Call, key: str | None, unfinished: UnfinishedAnswer
    ) -> Answer:
        """Ask outside, and note what came of it together with the answer."""
        outcome = unfinished.act()
        user_id = call.request.user_id

        def finish(session: Session) -> Answer:
            if unfinished.activity is None:
                return unfinished.finish(session, outcome)
            activities.go_on(session, unfinished.activity)
            answer = unfinished.finish(session, outcome)
            activities.end(session)
            return answer

        def note(session: Session) -> Answer:
            if key is None or user_id is None:
                return finish(session)
            idempotency.hold(session, user_id, key)  # Before the order.
            answer = finish(session)
            if answer.status < FAILURE and answer.status != ACCEPTED:
                idempotency.keep(session, user_id, key, answer)
            return answer

        answer = in_transaction(self.sessions, note)
        fault_point(f"{unfinished.name}.settled")
        return answer
