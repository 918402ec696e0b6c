"""Help: the keys, the pages, and where the API is described."""

from flask import Response

from shopkeeper.console.routes.desk import Desk, notices
from shopkeeper.console.routes.find import PLACES
from shopkeeper.console.routes.languages import N_
from shopkeeper.console.routes.pages import show
from shopkeeper.utils.errors import Forbidden
from shopkeeper.utils.settings import get_settings


@show("/help")
def show_help(desk: Desk) -> Response:
    """What there is, and how to get there."""
    return desk.page("help.html", places=PLACES)


@show("/settings")
def show_settings(desk: Desk) -> Response:
    """What the shop's environment says, as far as it is no secret. For admins."""
    if desk.person is None or not desk.person.is_admin:
        raise Forbidden("Settings are shown to admins.")
    return desk.page("settings.html", settings=_told())


def _told() -> list[tuple[str, str]]:
    settings = get_settings()
    return [
        (name.upper(), str(getattr(settings, name)))
        for name in SHOWN
        if getattr(settings, name) not in {None, ""}
    ]


SHOWN = (
    *("shop_name", "currency", "time_zone", "ship_to", "payment_gateway"),
    *("low_stock", "public_stock", "price_drift", "invoice_days", "credit_limit"),
    *("invoice_series", "credit_note_series", "reservation_seconds", "workers"),
)

notices(
    added=N_("Added."),
    adjusted=N_("The stock is booked."),
    cancelled=N_("The import is cancelled; nothing of it was written."),
    counted=N_("The stock-take is booked."),
    login_ended=N_("The login has ended."),
    logins_ended=N_("All logins of this account have ended."),
    nothing_chosen=N_("Nothing was chosen, so nothing was done."),
    preferences_kept=N_("Kept, in this browser."),
    received=N_("The payment is noted."),
    received_goods=N_("The goods are booked."),
    refunded=N_("The refund is booked."),
    removed=N_("Removed."),
    restored=N_("It is back."),
    saved=N_("Saved."),
    welcome=N_("Welcome. The shop is yours."),
)
