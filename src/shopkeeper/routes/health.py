from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.routes.operation import Access, Api
from shopkeeper.schemas.health import Health
from shopkeeper.service.db.idempotency import Answer
from shopkeeper.utils.body_readers import ReadersUsedUp, require_room
from shopkeeper.utils.errors import DatabaseUnavailable
from shopkeeper.utils.observability import render_metrics

health = Api("health", "", tag="Operations")


@health.operation("GET", "/health/live", access=Access.OPEN)
def show_live() -> Health:
    """Tell that the process answers, whatever the database does."""
    return Health(status="ok")


@health.operation(
    "GET",
    "/health/ready",
    access=Access.OPEN,
    errors=[DatabaseUnavailable, ReadersUsedUp],
)
def show_ready(session: Session) -> Health:
    """Tell that the shop can serve: its database answers, and bodies are read."""
    require_room()
    session.execute(text("SELECT 1"))
    return Health(status="ok")


@health.operation("GET", "/metrics", access=Access.OPEN, media_types=("text/plain",))
def show_metrics() -> Answer:
    """Show the metrics of all processes in Prometheus' text format."""
    return Answer(200, {"Content-Type": "text/plain; version=0.0.4"}, render_metrics())
