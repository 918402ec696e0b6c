"""What staff has done: who, what, when, and what it was before and after."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import Response

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.languages import N_, NOTHING, Formats, translations
from shopkeeper.console.routes.pages import show
from shopkeeper.console.routes.session import PATH
from shopkeeper.utils.settings import get_settings

# What each operation does, as people say that it was done.
DEEDS: Mapping[str, str] = {
    "add_product": N_("added a product"),
    "update_product": N_("changed a product"),
    "remove_product": N_("removed a product"),
    "restore_product": N_("brought a product back"),
    "receive_product": N_("booked goods that came in"),
    "update_products": N_("changed many products"),
    "add_variants": N_("added variants"),
    "update_variant": N_("changed a variant"),
    "update_variants": N_("changed variants"),
    "remove_variant": N_("removed a variant"),
    "add_option": N_("added an option"),
    "update_option": N_("changed an option"),
    "add_category": N_("added a category"),
    "update_category": N_("changed a category"),
    "remove_category": N_("removed a category"),
    "restore_category": N_("brought a category back"),
    "adjust_stock": N_("adjusted stock"),
    "count_stock": N_("booked a stock-take"),
    "set_stock_thresholds": N_("said when stock is low"),
    "import_products": N_("sent a file to be imported"),
    "apply_import": N_("imported a file"),
    "cancel_import": N_("cancelled an import"),
    "create_order": N_("placed an order"),
    "update_order": N_("changed an order"),
    "execute_order": N_("executed an order"),
    "cancel_order": N_("cancelled an order"),
    "refund_order": N_("refunded an order"),
    "book_receipt": N_("booked money that came in"),
    "repair_books": N_("mended the books"),
    "start_audit": N_("had the books looked at"),
    "set_role": N_("gave a role"),
    "make_reset_token": N_("made a token for a new password"),
    "end_logins": N_("ended all logins of an account"),
    "close_account": N_("closed an account"),
    "update_user": N_("changed the own account"),
    "delete_user": N_("closed the own account"),
    "end_login": N_("ended an own login"),
    "logout": N_("signed out"),
}
# The page of a thing, by what it is.
PAGES = {
    "products": "/products/{}",
    "variants": "/stock/{}",
    "orders": "/orders/{}",
    "imports": "/imports/{}",
    "users": "/customers/{}",
    "audits": "/books/{}",
}
KINDS = {
    "products": N_("Product"),
    "variants": N_("Variant"),
    "product_options": N_("Option"),
    "option_values": N_("Option"),
    "categories": N_("Category"),
    "users": N_("Account"),
    "orders": N_("Order"),
    "imports": N_("Import"),
    "audits": N_("Books"),
}
FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "description": N_("Description"),
    "brand": N_("Brand"),
    "status": N_("Status"),
    "tags": N_("Tags"),
    "slug": N_("Address"),
    "tax_class": N_("Tax class"),
    "category": N_("Category"),
    "further_categories": N_("Further categories"),
    "parent": N_("Below"),
    "position": N_("Position"),
    "sku": N_("Sku"),
    "price": N_("Price"),
    "compare_at_price": N_("Compare at"),
    "barcode": N_("Barcode"),
    "weight_grams": N_("Weight in grams"),
    "length_mm": N_("Length in mm"),
    "width_mm": N_("Width in mm"),
    "height_mm": N_("Height in mm"),
    "quantity": N_("Pieces"),
    "cost": N_("Cost"),
    "waiting": N_("Waited for"),
    "tracked": N_("Stock is kept"),
    "backorder_limit": N_("Sold ahead at most"),
    "low_stock_threshold": N_("Low below"),
    "value": N_("Value"),
    "role": N_("Role"),
    "total": N_("Total"),
    "refunded_total": N_("Given back"),
    "location": N_("Country"),
    "country_code": N_("Country code"),
    "invoice_number": N_("Invoice"),
    "executed_at": N_("Executed"),
    "cancelled_at": N_("Cancelled"),
    "removed_at": N_("Removed"),
    "erased_at": N_("Closed"),
}
# How a value is written that is more than a number or a text.
WRITTEN: Mapping[str, Callable[[Formats, Any], str]] = {
    "price": Formats.money,
    "compare_at_price": Formats.money,
    "total": Formats.money,
    "refunded_total": Formats.money,
    "executed_at": Formats.moment,
    "cancelled_at": Formats.moment,
    "cost": Formats.cost,
    "status": Formats.word,
    "role": Formats.word,
    "removed_at": Formats.moment,
    "erased_at": Formats.moment,
}
FILTERS = ("product_id", "user_id", "operation", "from", "to", "cursor")


class ToldChange(NamedTuple):
    """A field of something, and what it was before and after, as a page tells it."""

    of: str
    page: str | None
    field: str
    before: str
    after: str


@show("/activity")
def list_console_activity(desk: Desk) -> Response:
    """What was done, the newest first; of a product, by somebody, on certain days."""
    asked = {name: desk.asked(name) for name in FILTERS}
    zone = ZoneInfo(get_settings().time_zone)
    period = {
        "from": _midnight(asked["from"], zone),
        "to": _midnight(asked["to"], zone, days=1),
    }
    found = desk.api.get("/activities", limit=50, **(asked | period))
    return desk.page(
        "activity.html",
        activities=[(each, _told(desk, each["changes"])) for each in found["items"]],
        next_cursor=found["next_cursor"],
        asked=asked,
        deeds=DEEDS,
        page_of=_page_of,
    )


@show("/activity/<uuid:activity_id>")
def show_console_activity(desk: Desk, activity_id: object) -> Response:
    """All that one of them has changed."""
    found = desk.api.get(
        f"/activities/{activity_id}/changes", limit=100, cursor=desk.asked("cursor")
    )
    return desk.page(
        "activity_changes.html",
        changes=_told(desk, found["items"]),
        next_cursor=found["next_cursor"],
    )


def _midnight(day: str, zone: ZoneInfo, *, days: int = 0) -> str:
    """When a day begins in the shop's zone; what is no day is left to be refused."""
    try:
        begins = datetime.combine(datetime.fromisoformat(day), time(), zone)
        return (begins + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return day


def _page_of(entity: str | None, number: int | None) -> str | None:
    """The page of what was made or changed, if it has one."""
    if entity not in PAGES or number is None:
        return None
    return PATH + PAGES[entity].format(number)


def _told(desk: Desk, changes: list[dict[str, Any]]) -> list[ToldChange]:
    return [line for change in changes for line in _lines(desk, change)]


def _lines(desk: Desk, change: dict[str, Any]) -> Iterator[ToldChange]:
    """A line for each field, in the order in which fields are told."""
    formats = Formats(desk.language)
    say = translations(desk.language).gettext
    entity, number = change["entity"], change["entity_id"]
    if change["product_id"] is not None and entity not in PAGES:
        entity, number = "products", change["product_id"]
    of = change["product_name"] or f"{say(KINDS[entity])} {number}"
    page = _page_of(entity, number)
    for name in sorted(change["before"], key=_place):
        yield ToldChange(
            of,
            page,
            say(FIELDS[name]) if name in FIELDS else formats.word(name),
            _value(formats, say, name, change["before"][name]),
            _value(formats, say, name, change["after"][name]),
        )


def _place(name: str) -> tuple[int, str]:
    known = list(FIELDS)
    return (known.index(name) if name in FIELDS else len(known), name)


def _value(formats: Formats, say: Any, name: str, value: Any) -> str:
    """What a field was or is, as the language writes it."""
    if value is None or value in ("", []):
        return NOTHING
    if name in WRITTEN:
        return WRITTEN[name](formats, value)
    if isinstance(value, bool):
        return str(say(N_("yes")) if value else say(N_("no")))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return formats.number(value) if isinstance(value, int) else str(value)
