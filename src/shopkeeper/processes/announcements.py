"""What a server says of itself when it starts, and what it advises."""

import structlog

from shopkeeper.accounts.service import first_admin
from shopkeeper.database.engine import engine_for_a_while
from shopkeeper.database.roles import may_rewrite_history
from shopkeeper.database.sessions import make_session_factory
from shopkeeper.utils.settings import Settings

log = structlog.get_logger(__name__)


def announce(settings: Settings) -> None:
    url = address_of(settings)
    log.info(
        "serving",
        url=url,
        docs=f"{url}/docs",
        console=f"{url}/console",
        workers=settings.workers,
        database="DATABASE_URL" if settings.database_url else "embedded",
    )


def address_of(settings: Settings) -> str:
    """Where a browser on this machine finds the shop."""
    shown = "localhost" if settings.host in {"127.0.0.1", "0.0.0.0"} else settings.host  # noqa: S104
    return f"http://{shown}:{settings.port}"


def warn_of_credit(settings: Settings) -> None:
    if settings.payment_gateway == "invoice" and settings.credit_limit is None:
        log.warning(
            "no_credit_limit",
            advice="anybody may register and be sold to on an invoice of any size;"
            " set CREDIT_LIMIT to what one customer may owe",
        )


def warn_of_rights(url: str, settings: Settings) -> None:
    with engine_for_a_while(url, settings) as engine:
        if may_rewrite_history(engine):
            log.warning(
                "database_role_may_all",
                advice="the shop runs as a role that may change its schema and its"
                " ledgers; `shopkeeper migrate --roles` tells how to give it another",
            )


def offer_setup(url: str, settings: Settings) -> None:
    """Say where the first admin is made, while there is none."""
    with (
        engine_for_a_while(url, settings) as engine,
        make_session_factory(engine)() as session,
    ):
        if first_admin.is_needed(session):
            page = f"{address_of(settings)}/console/first-admin"
            log.info("no_admin_yet", open=f"{page}?code={first_admin.setup_code()}")
