"""One request after another: matched, performed, answered."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from typing import Any, cast

from flask import Blueprint, Flask, Request, Response
from flask.globals import request_ctx
from flask.sessions import NullSession, SessionInterface
from flask.typing import ResponseReturnValue
from flask_cors import CORS
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, MapAdapter

from shopkeeper.database.engine import make_public_engine
from shopkeeper.database.sessions import Readers, make_session_factory
from shopkeeper.utils.in_flight import Request as RequestInFlight
from shopkeeper.utils.observability import ObservedRequest, observe
from shopkeeper.utils.settings import get_settings
from shopkeeper.utils.tokens import configure_tokens
from shopkeeper.web.access import read_claims
from shopkeeper.web.calls import Call
from shopkeeper.web.dispatch import Dispatcher
from shopkeeper.web.headers import harden
from shopkeeper.web.hosts import check_head
from shopkeeper.web.inputs import receive
from shopkeeper.web.operation import Operation
from shopkeeper.web.packing import pack
from shopkeeper.web.parameters import check_provided
from shopkeeper.web.problems import install_problems, to_response
from shopkeeper.web.service.idempotency import Answer

EXPOSED_HEADERS = [
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
]


TOKEN_HEADERS = frozenset({"HTTP_AUTHORIZATION", "HTTP_AUTHENTICATION"})


# From what makes transactions.
Provide = Callable[[sessionmaker[Session]], Mapping[str, Any]]


class IdConverter(IntegerConverter):
    """An id in a path; a number that no id can be is an address of nothing."""

    # By the pattern alone, or the address would be one that other methods take.
    regex = "0*[1-9][0-9]{0,17}"


class BehindProxy(ObservedRequest):
    """A request that a trusted proxy has passed on."""

    trusts_proxy = True


class NoSessions(SessionInterface):
    """Whoever calls shows a token; nothing is kept in cookies."""

    _none = NullSession()

    def open_session(self, *_: Any) -> NullSession:
        return self._none


class Shop(Flask):
    """A Flask application in which one request is one transaction.

    What Flask does for each request that no API needs (cookies, signals, looking for
    hooks that nobody has registered) is left out: it took as long as PostgreSQL does
    for a product.
    """

    request_class = ObservedRequest
    session_interface = NoSessions()

    def __init__(self, engine: Engine, provide: Provide) -> None:
        super().__init__("shopkeeper", static_folder=None)
        self.engine = engine
        # //products is not a way to write /products; a redirect would be HTML.
        self.url_map.merge_slashes = False
        self.url_map.converters["id"] = IdConverter
        sessions = make_session_factory(engine)
        self.public_engine = make_public_engine(engine, get_settings())
        public = Readers(self.public_engine)
        self.dispatcher = Dispatcher(
            sessions, Readers(engine), provide(sessions), public
        )

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Match by path and method alone: the shop is the same under every name."""
        if request is None:
            return None
        return MapAdapter(
            self.url_map,
            server_name="",
            script_name=request.root_path + "/",
            subdomain="",
            url_scheme=request.scheme,
            path_info=request.path,
            default_method=request.method,
        )

    def full_dispatch_request(self, *_: Any) -> Response:
        """Answer a request, whatever becomes of it."""
        request = cast("ObservedRequest", request_ctx.request)
        with RequestInFlight(request.environ):
            return self.finalize_request(self._answer(request))

    def _answer(self, request: ObservedRequest) -> Any:
        answer: Any = None
        try:
            check_head(request)
            if self.before_request_funcs:
                answer = self.preprocess_request()
            if answer is None:
                answer = self.dispatch_request(request)
        except Exception as error:  # noqa: BLE001  # As Flask does: each has its answer.
            answer = self.handle_user_exception(error)
        return answer

    def finalize_request(self, rv: Any, from_error_handler: bool = False) -> Response:  # noqa: ARG002  # As Flask calls it.
        """Give every answer its headers, and count it, that of last resort too."""
        response = self.make_response(rv)
        if self.after_request_funcs:
            response = self.process_response(response)
        request = cast("ObservedRequest", request_ctx.request)
        told = {"X-Request-ID": request.request_id}
        if request.bucket is not None:
            told.update(request.bucket.headers())
        environ = request.environ
        if "HTTP_ACCEPT_ENCODING" in environ:
            pack(request, response)
        harden(
            response,
            told.items(),
            is_private=not TOKEN_HEADERS.isdisjoint(environ),
            is_secure=environ["wsgi.url_scheme"] == "https",
        )
        observe(request, response)
        return response

    def dispatch_request(self, request: ObservedRequest) -> ResponseReturnValue:  # type: ignore[override]  # It is given what Flask would look for.
        """Run the operation asked for, and commit it before it is answered.

        Overridden, rather than hooked after the request: a commit that fails
        here still reaches the error handlers.
        """
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        view = self.view_functions[str(request.endpoint)]
        operation: Operation | None = getattr(view, "operation", None)
        if operation is None or request.method == "OPTIONS":
            return super().dispatch_request()
        claims = read_claims(operation, request)
        if operation.takes_upload:
            # Fifty megabytes are taken only from somebody who may send them.
            request.max_content_length = get_settings().import_max_bytes
            self.dispatcher.admit(operation, claims)
        # Whole, even if it is refused then: what is not read ends the connection, and
        # with it perhaps the answer.
        call = Call(operation, request, claims, receive(operation, request, claims))
        return to_response(self.perform(call))

    def perform(self, call: Call) -> Answer:
        """Have a call performed that has been received, in its turn.

        Raises:
            ProblemError: If there is an answer to it that is not to be kept.
            DBAPIError: If the database fails.
        """
        operation, request = call.operation, call.request
        if operation.limit is not None:
            self.dispatcher.limit(operation, request)
        # An upload is a file on disk until the request is closed.
        if operation.turn is None:
            return self.dispatcher.perform(call)
        with closing(request), operation.turn():
            return self.dispatcher.perform(call)


def make_shop(
    engine: Engine, blueprints: Iterable[Blueprint], provide: Provide
) -> Shop:
    """A shop with these capabilities, on a database that is migrated already.

    Args:
        engine: Of the database.
        blueprints: The capabilities.
        provide: Makes what views may ask for beside what a request has, by its name.
    """
    settings = get_settings()
    app = Shop(engine, provide)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    configure_tokens(app)
    install_problems(app)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    for view in app.view_functions.values():
        operation: Operation | None = getattr(view, "operation", None)
        if operation is not None:
            provided = app.dispatcher.provided
            check_provided(
                operation.name,
                operation.bindings,
                operation.path_variables,
                provided,
            )
    if settings.cors_origins:
        CORS(
            app,
            origins=list(settings.cors_origins),
            expose_headers=EXPOSED_HEADERS,
            max_age=600,
        )
    if settings.trusted_proxies:
        app.request_class = BehindProxy
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask documents this way of wrapping.
    return app
