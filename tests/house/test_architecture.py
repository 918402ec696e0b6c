"""Imports point down, modules stay small, and statuses change in one place."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "shopkeeper"

# The rooms, from the top. A module imports from its own room and from those below;
# any two in one line know nothing of each other.
ROOMS = [
    ["cli"],
    ["processes"],
    ["demo"],
    ["app"],
    ["console"],
    ["audit"],
    ["activity", "imports", "statistics"],
    ["checkout"],
    ["payments"],
    ["orders"],
    ["catalogue"],
    ["stock"],
    ["accounts"],
    ["web"],
    ["database"],
    ["models", "utils"],
]
CAPABILITIES = [room for rooms in ROOMS[5:13] for room in rooms]
# Whose stock is asked for is a product's, and there is none: the catalogue says so.
LOOKS_UP = {"stock": {"shopkeeper.catalogue.errors"}}


def each(floor: str) -> list[str]:
    """A floor, wherever it stands."""
    return [floor, *(f"{room}.{floor}" for room in CAPABILITIES)]


# The floors, from the top. A module imports from its own and those below. The one
# that names most of a module's path is its; what else a room has are its rules.
FLOORS = [
    ["cli", "__main__", "processes"],
    ["app"],
    ["console"],
    ["web.application"],
    ["web", *each("routes")],
    ["web.schemas", *each("schemas"), "imports.reader"],
    [
        "web.service",
        "demo.story",
        "demo.assortment",
        "processes.chores",
        *each("service"),
    ],
    ["processes.currency"],
    ["payments.gateways", "payments.processor"],
    ["web.identity", "demo", *CAPABILITIES],
    ["web.repository", *each("repository"), "stock.books", "database.roles"],
    # What a file is, whoever reads it.
    ["imports.columns", "imports.sheets", "imports.errors", "imports.files"],
    # What is asked for, whoever looks for it.
    ["orders.lines"],
    ["web.schemas.fields", "web.errors", "web.limits"],
    ["database.text", "database.pages", "database.migrations"],
    ["database.integrity"],
    ["models"],
    ["database.queue", "database.exports"],
    ["database.engine", "database.sessions", "database.statements"],
    ["database.embedded"],
    ["utils"],
]
# Models say which values there are; every floor may name them.
EVERYWHERE = {"shopkeeper", "shopkeeper.models"}
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.name != "__init__.py")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts)


def floor_of(module: str) -> int:
    floors = {
        prefix: floor for floor, prefixes in enumerate(FLOORS) for prefix in prefixes
    }
    parts = module.split(".")
    for many in range(len(parts), 0, -1):
        floor = floors.get(".".join(parts[:many]))
        if floor is not None:
            return floor
    raise AssertionError(f"{module} is on no floor")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                is_module = (SOURCE.parent / whole.replace(".", "/")).with_suffix(".py")
                yield whole if is_module.exists() else node.module


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_point_down(path: Path) -> None:
    here = floor_of(module_name(path))
    if "versions" in path.parts:
        return
    for name in imports_of(path):
        if name.startswith("shopkeeper") and name not in EVERYWHERE:
            below = floor_of(name.removeprefix("shopkeeper."))
            assert below >= here, f"{module_name(path)} imports {name} from above"


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_rooms_import_from_those_below(path: Path) -> None:
    room = module_name(path).partition(".")[0]
    if room == "__main__" or "versions" in path.parts:
        return
    for name in imports_of(path):
        if name in LOOKS_UP.get(room, set()) or not name.startswith("shopkeeper."):
            continue
        other = name.split(".")[1]
        is_below = rank_of(other) > rank_of(room) or other in {room, "models"}
        assert is_below, f"{module_name(path)} imports {name} of a room above"


# What a room hands out is in the modules that its `__init__` names, and in those below
# them. These reach for another room's tables besides, and for no more than is named.
REACHES_FOR = {
    # It spans them: their rows are held and written in one transaction.
    "checkout": {"accounts.repository", "orders.repository", "payments.repository"},
    # What is handed to a customer, or told of a product, as the catalogue has it.
    "imports.repository.export": {"catalogue.repository"},
    "statistics.service.series": {"catalogue.repository"},
    "audit.repository": {"statistics.repository.facts"},
    # Deletes what has expired, of all rooms; takes jobs from their queue.
    "processes": {"imports.repository", "orders.repository"},
    "cli.commands": {"accounts.repository"},
    # It writes the past, which no use case may.
    "demo.story": {"catalogue.repository", "statistics.repository"},
    "demo.assortment": {"catalogue.repository"},
}


def is_below(module: str, of: Iterable[str]) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in of)


def handed_out_by(room: str) -> list[str]:
    """The modules that a room's `__init__` names."""
    tree = parsed(SOURCE / room / "__init__.py")
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "HANDS_OUT":
            return [f"{room}.{name}" for name in ast.literal_eval(node.value)]
    raise AssertionError(f"{room} does not say what it hands out")


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_rooms_take_what_others_hand_out(path: Path) -> None:
    here = module_name(path)
    if here == "app" or "versions" in path.parts:  # It lists the rooms' routes.
        return
    for name in imports_of(path):
        other = name.removeprefix("shopkeeper.")
        room = other.partition(".")[0]
        if room not in CAPABILITIES or room == here.partition(".")[0]:
            continue
        named = [*handed_out_by(room)]
        for who, what in REACHES_FOR.items():
            if is_below(here, [who]):
                named += what
        assert is_below(other, named), f"{here} reaches into {other}"


def test_nothing_is_handed_out_or_reached_for_that_nobody_takes() -> None:
    taken = {
        (module_name(path), name.removeprefix("shopkeeper."))
        for path in MODULES
        for name in imports_of(path)
    }
    for room in CAPABILITIES:
        for module in handed_out_by(room):
            assert any(
                is_below(what, [module]) and who.partition(".")[0] != room
                for who, what in taken
            ), f"nobody takes {module}"
    for who, what in REACHES_FOR.items():
        for module in what:
            assert any(
                is_below(taker, [who]) and is_below(took, [module])
                for taker, took in taken
            ), f"{who} does not reach for {module}"


def rank_of(room: str) -> int:
    return next(rank for rank, rooms in enumerate(ROOMS) if room in rooms)


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_modules_stay_within_300_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


TRADE = {floor_of(f"orders.{floor}x") for floor in ("service.", "", "repository.")}
TRADE.add(floor_of("models.x"))
HTTP = {"flask", "werkzeug", "granian", "flask_jwt_extended"}
ALLOWED = {
    # Werkzeug's password hashing has nothing to do with HTTP.
    "accounts.passwords": {"werkzeug.security"},
}


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if floor_of(module_name(p)) in TRADE],
    ids=module_name,
)
def test_the_trade_knows_nothing_of_http(path: Path) -> None:
    for name in imports_of(path):
        if name.partition(".")[0] in HTTP:
            assert name in ALLOWED.get(module_name(path), set())


SQL = {"select", "insert", "update", "delete", "text", "exists", "case", "func"}
WRITE_SQL = {
    "stock.books",  # Advisory locks, which are its whole subject.
    "payments.gateways.test",  # A provider for tests keeps its charges in a table.
    "processes.chores",  # What has expired, of all rooms, in one place.
    "processes.currency",
    "demo.story",  # It writes the past, which no use case may.
}


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if not {"repository", "database", "models"} & {*p.parts}],
    ids=module_name,
)
def test_only_repositories_write_sql(path: Path) -> None:
    if path.stem == "repository" or module_name(path) in WRITE_SQL:
        return
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            "sqlalchemy"
        ):
            assert not SQL & {alias.name for alias in node.names}


def test_only_one_place_commits() -> None:
    commits = [
        module_name(path)
        for path in MODULES
        if "migrations" not in path.parts
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    ]

    # `in_transaction`; an import is a job, with a transaction of its own.
    assert sorted(set(commits)) == ["database.sessions", "imports.service.run"]


def test_an_orders_status_is_assigned_only_after_its_transition_is_checked() -> None:
    for path in MODULES:
        tree = parsed(path)
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            assigns = any(
                isinstance(node, ast.Attribute)
                and node.attr == "status"
                and isinstance(node.ctx, ast.Store)
                and isinstance(node.value, ast.Name)
                and node.value.id not in {"payment", "refund", "outside", "dispute"}
                for node in ast.walk(function)
            )
            checks = any(
                isinstance(node, ast.Name)
                and node.id in {"check_transition", "check_reversal"}
                for node in ast.walk(function)
            )
            assert checks or not assigns, f"{module_name(path)}.{function.name}"


def test_nothing_but_the_clock_reads_the_time() -> None:
    for path in MODULES:
        if module_name(path) == "utils.clock":
            continue
        text = path.read_text()
        for reading in ("datetime.now(", "datetime.utcnow(", "time.time("):
            assert reading not in text, module_name(path)


def test_how_statements_are_sent_is_the_databases_own_affair() -> None:
    package = "shopkeeper.database.statements"
    for path in MODULES:
        if module_name(path).startswith("database."):
            continue
        for name in imports_of(path):
            assert not name.startswith(f"{package}."), f"{path} imports {name}"
