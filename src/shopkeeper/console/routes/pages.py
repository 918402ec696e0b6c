"""How a page of the console is made, and what becomes of what its forms send.

@show("/orders")                  a page: given a desk, it gives a response
@act("/orders/<id>/refund", calls=["POST /orders/refund"], again=show_order)
what a form does: by these operations and no other
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, cast

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.session import (
    PATH,
    is_from_here,
    keep_session,
    read_session,
)
from shopkeeper.console.routes.shop_api import Refused
from shopkeeper.utils.errors import ProblemError
from shopkeeper.utils.observability import ObservedRequest
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.inputs import receive_form
from shopkeeper.web.problems import make_answer, problem_of

blueprint = Blueprint("console", __name__, url_prefix=PATH)

UNAUTHORIZED, FORBIDDEN = 401, 403
SIGN_OUT = f"{PATH}/sign-out"
MANAGERS = {"manager", "admin"}
View = Callable[..., Response]


def show(rule: str) -> Callable[[View], View]:
    """Declare a page that is shown to managers."""

    def declare(view: View) -> View:
        def serve(**variables: Any) -> Response:
            return _serve(lambda desk: view(desk, **variables))

        blueprint.add_url_rule(
            rule, view.__name__, serve, methods=["GET"], strict_slashes=False
        )
        return view

    return declare


def act(
    rule: str, *, calls: Sequence[str], again: View, takes_file: bool = False
) -> Callable[[View], View]:
    """Declare what a form does, by which operations, and where its faults are shown.

    Args:
        rule: Where the form is sent.
        calls: The operations, as `POST /orders/refund`; it may send no other.
        again: The page with the form, which is shown again with what was typed.
        takes_file: Whether an import's file may be in it.
    """

    def declare(view: View) -> View:
        def serve(**variables: Any) -> Response:
            def perform(desk: Desk) -> Response:
                desk.calls = calls
                try:
                    return view(desk, **variables)
                except ProblemError as problem:
                    desk.refused = Refused(make_answer(problem))
                except Refused as refused:
                    if refused.status == UNAUTHORIZED:
                        raise
                    desk.refused = refused
                return again(desk, **variables)

            return _serve(perform, takes_file=takes_file)

        serve.calls = calls  # type: ignore[attr-defined]  # Held against the API.
        blueprint.add_url_rule(
            rule, view.__name__, serve, methods=["POST"], strict_slashes=False
        )
        return view

    return declare


def _serve(view: Callable[[Desk], Response], *, takes_file: bool = False) -> Response:
    asked = cast("ObservedRequest", request)
    claims = read_session(asked)
    desk = Desk(asked, claims)
    if not is_from_here(asked):
        return desk.page("elsewhere.html", FORBIDDEN)
    if claims is None:
        return _sign_in_first(desk)
    try:
        desk.enter()
        if takes_file:  # Fifty megabytes are taken only from somebody who is there.
            asked.max_content_length = get_settings().import_max_bytes
        if asked.method == "POST":
            receive_form(asked, claims)
        is_manager = desk.person is not None and desk.person.role in MANAGERS
        if not is_manager and asked.path != SIGN_OUT:
            return desk.page("customers_only.html", FORBIDDEN)
        response = view(desk)
    except Refused as refused:
        if refused.status == UNAUTHORIZED:
            return _sign_in_first(desk)
        desk.refused = refused
        response = desk.page("refused.html")
    except Exception as error:  # noqa: BLE001  # Each has its page, as it has its answer.
        desk.refused = Refused(make_answer(problem_of(error)))
        response = desk.page("refused.html")
    keep_session(asked, response, claims)
    return response


def _sign_in_first(desk: Desk) -> Response:
    """Have them sign in, and go on with what they were at; nothing typed is lost."""
    asked = desk.request
    desk.refused = None
    path = asked.full_path.rstrip("?") if asked.method == "GET" else asked.path
    kept: list[tuple[str, str]] = []
    if asked.method == "POST":
        with suppress(ProblemError, HTTPException):  # What cannot be read, is not kept.
            receive_form(asked, None)
            kept = list(asked.form.items(multi=True))
    return desk.page("sign_in.html", UNAUTHORIZED, path=path, kept=kept, email="")
