"""What somebody likes: their language, light or dark, keys of one letter."""

from flask import Response

from shopkeeper.console.routes.desk import Desk
from shopkeeper.console.routes.languages import LANGUAGES
from shopkeeper.console.routes.pages import act
from shopkeeper.console.routes.session import PATH
from shopkeeper.console.routes.sign_in import show_you

YEAR = 365 * 24 * 3600
CHOICES = {
    "language": {"", *LANGUAGES},
    "theme": {"auto", "light", "dark"},
    "shortcuts": {"on", "off"},
}


@act("/you/preferences", calls=[], again=show_you)
def keep_preferences(desk: Desk) -> Response:
    """Keep what is chosen, in this browser."""
    response = desk.done("/you", "preferences_kept")
    for name, values in CHOICES.items():
        chosen = desk.typed(name)
        if chosen in values:
            response.set_cookie(
                name,
                chosen,
                max_age=YEAR if chosen else 0,
                path=PATH,
                secure=desk.request.is_secure,
                httponly=True,
                samesite="Lax",
            )
    return response
