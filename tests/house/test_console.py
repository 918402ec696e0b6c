"""The console does what the API does, and nothing in its pages is left to chance."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import shopkeeper.console
from shopkeeper.activity.schemas import Entity
from shopkeeper.audit.repository.snapshot import CHECKS
from shopkeeper.audit.service.repairs import REPAIRED
from shopkeeper.console.routes.activity import DEEDS, KINDS
from shopkeeper.console.routes.find import PLACES
from shopkeeper.console.routes.languages import LANGUAGES
from shopkeeper.imports.service.merge import APPLIED
from shopkeeper.models import (
    DisputeStatus,
    ImportStatus,
    OrderStatus,
    PaymentMethod,
    PaymentStatus,
    RefundStatus,
    Role,
)
from shopkeeper.models.product import ProductStatus
from shopkeeper.models.stock_movement import MovementReason
from shopkeeper.web.application import Shop
from shopkeeper.web.openapi.document import list_operations

ROOM = Path(shopkeeper.console.__file__).parent
TEMPLATES = sorted((ROOM / "templates").glob("*.html"))
# What pages say as the API tells it, a word at a time.
WORDS = (
    *(OrderStatus, PaymentStatus, PaymentMethod, RefundStatus, DisputeStatus),
    *(ImportStatus, ProductStatus, MovementReason, Role),
)
# What is done before anybody is there, has a key of before, or is kept in a cookie.
WITHOUT_KEY = ("/sign-in", "/first-admin", "kept", "preferences")
HOW = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
Message = str | tuple[str, ...]


def said() -> Iterator[Message]:
    """Every text that a page may show."""
    found = extract_from_dir(
        ROOM,
        method_map=HOW,
        keywords=KEYWORDS,
        options_map={"**/templates/**.html": {"newstyle_gettext": "true"}},
    )
    for _, _, message, _, _ in found:
        yield message if isinstance(message, str) else tuple(message[:2])
    yield from (check.promise for check in CHECKS)
    for words in WORDS:
        yield from (word.value.replace("_", " ") for word in words)


def catalogue(language: str) -> Catalog:
    with (ROOM / "languages" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def variables(text: str) -> list[str]:
    return sorted(set(re.findall(r"%\((\w+)\)s", text)))


@pytest.mark.parametrize("language", sorted(LANGUAGES.keys() - {"en"}))
def test_a_language_says_everything_and_nothing_else(language: str) -> None:
    known, asked = catalogue(language), set(said())

    for text in asked:
        message = known.get(text if isinstance(text, str) else text[0])
        assert message is not None, text
        assert not message.fuzzy, text
        told = message.string
        for each in [told] if isinstance(told, str) else list(told or ()):
            assert each, text
            assert variables(each) == variables(str(text)), text
    assert {message.id for message in known if message.id} == asked


def test_every_write_of_the_console_is_an_operation(shared_app: Shop) -> None:
    operations = {
        f"{each.method} {re.sub('<[a-z]+:', '<', each.path)}"
        for each in list_operations(shared_app)
    }
    checked = 0
    for rule in shared_app.url_map.iter_rules():
        if rule.endpoint.startswith("console.") and "POST" in (rule.methods or ()):
            view = shared_app.view_functions[rule.endpoint]
            if rule.rule in {"/console/sign-in", "/console/first-admin"}:
                continue  # Before anybody is there: POST /users/login, and the like.
            assert set(vars(view)["calls"]) <= operations, rule
            checked += 1
    assert checked > 15


def test_whatever_staff_can_do_has_its_words(shared_app: Shop) -> None:
    done = {
        each.name for each in list_operations(shared_app) if each.is_idempotent_by_key
    }

    assert done | {APPLIED, REPAIRED} == set(DEEDS)


def test_whatever_can_be_made_or_changed_is_a_kind(shared_app: Shop) -> None:
    subjects = {each.subject for each in list_operations(shared_app)} - {None}

    assert subjects <= set(Entity)
    assert set(KINDS) == set(Entity)


def test_the_console_knows_the_api_and_nothing_behind_it() -> None:
    for path in ROOM.rglob("*.py"):
        for room in re.findall(r"shopkeeper\.(\w+)", path.read_text()):
            assert room in {"console", "web", "utils"}, f"{path} imports {room}"


def test_every_page_only_reads_by_get(shared_app: Shop) -> None:
    for rule in shared_app.url_map.iter_rules():
        if rule.rule.startswith("/console"):
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            assert methods in ({"GET"}, {"POST"}), rule


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_trusts_nothing(path: Path) -> None:
    text = path.read_text()

    assert not re.search(r"\|\s*safe|autoescape|Markup", text)
    assert not re.search(r"\bstyle=|\son[a-z]+=|<style|javascript:", text)
    assert not re.search(r"https?://", text)
    # Every script comes from a file of ours.
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_form_that_writes_is_done_once(path: Path) -> None:
    for form in re.findall(r"<form[^>]*post.*?</form>", path.read_text(), re.DOTALL):
        is_free = any(word in form for word in WITHOUT_KEY)
        assert is_free or "parts.keyed(" in form, form


def test_every_place_has_its_own_key() -> None:
    keys = [key for _, _, key in PLACES if key]

    assert len(keys) == len(set(keys))


def test_the_scripts_are_short_and_run_nothing_that_is_told() -> None:
    scripts = list((ROOM / "assets").glob("*.js"))
    text = "".join(path.read_text() for path in scripts)

    assert scripts
    assert len(text.splitlines()) <= 1000
    assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML|https?://", text)
