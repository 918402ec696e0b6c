"""The queue of jobs: procrastinate's, in the schema of its own name."""

from typing import Any

from procrastinate import App, SyncPsycopgConnector
from sqlalchemy import text
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment

SCHEMA = Fragment("procrastinate")

# Never opened: jobs are put in over the connection of the caller's transaction.
_app = App(connector=SyncPsycopgConnector())


def defer(session: Session, task: str, queue: str, lane: str, **arguments: Any) -> None:
    """Put a job into a queue when this transaction commits.

    Args:
        session: The transaction.
        task: What is to be done.
        queue: Where it waits.
        lane: Of those in the same lane, one is done at a time.
        arguments: What the task takes.
    """
    session.execute(text(f"SET LOCAL search_path TO {SCHEMA}"))
    connection = session.connection().connection.driver_connection
    _app.configure_task(task, queue=queue, lock=lane, connection=connection).defer(
        **arguments
    )
    session.execute(text("SET LOCAL search_path TO DEFAULT"))
