"""The application: its parts put together."""

from contextlib import closing, nullcontext
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_cors import CORS
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from shopkeeper.database import make_reading_factory, make_session_factory
from shopkeeper.gateways.choice import Gateways
from shopkeeper.routes import BLUEPRINTS
from shopkeeper.routes.access import read_claims
from shopkeeper.routes.headers import harden
from shopkeeper.routes.inputs import receive
from shopkeeper.routes.operation import Operation
from shopkeeper.routes.performing import Performer
from shopkeeper.routes.problems import install_problems, to_response
from shopkeeper.utils.observability import observe_requests
from shopkeeper.utils.settings import get_settings
from shopkeeper.utils.tokens import configure_tokens

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
        sessions = make_session_factory(engine)
        gateways = Gateways(get_settings(), sessions)
        self.performer = Performer(sessions, make_reading_factory(engine), gateways)

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
            # Fifty megabytes are taken only from somebody who may send them.
            request.max_content_length = get_settings().import_max_bytes
            self.performer.admit(operation, claims)
        data = receive(operation, request)
        # An upload is a file on disk until the request is closed.
        turn = operation.turn() if operation.turn else nullcontext()
        with closing(request), turn:
            answer = self.performer.perform(operation, request, claims, data)
        return to_response(answer)


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
