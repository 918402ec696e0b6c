"""The tree of categories: grown, renamed, moved and felled."""

from typing import Any

from flask import Response

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.pages import act, show
from shopkeeper.console.routes.typed import whole


@show("/categories")
def show_tree(desk: Desk) -> Response:
    """All categories, each below the one that it stands in."""
    found: list[Any] = []
    cursor = ""
    while True:
        page = desk.api.get("/categories", limit=100, sort="position", cursor=cursor)
        found += page["items"]
        cursor = page["next_cursor"] or ""
        if not cursor or len(found) >= MOST_SHOWN:
            break
    return desk.page("categories.html", categories=_as_tree(found))


# More of them are found by search.
MOST_SHOWN = 1000


@act("/categories/add", calls=["POST /categories/add"], again=show_tree)
def add_console_category(desk: Desk) -> Response:
    """Add a category, by its name or its path."""
    desk.send("POST", "/categories/add", {"name": desk.typed("name")})
    return desk.done("/categories", "added")


@act(
    "/categories/<id:category_id>/rename",
    calls=["PUT /categories/update"],
    again=lambda desk, **_: show_tree(desk),
)
def rename_category(desk: Desk, category_id: int) -> Response:
    """Rename a category, or, by a path, move it there."""
    body = {"id": category_id, "name": desk.typed("name")}
    desk.send("PUT", "/categories/update", body)
    return desk.done("/categories", "saved")


@act(
    "/categories/<id:category_id>/place",
    calls=["PUT /categories/update"],
    again=lambda desk, **_: show_tree(desk),
)
def place_category(desk: Desk, category_id: int) -> Response:
    """Put a category before or behind its sibling."""
    body = {"id": category_id, "position": whole(desk.typed("position"))}
    desk.send("PUT", "/categories/update", body)
    return desk.done("/categories", "saved")


@act(
    "/categories/<id:category_id>/delete",
    calls=["DELETE /categories/delete"],
    again=lambda desk, **_: show_tree(desk),
)
def delete_console_category(desk: Desk, category_id: int) -> Response:
    """Say what would go with a category; or, confirmed, let as many products go."""
    query: dict[str, Any] = {"id": category_id}
    if desk.typed("expected_products"):
        query["expected_products"] = desk.typed("expected_products")
        desk.send("DELETE", "/categories/delete", query=query)
        return desk.done("/categories", "removed", removed=category_id)
    query["dry_run"] = "true"
    would = desk.send("DELETE", "/categories/delete", query=query)
    return desk.page("felling.html", would=would, category_id=category_id)


@act(
    "/categories/<id:category_id>/restore",
    calls=["POST /categories/restore"],
    again=lambda desk, **_: show_tree(desk),
)
def restore_console_category(desk: Desk, category_id: int) -> Response:
    """Bring back a category with all that went with it."""
    desk.send("POST", "/categories/restore", {"id": category_id})
    return desk.done("/categories", "restored")


def _as_tree(categories: list[Any]) -> list[tuple[int, Any]]:
    """Each behind the one it stands in, with how deep it stands."""
    below: dict[int | None, list[Any]] = {}
    for each in categories:
        below.setdefault(each["parent_id"], []).append(each)
    ordered: list[tuple[int, Any]] = []

    def walk(parent_id: int | None, depth: int) -> None:
        for each in sorted(below.get(parent_id, []), key=lambda c: c["position"]):
            ordered.append((depth, each))
            walk(each["id"], depth + 1)

    walk(None, 0)
    return ordered
