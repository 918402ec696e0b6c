"""The shop's database, as commands reach it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.database.engine import database_urls, make_engine
from shopkeeper.database.sessions import make_session_factory
from shopkeeper.processes.server import prepare_database
from shopkeeper.utils.observability import configure_logging
from shopkeeper.utils.settings import get_settings


@contextmanager
def shop_engine() -> Iterator[Engine]:
    """The shop's database, migrated."""
    settings = get_settings()
    configure_logging("WARNING")
    with database_urls(settings) as urls:
        prepare_database(urls, settings)
        engine = make_engine(urls.runtime, settings)
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def shop_sessions() -> Iterator[sessionmaker[Session]]:
    """Sessions on the shop's database."""
    with shop_engine() as engine:
        yield make_session_factory(engine)
