"""The variants of a product, many cells at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Response

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.pages import act
from shopkeeper.console.routes.products import COLUMNS, show_console_product
from shopkeeper.console.routes.shop_api import Refused
from shopkeeper.console.routes.typed import number, plain
from shopkeeper.utils.errors import PreconditionFailed

NUMBERS = {"weight_grams"}
# Where a pointer names the field: `/variants/3/price`.
DEEP = 3


@act(
    "/products/<id:product_id>/variants",
    calls=["PUT /variants/update-several"],
    again=show_console_product,
)
def save_variants(desk: Desk, product_id: int) -> Response:
    """Change the cells that were changed, all of them or none."""
    product, tag = desk.api.get_tagged(f"/products/{product_id}")
    told = [
        {"id": variant["id"], **changes}
        for variant in product["variants"]
        if (changes := dict(_changes(desk, variant)))
    ]
    if told:
        body = {"product_id": product_id, "variants": told}
        try:
            desk.send("PUT", "/variants/update-several", body, tag=tag)
        except Refused as refused:
            _name_rows(refused, product["variants"], told)
            raise
    return desk.done(f"/products/{product_id}", "saved")


def _name_rows(
    refused: Refused,
    variants: Sequence[Mapping[str, Any]],
    told: Sequence[Mapping[str, Any]],
) -> None:
    """Say of which variant each fault is, and not by its place in what was sent."""
    titles = {variant["id"]: variant["title"] for variant in variants}
    for error in refused.problem.get("errors", ()):
        parts = error.get("pointer", "").split("/")
        if parts[:2] == ["", "variants"] and len(parts) > DEEP:
            variant = told[int(parts[2])]
            error["pointer"] = f"{titles[variant['id']]}: {parts[DEEP]}"


def _changes(desk: Desk, variant: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What was typed of a variant.

    Raises:
        PreconditionFailed: If somebody has changed the very cell since it was read.
    """
    for name, _ in COLUMNS:
        cell = f"{name}-{variant['id']}"
        typed, was, now = desk.typed(cell), desk.typed(f"was-{cell}"), variant[name]
        if cell not in desk.form or typed == was:
            continue
        if plain(now) not in {was, typed}:
            raise PreconditionFailed(
                f"{name} of {variant['title']} was {was or 'empty'}, and is"
                f" {plain(now) or 'empty'} now: somebody has changed it meanwhile."
            )
        yield name, (number(typed) if name in NUMBERS else typed) if typed else None
