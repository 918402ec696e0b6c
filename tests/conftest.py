"""What all tests stand on: a real PostgreSQL, migrated, and a client of the app.

One server runs for the whole session, on memory where there is some. Tests
share one database and roll back; those that take a `fresh_` fixture get a database
of their own, cloned from a template, and real commits.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
import structlog
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session, sessionmaker

SCRATCH = Path(tempfile.mkdtemp(prefix="shopkeeper-tests-"))

# Before anything reads the settings. Hashing is as in production, only cheaper.
os.environ.update(
    DATA_DIR=str(SCRATCH / "data"),
    JWT_SECRET_KEY=secrets.token_urlsafe(48),
    PASSWORD_HASH_COST="14",
    CURRENCY="USD",
    # Tests do in a minute what people do in a week; those of limits set their own.
    REGISTRATIONS_PER_HOUR="100000",
    LOGINS_PER_HOUR="100000",
    ORDERS_PER_HOUR="1000000",
    DECLINES_PER_HOUR="100000",
    DECLINES_PER_ORDER="1000",
    PAYMENTS_AT_ONCE="1000",
    IMPORTS_WAITING="1000",
)
for name in ("DATABASE_URL", "PORT", "HOST", "SHIP_TO", "CORS_ORIGINS", "WORKERS"):
    os.environ.pop(name, None)

from testing.imports import Importer
from testing.stripe_shop import stripe_shop
from testing.stripe_stand_in import StripeStandIn
from testing.world import Client, World

from shopkeeper.app import create_app
from shopkeeper.database.embedded.session import own_server, runtime_url
from shopkeeper.database.engine import DatabaseUrls, make_engine
from shopkeeper.database.sessions import make_session_factory
from shopkeeper.imports.service.reading import ReaderStand
from shopkeeper.payments.processor import PaymentProcessor
from shopkeeper.processes.server import prepare_database
from shopkeeper.utils.settings import Settings, get_settings
from shopkeeper.web.application import Shop
from shopkeeper.web.dispatch import Dispatcher

# A developer's own settings are not the tests'.
Settings.model_config["env_file"] = None

# Where the server of this session keeps its data.
ROOTS: list[Path] = []
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


# Tests of many minutes and of real processes go first, so that several processes of
# tests end together.
LONGEST = (
    *("acceptance", "test_model", "test_books", "test_imports", "processes"),
    *("clients", "test_hostile_files"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run be as long as before a release: full histories, and large stories."""
    parser.addoption("--long", action="store_true", help="full histories and stories")


def pytest_configure(config: pytest.Config) -> None:
    """Tell modules that are imported from now on."""
    if config.getoption("--long"):
        os.environ["LONG_HISTORIES"] = "1"


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Mark how each test runs, by what it asks for; the longest come first."""
    if not config.getoption("--long"):
        short = [item for item in items if not item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=[i for i in items if i not in short])
        items[:] = short
    items.sort(key=_place)
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if "postgresql" not in asked:
            item.add_marker("unit")
        if any(name.startswith("fresh_") for name in asked):
            item.add_marker("commits")
        if hasattr(getattr(item, "module", None), "RealServer"):
            item.add_marker("server")


def _place(item: pytest.Item) -> int:
    for place, part in enumerate(LONGEST):
        if part in item.nodeid:
            return place
    return len(LONGEST)


@pytest.fixture(scope="session", autouse=True)
def _scratch() -> Iterator[None]:
    yield
    shutil.rmtree(SCRATCH, ignore_errors=True)


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """What a command sets for its own logs is none of the next test's."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a server; DATABASE_URL's own database stays untouched."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3
    folder = tempfile.mkdtemp(prefix="shopkeeper-", dir=memory if roomy else SCRATCH)
    Path(folder).chmod(0o711)
    try:
        ROOTS.append(Path(folder) / "data")
        with own_server(ROOTS[0], 200, FAST) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def as_shop(postgresql: str) -> Callable[[str], str]:
    """Gives the URL of the role that a shop runs as, for the owner's URL."""
    (root,) = ROOTS
    assert postgresql
    return lambda url: runtime_url(root, url)


@pytest.fixture(scope="session")
def template(postgresql: str, as_shop: Callable[[str], str]) -> str:
    """The name of a migrated, empty database to clone."""
    url = _create_database(postgresql, "template_shop", "template0")
    prepare_database(DatabaseUrls(url, as_shop(url)), get_settings())
    # No variant has the id of its product by chance, as the first of a shop would.
    _execute(url, "ALTER SEQUENCE variants_id_seq RESTART 50001")
    return "template_shop"


@pytest.fixture(scope="session")
def shared_engine(postgresql: str, template: str) -> Iterator[Engine]:
    url = _create_database(postgresql, "shared_shop", template)
    engine = make_engine(url, get_settings())
    yield engine
    engine.dispose()


@pytest.fixture
def session(shared_engine: Engine) -> Iterator[Session]:
    """A session whose commits are savepoints of a transaction rolled back."""
    with shared_engine.connect() as connection:
        transaction = connection.begin()
        with Session(
            connection,
            join_transaction_mode="create_savepoint",
            expire_on_commit=False,
            autoflush=False,
        ) as session:
            yield session
        transaction.rollback()


@pytest.fixture(scope="session")
def shared_app(shared_engine: Engine) -> Shop:
    return create_app(shared_engine)


@pytest.fixture
def app(shared_app: Shop, session: Session) -> Iterator[Shop]:
    """The application, whose transactions are savepoints of the test's."""
    real = shared_app.dispatcher
    joined = sessionmaker(
        session.connection(),
        join_transaction_mode="create_savepoint",
        expire_on_commit=False,
        autoflush=False,
    )
    processor = PaymentProcessor(real.provided["processor"].gateways, joined)
    shared_app.dispatcher = Dispatcher(joined, joined, {"processor": processor})
    yield shared_app
    shared_app.dispatcher = real


@pytest.fixture
def client(app: Shop) -> Client:
    return Client(app)


@pytest.fixture
def world(app: Shop, session: Session) -> World:
    return World(Client(app), session)


@pytest.fixture(scope="session")
def make_database(
    postgresql: str, template: str
) -> Callable[[], AbstractContextManager[str]]:
    """Makes migrated databases, each as long as it is needed; gives their URLs."""

    @contextmanager
    def database() -> Iterator[str]:
        name = f"fresh_{secrets.token_hex(6)}"
        yield _create_database(postgresql, name, template)
        _execute(postgresql, f"DROP DATABASE {name} WITH (FORCE)")

    return database


@pytest.fixture
def fresh_url(
    make_database: Callable[[], AbstractContextManager[str]],
) -> Iterator[str]:
    """The URL of a migrated database that is this test's alone."""
    with make_database() as url:
        yield url


@pytest.fixture
def fresh_engine(fresh_url: str) -> Iterator[Engine]:
    engine = make_engine(fresh_url, get_settings())
    yield engine
    engine.dispose()


@pytest.fixture
def fresh_app(fresh_url: str, as_shop: Callable[[str], str]) -> Iterator[Shop]:
    """The application with real commits on a database of its own.

    It runs as the role of a shop, which may do no more than a shop does.
    """
    engine = make_engine(as_shop(fresh_url), get_settings())
    yield create_app(engine)
    engine.dispose()


@pytest.fixture
def fresh_world(fresh_app: Shop, fresh_engine: Engine) -> Iterator[World]:
    """Its session is the owner's, who may tamper."""
    with make_session_factory(fresh_engine)() as session:
        yield World(Client(fresh_app), session)


@pytest.fixture
def fresh_shops(
    make_database: Callable[[], AbstractContextManager[str]],
) -> Callable[[], AbstractContextManager[tuple[Shop, World]]]:
    """Shops with real commits, each on a database of its own, one after the other."""

    @contextmanager
    def shop() -> Iterator[tuple[Shop, World]]:
        with make_database() as url:
            engine = make_engine(url, get_settings())
            app = create_app(engine)
            try:
                with app.dispatcher.sessions() as session:
                    yield app, World(Client(app), session)
            finally:
                engine.dispose()

    return shop


@pytest.fixture
def stripe(fresh_app: Shop) -> Iterator[StripeStandIn]:
    """What a shop that is paid through Stripe asks instead of it."""
    with stripe_shop(fresh_app) as stand_in:
        yield stand_in


@pytest.fixture(scope="session")
def stand() -> Iterator[ReaderStand]:
    """A process that has pandas loaded and waits for a file to read."""
    stand = ReaderStand()
    yield stand
    stand.close()


@pytest.fixture
def importer(fresh_world: World, fresh_engine: Engine, stand: ReaderStand) -> Importer:
    return Importer(fresh_world, fresh_engine, stand)


def _create_database(server: str, name: str, template: str) -> str:
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _execute(server: str, statement: str) -> None:
    url = make_url(server).set(drivername="postgresql")
    with psycopg.connect(
        url.render_as_string(hide_password=False), autocommit=True
    ) as connection:
        connection.execute(statement.encode())
