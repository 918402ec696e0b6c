"""Coming to the console, and leaving it."""

from typing import cast

from flask import Response, request

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.pages import act, blueprint, show
from shopkeeper.console.routes.session import (
    PATH,
    forget_session,
    is_from_here,
    keep_session,
    may_keep_a_secret,
)
from shopkeeper.console.routes.shop_api import Refused, ShopApi, Wanted
from shopkeeper.utils.observability import ObservedRequest
from shopkeeper.utils.tokens import Claims, read_token

# What the form itself says, beside what it keeps of another.
OWN = ("email", "password", "path")
KEPT = "kept:"


@blueprint.get("/sign-in")
def ask_to_sign_in() -> Response:
    """Ask who is there."""
    desk = Desk(cast("ObservedRequest", request), None)
    if not may_keep_a_secret(desk.request):
        return desk.page("not_encrypted.html", 403)
    return desk.page("sign_in.html", path=PATH, kept=[], email="")


@blueprint.post("/sign-in")
def sign_in() -> Response:
    """Begin a login, as `POST /users/login` does, and keep it in a cookie."""
    asked = cast("ObservedRequest", request)
    desk = Desk(asked, None)
    if not is_from_here(asked):
        return desk.page("elsewhere.html", 403)
    if not may_keep_a_secret(asked):
        return desk.page("not_encrypted.html", 403)
    desk.receive()
    path, email = _within(desk.typed("path")), desk.typed("email")
    kept = [
        (name.removeprefix(KEPT), value)
        for name, value in asked.form.items(multi=True)
        if name.startswith(KEPT)
    ]
    try:
        claims = _log_in(asked, email, asked.form.get("password", ""))
    except Refused as refused:
        desk.refused = refused
        return desk.page("sign_in.html", path=path, kept=kept, email=email)
    if kept:
        desk.claims = claims
        response = desk.page("go_on.html", path=path, kept=kept)
    else:
        response = desk.done(path.removeprefix(PATH))
    keep_session(asked, response, claims, is_new=True)
    return response


@blueprint.get("/first-admin")
def ask_for_first_admin() -> Response:
    """Ask who is to be the first admin."""
    desk = Desk(cast("ObservedRequest", request), None)
    return desk.page("first_admin.html", code=desk.asked("code"))


@blueprint.post("/first-admin")
def make_first_admin() -> Response:
    """Make the first admin, as `POST /users/first-admin` does, and let them in."""
    asked = cast("ObservedRequest", request)
    desk = Desk(asked, None)
    if not is_from_here(asked):
        return desk.page("elsewhere.html", 403)
    desk.receive()
    body = {name: desk.typed(name) for name in ("code", "email", "full_name")}
    password = asked.form.get("password", "")
    made = Wanted("POST", "/users/first-admin", body={**body, "password": password})
    try:
        ShopApi(asked, None).ask(made)
        claims = _log_in(asked, body["email"], password)
    except Refused as refused:
        desk.refused = refused
        return desk.page("first_admin.html", code=body["code"])
    response = desk.done("", "welcome")
    keep_session(asked, response, claims, is_new=True)
    return response


def _log_in(asked: ObservedRequest, email: str, password: str) -> Claims:
    """The login that email and password begin.

    Raises:
        Refused: If they begin none.
    """
    body = {"email": email, "password": password}
    tokens, _ = ShopApi(asked, None).ask(Wanted("POST", "/users/login", body=body))
    return read_token(tokens["access_token"])


def _within(path: str) -> str:
    """A page of the console, whatever is asked for."""
    is_ours = path == PATH or path.startswith((f"{PATH}/", f"{PATH}?"))
    return path if is_ours and path.isprintable() and "\\" not in path else PATH


@show("/you")
def show_you(desk: Desk) -> Response:
    """Who is at the desk, and from where else they are signed in."""
    return desk.page("you.html", logins=desk.api.get("/users/logins")["items"])


@act("/sign-out", calls=["POST /users/logout"], again=show_you)
def sign_out(desk: Desk) -> Response:
    """End this login: its cookie and its tokens, everywhere and at once."""
    desk.send("POST", "/users/logout", {})
    response = desk.done("/sign-in")
    forget_session(desk.request, response)
    return response


@act(
    "/you/end/<uuid:login_id>",
    calls=["DELETE /users/logins/<login_id>"],
    again=lambda desk, **_: show_you(desk),
)
def end_own_login(desk: Desk, login_id: object) -> Response:
    """End another login of one's own: one that a thief has, say."""
    desk.send("DELETE", f"/users/logins/{login_id}")
    return desk.done("/you", "login_ended")
