"""Accounts: who may do what, and whose logins are to end. For admins."""

from flask import Response

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.pages import act, show

ROLES = ("customer", "manager", "admin")


@show("/users")
def list_console_users(desk: Desk) -> Response:
    """Accounts, the newest first, or those that are looked for."""
    asked = {"search": desk.asked("search"), "cursor": desk.asked("cursor")}
    found = desk.api.get("/users", limit=50, **asked)
    return desk.page(
        "users.html",
        users=found["items"],
        next_cursor=found["next_cursor"],
        asked=asked,
        roles=ROLES,
    )


@act(
    "/users/<id:user_id>/role",
    calls=["PUT /users/role"],
    again=lambda desk, **_: list_console_users(desk),
)
def give_role(desk: Desk, user_id: int) -> Response:
    """Give somebody a role; it counts from their next call on."""
    desk.send("PUT", "/users/role", {"id": user_id, "role": desk.typed("role")})
    return desk.done_there("/users", "saved")


@act(
    "/users/<id:user_id>/end-logins",
    calls=["POST /users/end-logins"],
    again=lambda desk, **_: list_console_users(desk),
)
def end_somebodys_logins(desk: Desk, user_id: int) -> Response:
    """End all logins of somebody, everywhere and at once."""
    desk.send("POST", "/users/end-logins", {"id": user_id})
    return desk.done_there("/users", "logins_ended")
