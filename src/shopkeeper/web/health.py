import hmac
import ipaddress

from flask import Request
from sqlalchemy.orm import Session

from shopkeeper.database.sessions import ping
from shopkeeper.utils.body_readers import ReadersUsedUp, require_room
from shopkeeper.utils.errors import DatabaseUnavailable, MetricsHidden
from shopkeeper.utils.network import network_of
from shopkeeper.utils.observability import render_metrics
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.schemas.health import Health
from shopkeeper.web.service.idempotency import Answer

api = Api("health", "", tag="Operations")


@api.operation("GET", "/health/live", access=Access.OPEN)
def show_live() -> Health:
    """Tell that the process answers, whatever the database does.

    Asks nothing else, so that a process is not ended for what it waits for.
    """
    return Health(status="ok")


@api.operation(
    "GET",
    "/health/ready",
    access=Access.OPEN,
    errors=[DatabaseUnavailable, ReadersUsedUp],
)
def show_ready(session: Session) -> Health:
    """Tell that the shop can serve: its database answers, and bodies are read.

    503 while the database is away, or all readers of bodies are used up.
    """
    require_room()
    ping(session)
    return Health(status="ok")


@api.operation(
    "GET",
    "/metrics",
    access=Access.OPEN,
    errors=[MetricsHidden],
    media_types=("text/plain",),
)
def show_metrics(request: Request) -> Answer:
    """Show the metrics of all processes in Prometheus' text format.

    To whoever shows METRICS_TOKEN as a bearer token; without that setting, to this
    machine only.
    """
    _require_watcher(request)
    return Answer(200, {"Content-Type": "text/plain; version=0.0.4"}, render_metrics())


def _require_watcher(request: Request) -> None:
    token = get_settings().metrics_token
    if token is not None:
        wanted = f"Bearer {token.get_secret_value()}".encode()
        shown = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(shown, wanted):
            raise MetricsHidden
        return
    # A proxy on this machine that is not trusted speaks for whoever is behind it.
    passed_on = get_settings().trusted_proxies == 0 and (
        "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    )
    if passed_on or not _is_loopback(request.remote_addr or ""):
        raise MetricsHidden


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(network_of(address)).is_loopback
    except ValueError:  # An IPv6 network.
        return address == "::1"
