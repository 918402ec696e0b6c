"""The tree of categories: grown, moved, taken out of the catalogue, brought back."""

from typing import Any, NamedTuple, NoReturn

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import (
    CategoryCircle,
    CategoryNameTaken,
    CategoryTooDeep,
    ProductCountDiffers,
)
from shopkeeper.catalogue.repository import categories, category_tree
from shopkeeper.catalogue.repository.categories import CategoryRow
from shopkeeper.catalogue.repository.category_tree import Shelf
from shopkeeper.catalogue.service.categories import (
    category_not_found,
    get_category,
    named_category_not_found,
)
from shopkeeper.database.integrity import violations
from shopkeeper.models.category import BELOW, MOST_LEVELS
from shopkeeper.stock.books import write_to_the_books
from shopkeeper.utils import clock
from shopkeeper.utils.errors import ValidationFailed

# Of what is told to be absent, and not to be none.
UNSAID: Any = object()


class Removal(NamedTuple):
    """What leaves the catalogue with a category."""

    categories: int
    products: int
    variants: int
    pieces: int


def add_category(
    session: Session,
    path: str,
    parent_id: int | None = None,
    position: int | None = None,
) -> CategoryRow:
    """Make a category.

    Args:
        session: The transaction.
        path: Its name, behind those of what it stands below.
        parent_id: What it stands below; without, at the top of the tree.
        position: Its place among those beside it; without, the last.

    Raises:
        CategoryNotFound: If what it is to stand below is not there.
        CategoryNameTaken: If one beside it has the name, in whatever case.
        CategoryTooDeep: If the tree would have too many levels.
    """
    above, name = _split(path)
    if position is not None:  # Before any category is held, as whoever moves does.
        category_tree.lock_tree(session)
    parent = _share_parent(session, parent_id, above)
    _check_levels(parent, name, 0)
    with violations(uq_categories_path=_taken(name)):
        added = category_tree.add_category(session, name, parent, clock.now())
    if position is not None:
        above_id = parent.id if parent is not None else None
        category_tree.lock_beside(session, above_id)
        category_tree.place_category(session, added, above_id, position)
    return get_category(session, added)


def update_category(
    session: Session,
    category_id: int,
    *,
    path: str | None = None,
    parent_id: int | None = UNSAID,
    position: int | None = None,
) -> CategoryRow:
    """Rename a category, or move it with all that stands below it.

    Past sales keep the path they were made under.

    Args:
        session: The transaction.
        category_id: Which.
        path: Its name; as a path, it is moved there.
        parent_id: What it is to stand below; None is the top of the tree.
        position: Its place among those beside it; without, it keeps it, or comes last.

    Raises:
        CategoryNotFound: If there is no such category, or nothing to stand below.
        CategoryNameTaken: If one beside it has the name.
        CategoryCircle: If it would stand below itself.
        CategoryTooDeep: If the tree would have too many levels.
    """
    category_tree.lock_tree(session)
    known = category_tree.read_shelf(session, category_id)
    if known is None:
        raise category_not_found(category_id)
    above, name = _split(path) if path is not None else ([], known.name)
    if above and parent_id is not UNSAID:
        _refuse_two_places()
    wanted = known.parent_id if parent_id is UNSAID else parent_id
    parent = _share_parent(session, None if above else wanted, above)
    above_id = parent.id if parent is not None else None
    is_placed = position is not None or above_id != known.parent_id
    beside = (above_id,) if is_placed else None
    shelf, *below = _hold(session, category_id, beside)
    _check_circle(shelf, below, parent)
    levels = [_levels_below(shelf, it) for it in below if it.removed_at is None]
    _check_levels(parent, name, max(levels, default=0))
    is_moved = above_id != shelf.parent_id
    if is_moved or name != shelf.name:
        now = write_to_the_books(session)
        with violations(uq_categories_path=_taken(name)):
            category_tree.move_category(
                session, shelf, name, parent, [it.id for it in below], now
            )
    if is_placed:
        last = 2**31 - 1
        category_tree.place_category(session, shelf.id, above_id, position or last)
    return get_category(session, category_id)


def weigh_removal(session: Session, category_id: int) -> Removal:
    """What would leave the catalogue with a category.

    Raises:
        CategoryNotFound: If there is no such category.
    """
    ids = categories.list_with_below(session, category_id)
    if not ids:
        raise category_not_found(category_id)
    return Removal(len(ids), *category_tree.count_products_of(session, ids))


def remove_category(
    session: Session, category_id: int, expected_products: int | None = None
) -> None:
    """Take a category, all below it, and their products out of the catalogue.

    The books keep them.

    Args:
        session: The transaction.
        category_id: Which.
        expected_products: How many products whoever asks has been told of.

    Raises:
        CategoryNotFound: If there is no such category.
        ProductCountDiffers: If more or fewer products would go than expected.
    """
    category_tree.lock_tree(session)
    held = _hold(session, category_id)
    ids = [shelf.id for shelf in held if shelf.removed_at is None]
    category_tree.lock_products_of(session, ids)
    if expected_products is not None:
        there, _, _ = category_tree.count_products_of(session, ids)
        if there != expected_products:
            raise ProductCountDiffers(
                f"{held[0].path!r} has {there} products, and not"
                f" {expected_products}; nothing was removed.",
                product_count=there,
            )
    category_tree.remove_categories(session, ids, write_to_the_books(session))


def find_or_add_category(session: Session, path: str) -> tuple[int, bool]:
    """The id of a category held until commit, and whether it was made just now.

    What it stands below is made too, where it is not there.
    """
    meant = categories.find_meant(session, path)
    for found in meant:
        if found.is_whole and category_tree.share_category(session, found.id):
            return found.id, False
    above, _ = _split(path)
    if above:
        find_or_add_category(session, BELOW.join(above))
    return add_category(session, path).id, True


def _hold(
    session: Session, category_id: int, beside: tuple[int | None] | None = None
) -> list[Shelf]:
    """A category on sale and all that ever was below it, itself first."""
    held = category_tree.lock_with_below(session, category_id, beside=beside)
    if not held or held[0].removed_at is not None:
        raise category_not_found(category_id)
    return held


def _split(path: str) -> tuple[list[str], str]:
    *above, name = path.split(BELOW)
    return above, name


def _share_parent(
    session: Session, parent_id: int | None, above: list[str]
) -> Shelf | None:
    """What a category is to stand below: by its id, or by the path before its name."""
    if parent_id is not None and above:
        _refuse_two_places()
    if above:
        words = BELOW.join(above)
        # Of a path, the first name is at the top.
        whole = [it for it in categories.find_meant(session, words) if it.is_whole]
        if not whole:
            raise named_category_not_found(words)
        parent_id = whole[0].id
    if parent_id is None:
        return None
    parent = category_tree.share_category(session, parent_id)
    if parent is None:
        raise category_not_found(parent_id)
    return parent


def _refuse_two_places() -> NoReturn:
    message = "says it already, and so does the path in name; leave one out"
    raise ValidationFailed([{"pointer": "/parent_id", "message": message}])


def _check_circle(shelf: Shelf, below: list[Shelf], parent: Shelf | None) -> None:
    if parent is not None and parent.id in {shelf.id, *[it.id for it in below]}:
        raise CategoryCircle(
            f"{shelf.path!r} cannot stand below {parent.path!r}.",
            errors=[{"pointer": "/parent_id", "message": "is itself, or below it"}],
        )


def _check_levels(parent: Shelf | None, name: str, below: int) -> None:
    levels = 1 + below + (len(parent.path.split(BELOW)) if parent is not None else 0)
    if levels > MOST_LEVELS:
        raise CategoryTooDeep(
            f"With {name!r} there, the tree would have {levels} levels."
        )


def _levels_below(shelf: Shelf, other: Shelf) -> int:
    return other.path.count(BELOW) - shelf.path.count(BELOW)


def _taken(name: str) -> CategoryNameTaken:
    return CategoryNameTaken(
        f"Another category is named {name!r} there.",
        errors=[{"pointer": "/name", "message": "is taken"}],
    )
