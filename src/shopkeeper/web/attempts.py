"""Attempts at a call, each in one transaction: read, claim, run, keep."""

from dataclasses import replace
from typing import Any

from shopkeeper.models import Role
from shopkeeper.utils.errors import ProblemError, RetryLaterError, TokenRevoked
from shopkeeper.utils.observability import client_of
from shopkeeper.utils.tokens import Claims
from shopkeeper.web.access import authenticate, require_owner, require_role
from shopkeeper.web.answers import render, replayed
from shopkeeper.web.calls import Call, Prefetch
from shopkeeper.web.errors import IdempotencyInFlight
from shopkeeper.web.inputs import Inputs, make_fingerprint, read_inputs
from shopkeeper.web.operation import WRITING_METHODS
from shopkeeper.web.parameters import Given
from shopkeeper.web.problems import make_answer
from shopkeeper.web.results import Accepted, Created, Trial
from shopkeeper.web.service import activities, idempotency
from shopkeeper.web.service.activities import Deed
from shopkeeper.web.service.idempotency import Answer, Claim, UnfinishedAnswer

# From here on a status is a fault of ours, and no answer to keep.
FAILURE = 500


class Attempt:
    """An attempt at a call: read what it says, find out who calls, run the view."""

    def __init__(self, call: Call, given: Given) -> None:
        self._call = call
        self._given = given
        self._session = given.session
        self._inputs: Inputs = {}

    def make(self) -> Answer | UnfinishedAnswer:
        """Do it all.

        Raises:
            ProblemError: If it is refused.
        """
        call = self._call
        self.read()
        prefetch = Prefetch(call, self._inputs)
        try:
            caller = authenticate(
                self._session, call.operation, call.claims, prefetch.ask
            )
        except ProblemError:
            # What is fetched may be refused, too: whoever may not call is told first.
            authenticate(self._session, call.operation, call.claims)
            raise
        self._given.caller = caller
        call.request.user_id = caller.id if caller else None
        return self.run(prefetch)

    def read(self) -> None:
        """Read what the request says.

        Raises:
            ProblemError: If it says something wrong; whoever may not call is told
                that first.
        """
        call, given = self._call, self._given
        try:
            self._inputs = read_inputs(call.operation, call.request, call.data)
        except ProblemError:
            authenticate(self._session, call.operation, call.claims)
            raise
        for name, value in self._inputs.items():
            setattr(given, name, value)

    def run(self, prefetch: Prefetch) -> Answer | UnfinishedAnswer:
        """Run the view, and render what it gives.

        Raises:
            ProblemError: If it refuses.
        """
        operation, request = self._call.operation, self._call.request
        given = self._given
        given.prefetched = prefetch.value(self._session)
        taken = {name: source(given) for name, source in operation.bindings}
        noted = activities.begin(self._session) if self._is_of_staff() else None
        result = operation.view(**taken)
        answer = render(operation, request, result)
        if noted is None:
            return answer
        if isinstance(result, Trial):
            activities.end(self._session)
        else:
            activities.note(self._session, noted, self._deed(result))
        if isinstance(answer, UnfinishedAnswer):
            return replace(answer, activity=noted)
        return answer

    def _is_of_staff(self) -> bool:
        """Whether it is a write of somebody whose writes are noted, and was not yet."""
        caller, claim = self._given.caller, self._given.claim
        return (
            caller is not None
            and caller.role is not Role.CUSTOMER
            and self._call.operation.method in WRITING_METHODS
            # What is gone on with was noted when it was begun.
            and (claim is None or not claim.is_resumed)
        )

    def _deed(self, result: Any) -> Deed:
        """What is noted of it; what was made is named by what comes of it."""
        operation, request = self._call.operation, self._call.request
        caller = self._given.caller
        if isinstance(result, Accepted | Created):
            result = result.output
        sent = list(self._inputs.values())
        named = sent if operation.about else [result, *sent]
        ids = [getattr(each, "id", None) for each in named]
        ids += (request.view_args or {}).values()
        entity = operation.subject
        entity_id = next((each for each in ids if isinstance(each, int)), None)
        return Deed(
            user_id=caller.id if caller else None,
            role=caller.role.value if caller else None,
            operation=operation.name,
            entity=entity,
            entity_id=entity_id if entity else None,
            request_id=request.request_id,
            client=client_of(request.remote_addr or ""),
        )


class Refused(Exception):  # It is not an error, but a way back.
    """An operation has been refused, and the refusal is an answer to keep."""

    def __init__(self, problem: ProblemError, claim: Claim) -> None:
        self.problem = problem
        self.claim = claim


class KeyedAttempt(Attempt):
    """An attempt under a key: the answer is kept in the transaction of the effect."""

    def __init__(self, call: Call, given: Given, claims: Claims, key: str) -> None:
        super().__init__(call, given)
        self._claims = claims
        self._key = key

    def make(self) -> Answer | UnfinishedAnswer:
        """Do it all; or give the answer that the key has already.

        Raises:
            Refused: If it was refused: then nothing of it is to stay.
            ProblemError: If that is no answer to keep.
        """
        self.read()
        prefetch = Prefetch(self._call, self._inputs, self._key)
        claim = self.claim(prefetch)
        if isinstance(claim, Answer):
            return claim
        try:
            answer = self.run(prefetch)
        except ProblemError as problem:
            if problem.status >= FAILURE or isinstance(problem, RetryLaterError):
                raise
            raise Refused(problem, claim) from problem
        self.keep(answer)
        return answer

    def refuse(self, refused: Refused) -> Answer:
        """Keep a refusal for the key, unless somebody else has answered it since.

        Raises:
            IdempotencyInFlight: If somebody has begun it since.
        """
        self.read()
        claim = self.claim()
        if isinstance(claim, Answer):
            return claim
        if claim.is_resumed and not refused.claim.is_resumed:
            raise IdempotencyInFlight(seconds=1)
        answer = make_answer(refused.problem)
        self.keep(answer)
        return answer

    def claim(self, prefetch: Prefetch | None = None) -> Claim | Answer:
        """Claim the key for this transaction, or find the answer that it has.

        Raises:
            ProblemError: If the caller may not call, or the key is another call's.
        """
        call, given, key = self._call, self._given, self._key
        fingerprint = make_fingerprint(call.request, call.data, self._inputs)
        try:
            caller, claim = idempotency.claim(
                self._session,
                self._claims.login_id,
                key,
                fingerprint,
                call.operation,
                prefetch.ask if prefetch else None,
            )
        except TokenRevoked:
            # This may be a retry of the call that has ended this very login.
            kept = idempotency.find_repeated_ending(
                self._session, self._claims.user_id, key, fingerprint
            )
            if kept is None:
                raise
            return replayed(kept)
        require_owner(self._claims, caller)
        call.request.user_id = caller.id
        require_role(call.operation, caller)
        if isinstance(claim, Answer):
            return replayed(claim)
        given.caller, given.claim = caller, claim
        return claim

    def keep(self, answer: Answer | UnfinishedAnswer) -> None:
        """Keep the answer for the key, if it is one."""
        caller = self._given.caller
        if caller is not None and not isinstance(answer, UnfinishedAnswer):
            idempotency.keep(self._session, caller.id, self._key, answer)
