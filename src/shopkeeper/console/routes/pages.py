"""How a page of the console is made, and what becomes of what its forms send.

`@show("/orders")` declares a page: given a desk, it gives a response. `@act` with the
operations that it calls declares what a form does: by these and no other.
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
    may_keep_a_secret,
    read_session,
)
from shopkeeper.console.routes.shop_api import Refused
from shopkeeper.utils.errors import ProblemError
from shopkeeper.utils.observability import ObservedRequest
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.problems import make_answer, problem_of

blueprint = Blueprint("console", __name__, url_prefix=PATH)

UNAUTHORIZED, FORBIDDEN = 401, 403
SIGN_OUT = f"{PATH}/sign-out"
# Of rows that are pasted, in bytes.
MOST_PASTED = 5 * 1024 * 1024
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
        response = _enter_and_view(desk, view, takes_file=takes_file)
    except Refused as refused:
        if refused.status == UNAUTHORIZED:
            return _sign_in_first(desk)
        desk.refused = refused
        response = _refuse(desk)
    except Exception as error:  # noqa: BLE001  # Each has its page, as it has its answer.
        desk.refused = Refused(make_answer(problem_of(error)))
        response = _refuse(desk)
    keep_session(asked, response, claims)
    return response


def _enter_and_view(
    desk: Desk, view: Callable[[Desk], Response], *, takes_file: bool
) -> Response:
    """What somebody asks, once it is known who they are.

    A form is received before: what was typed is not to be lost if that is not known.
    A file of fifty megabytes is taken only from those who may send it.
    """
    asked = desk.request
    if asked.method == "POST" and not takes_file:
        desk.receive()
    desk.enter()
    is_manager = desk.person is not None and desk.person.role in MANAGERS
    if not is_manager and asked.path != SIGN_OUT:
        return desk.page("customers_only.html", FORBIDDEN)
    if takes_file:
        asked.max_content_length = get_settings().import_max_bytes
        asked.max_form_memory_size = MOST_PASTED
        desk.receive(has_file=True)
    return view(desk)


def _refuse(desk: Desk) -> Response:
    """The page of an error, with what was typed, to be sent again."""
    kept = list(desk.request.form.items(multi=True)) if desk.has_received else []
    if kept and desk.request.path != SIGN_OUT:
        return desk.page("try_again.html", path=desk.request.path, kept=kept)
    return desk.page("refused.html")


def _sign_in_first(desk: Desk) -> Response:
    """Have them sign in, and go on with what they were at; nothing typed is lost."""
    asked = desk.request
    desk.refused = None
    if not may_keep_a_secret(asked):
        return desk.page("not_encrypted.html", FORBIDDEN)
    path, kept = PATH, []
    if asked.method == "GET":
        path = asked.full_path.rstrip("?")
    elif asked.path != SIGN_OUT:
        with suppress(ProblemError, HTTPException):  # What cannot be read, is not kept.
            if not desk.has_received:
                desk.receive()
            path, kept = asked.path, list(asked.form.items(multi=True))
    return desk.page("sign_in.html", UNAUTHORIZED, path=path, kept=kept, email="")
