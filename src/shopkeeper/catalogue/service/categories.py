"""Categories: made, renamed, and taken out of the catalogue with their products."""

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import CategoryNameTaken, CategoryNotFound
from shopkeeper.catalogue.repository import categories
from shopkeeper.catalogue.repository.categories import CategoryRow
from shopkeeper.database.integrity import violations
from shopkeeper.database.pages import Slice
from shopkeeper.models import Category
from shopkeeper.stock.books import write_to_the_books
from shopkeeper.utils import clock, cursor
from shopkeeper.utils.errors import ValidationFailed

# Whose cursors they are.
LIST = "categories"


def list_categories(
    session: Session, limit: int, after: str | None
) -> Slice[CategoryRow]:
    """Categories by name, whatever its case and accents."""
    key = None
    if after is not None:
        (key,) = cursor.decode(LIST, after, [str])
    rows = categories.list_categories(session, limit + 1, key)
    return Slice.cut(rows, limit, lambda row: cursor.encode(LIST, [row.name]))


def add_category(session: Session, name: str) -> CategoryRow:
    """Make a category.

    Raises:
        CategoryNameTaken: If another has the name, in whatever case.
    """
    now = clock.now()
    category = Category(name=name, created_at=now, updated_at=now)
    session.add(category)
    with violations(uq_categories_name=_taken(name)):
        session.flush()
    return _get(session, category.id)


def rename_category(session: Session, category_id: int, name: str) -> CategoryRow:
    """Give a category another name. Past sales keep the name they were made under.

    Raises:
        CategoryNotFound: If there is no such category.
        CategoryNameTaken: If another has the name.
    """
    category = _lock(session, category_id)
    if category.name != name:
        category.name = name
        category.version += 1
        category.updated_at = write_to_the_books(session)
    with violations(uq_categories_name=_taken(name)):
        session.flush()
    return _get(session, category_id)


def remove_category(session: Session, category_id: int) -> None:
    """Take a category and its products out of the catalogue. The books keep them.

    Raises:
        CategoryNotFound: If there is no such category.
    """
    category = _lock(session, category_id)
    categories.lock_products_of(session, category_id)
    now = write_to_the_books(session)
    categories.remove_products_of(session, category_id, now)
    category.removed_at = category.updated_at = now
    category.version += 1
    session.flush()


def find_or_add_category(session: Session, name: str) -> tuple[int, bool]:
    """The id of a category held until commit, and whether it was made just now."""
    found = categories.share_category(session, name)
    if found is not None:
        return found, False
    return add_category(session, name).id, True


def hold_category(session: Session, name: str) -> int:
    """The id of a category, which cannot be removed until the transaction ends.

    Raises:
        CategoryNotFound: If no category has the name.
    """
    found = categories.share_category(session, name)
    if found is None:
        raise named_category_not_found(name)
    return found


def resolve_category(
    session: Session, name: str | None, category_id: int | None
) -> int:
    """The id of the category that is given by name or id; by both, they agree.

    Raises:
        ValidationFailed: If neither is given.
        CategoryNotFound: If there is no such category.
    """
    if name is None and category_id is None:
        message = "give category (a name) or id"
        raise ValidationFailed([{"parameter": "category", "message": message}])
    if name is None:
        return _get(session, category_id or 0).id
    found = categories.find_category_id(session, name)
    if found is None or category_id not in {None, found}:
        raise named_category_not_found(name)
    return found


def named_category_not_found(name: str) -> CategoryNotFound:
    return CategoryNotFound(f"There is no category named {name!r}.", category=name)


def _get(session: Session, category_id: int) -> CategoryRow:
    found = categories.find_category(session, category_id)
    if found is None:
        raise CategoryNotFound(f"There is no category {category_id}.")
    return found


def _lock(session: Session, category_id: int) -> Category:
    found = categories.lock_category(session, category_id)
    if found is None:
        raise CategoryNotFound(f"There is no category {category_id}.")
    return found


def _taken(name: str) -> CategoryNameTaken:
    return CategoryNameTaken(
        f"Another category is named {name!r}.",
        errors=[{"pointer": "/name", "message": "is taken"}],
    )
