"""The application: its parts put together, and the one place that commits."""

from contextlib import closing, nullcontext
from typing import Any

from flask import Flask, g, request
from flask.typing import ResponseReturnValue
from flask_cors import CORS
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from shopkeeper.database import in_transaction, make_session_factory
from shopkeeper.gateways.choice import Gateways
from shopkeeper.routes import BLUEPRINTS
from shopkeeper.routes.access import authenticate, read_claims
from shopkeeper.routes.answers import render, replayed
from shopkeeper.routes.headers import harden
from shopkeeper.routes.inputs import Inputs, read_idempotency_key, read_inputs, receive
from shopkeeper.routes.operation import Operation
from shopkeeper.routes.problems import install_problems, make_answer, to_response
from shopkeeper.routes.promises import await_outcome
from shopkeeper.service.db import idempotency
from shopkeeper.service.db.idempotency import (
    Answer,
    Claim,
    ProvisionalAnswer,
    UnfinishedAnswer,
)
from shopkeeper.service.db.order_execution import Till
from shopkeeper.service.identity import CurrentUser
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import ProblemError, RetryLaterError, TokenRevoked
from shopkeeper.utils.faults import fault_point
from shopkeeper.utils.observability import observe_requests
from shopkeeper.utils.settings import get_settings
from shopkeeper.utils.tokens import Claims, configure_tokens

# From here on a status is a fault of ours, and no answer to keep.
FAILURE = 500
EXPOSED_HEADERS = [
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "Retry-After",
    "X-Request-ID",
]


class IdConverter(IntegerConverter):
    """An id in a path; a number that no id can be is an address of nothing."""

    # By the pattern alone, or the address would be one that other methods take.
    regex = "0*[1-9][0-9]{0,17}"


class Shop(Flask):
    """A Flask application in which one request is one transaction."""

    def __init__(self, engine: Engine) -> None:
        super().__init__("shopkeeper", static_folder=None)
        self.engine = engine
        # //products is not a way to write /products; a redirect would be HTML.
        self.url_map.merge_slashes = False
        self.url_map.converters["id"] = IdConverter
        self.sessions = make_session_factory(engine)
        self.gateways = Gateways(get_settings(), self.sessions)

    def dispatch_request(self, *args: Any) -> ResponseReturnValue:
        """Run the operation asked for, and commit it before it is answered.

        Overridden, rather than hooked after the request: a commit that fails
        here still reaches the error handlers.
        """
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        view = self.view_functions[str(request.endpoint)]
        operation: Operation | None = getattr(view, "operation", None)
        if operation is None or request.method == "OPTIONS":
            return super().dispatch_request(*args)
        claims = read_claims(operation, request)
        if operation.takes_upload:
            request.max_content_length = get_settings().import_max_bytes
        if operation.takes_upload:
            # Fifty megabytes are taken only from somebody who may send them.
            with self.sessions() as session:
                authenticate(session, operation, claims)
        data = receive(operation, request)
        # An upload is a file on disk until the request is closed.
        turn = operation.turn() if operation.turn else nullcontext()
        with closing(request), turn:
            answer = in_transaction(
                self.sessions,
                lambda session: self._perform(session, operation, claims, data),
            )
        if isinstance(answer, UnfinishedAnswer):
            answer = self._finish(operation, answer)
        if isinstance(answer, ProvisionalAnswer):
            answer = self._keep_promise(operation, answer)
        return to_response(answer)

    def _keep_promise(self, operation: Operation, promise: ProvisionalAnswer) -> Answer:
        """Wait a little for the outcome; the one kept for retries is the one given."""
        final = await_outcome(self.sessions, promise)
        key = read_idempotency_key(operation, request)
        if key is not None:
            kept = final if final is not None and final.status < FAILURE else None
            was_awaited = in_transaction(
                self.sessions,
                lambda own: idempotency.settle(own, g.user_id, key, kept),
            )
            final = final if was_awaited else None
        return final or promise

    def _finish(self, operation: Operation, unfinished: UnfinishedAnswer) -> Answer:
        """Ask outside, and note what came of it together with the answer."""
        outcome = unfinished.act()
        key = read_idempotency_key(operation, request)

        def note(session: Session) -> Answer:
            if key is not None:  # Before the order, as whoever else has it.
                idempotency.hold(session, g.user_id, key)
            answer = unfinished.finish(session, outcome)
            if key is not None and answer.status < FAILURE:
                idempotency.keep(session, g.user_id, key, answer)
            return answer

        answer = in_transaction(self.sessions, note)
        fault_point(f"{operation.name.removesuffix('_order')}.settled")
        return answer

    def _perform(
        self,
        session: Session,
        operation: Operation,
        claims: Claims | None,
        data: bytes,
    ) -> Answer | UnfinishedAnswer:
        key = read_idempotency_key(operation, request)
        try:
            caller = authenticate(session, operation, claims)
        except TokenRevoked:
            return self._repeat_ending(session, operation, claims, key, data)
        g.user_id = caller.id if caller else None
        inputs = read_inputs(operation, request, data)
        if key is None or caller is None:
            return self._call(session, operation, claims, caller, inputs)
        claim = idempotency.claim(
            session, caller.id, key, inputs.fingerprint, operation.name
        )
        if isinstance(claim, Answer):
            return replayed(claim)
        try:
            with session.begin_nested():
                answer = self._call(session, operation, claims, caller, inputs, claim)
        except ProblemError as problem:
            if problem.status >= FAILURE or isinstance(problem, RetryLaterError):
                raise  # Not an answer to keep.
            answer = make_answer(problem)
        if not isinstance(answer, UnfinishedAnswer):
            idempotency.keep(session, caller.id, key, answer)
        return answer

    def _repeat_ending(
        self,
        session: Session,
        operation: Operation,
        claims: Claims | None,
        key: str | None,
        data: bytes,
    ) -> Answer:
        """Repeat the answer that ended this login, if this is a retry of its call."""
        if key is None or claims is None:
            raise TokenRevoked
        fingerprint = read_inputs(operation, request, data).fingerprint
        kept = idempotency.find_repeated_ending(
            session, claims.user_id, key, fingerprint
        )
        if kept is None:
            raise TokenRevoked
        return replayed(kept)

    def _call(  # noqa: PLR0917  # What a view may be offered.
        self,
        session: Session,
        operation: Operation,
        claims: Claims | None,
        caller: CurrentUser | None,
        inputs: Inputs,
        claim: Claim | None = None,
    ) -> Answer | UnfinishedAnswer:
        offered = {
            "session": session,
            "own_transaction": self.sessions,
            "till": Till(self.gateways, self.sessions),
            "claim": claim,
            "caller": caller,
            "claims": claims,
            "precondition": Precondition.parse(request.headers.get("If-Match")),
            "request": request,
            **inputs.values,
        }
        taken = {name: offered[name] for name in operation.takes if name in offered}
        result = operation.view(**taken, **(request.view_args or {}))
        return render(operation, request, result)


def create_app(engine: Engine) -> Shop:
    """The application on a database that is migrated already."""
    settings = get_settings()
    app = Shop(engine)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    configure_tokens(app)
    install_problems(app)
    observe_requests(app)
    harden(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if settings.cors_origins:
        CORS(
            app,
            origins=list(settings.cors_origins),
            expose_headers=EXPOSED_HEADERS,
            max_age=600,
        )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask documents this way of wrapping.
    return app
