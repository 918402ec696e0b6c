"""Categories: listed, and found by what people say of them."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import CategoryNotFound, category_ambiguous
from shopkeeper.catalogue.repository import categories, category_tree
from shopkeeper.catalogue.repository.categories import CategoryRow, Meant
from shopkeeper.database.pages import Slice
from shopkeeper.utils import cursor
from shopkeeper.utils.errors import ValidationFailed

# Whose cursors they are: of the list by names, and of the tree.
LIST, TREE = "categories", "category tree"


def list_categories(
    session: Session, limit: int, after: str | None, parent_id: int | None = None
) -> Slice[CategoryRow]:
    """Categories by their paths, whatever the case and accents of these.

    Args:
        session: The transaction.
        limit: How many at most.
        after: The cursor of the page before.
        parent_id: Of those right below this one alone.
    """
    key = None
    if after is not None:
        (key,) = cursor.decode(LIST, after, [str])
    rows = categories.list_categories(session, limit + 1, key, parent_id)
    return Slice.cut(rows, limit, lambda row: cursor.encode(LIST, [row.path]))


def list_category_tree(
    session: Session, limit: int, after: str | None, parent_id: int | None = None
) -> Slice[CategoryRow]:
    """The same in the order that the shop gives them, each behind what it is below."""
    place = None
    if after is not None:
        (told,) = cursor.decode(TREE, after, [str])
        place = [int(cursor.decimal(part)) for part in told.split(".")]
    found = categories.list_in_order(session, limit + 1, place, parent_id)
    places = {row.id: ".".join(map(str, place)) for row, place in found}
    rows = [row for row, _ in found]
    return Slice.cut(rows, limit, lambda row: cursor.encode(TREE, [places[row.id]]))


def hold_category(session: Session, words: str) -> int:
    """The id of a category, which cannot be removed until the transaction ends.

    Args:
        session: The transaction.
        words: Its path, or its name alone.

    Raises:
        CategoryNotFound: If no category is meant.
        CategoryAmbiguous: If several are.
    """
    while True:
        found = choose(categories.find_meant(session, words), words)
        if found is None:
            raise named_category_not_found(words)
        shelf = category_tree.share_category(session, found.id)
        if shelf is not None and shelf.path == found.path:
            return found.id  # It was not renamed until it was held.


def hold_categories(session: Session, words: Sequence[str]) -> list[Meant]:
    """The same of several, lowest id first.

    Returns:
        What each means, in the order of the words.
    """
    while True:
        meant = []
        for each in words:
            found = choose(categories.find_meant(session, each), each)
            if found is None:
                raise named_category_not_found(each)
            meant.append(found)
        held = {
            category_id: category_tree.share_category(session, category_id)
            for category_id in sorted({each.id for each in meant})
        }
        shelves = [(held[each.id], each) for each in meant]
        if all(shelf and shelf.path == each.path for shelf, each in shelves):
            return meant


def resolve_category(
    session: Session, words: str | None, category_id: int | None
) -> int:
    """The id of the category that is given by path, name or id; by both, they agree.

    Raises:
        ValidationFailed: If neither is given.
        CategoryNotFound: If there is no such category.
        CategoryAmbiguous: If there are several.
    """
    if words is None:
        if category_id is None:
            message = "give category (a name or a path) or id"
            raise ValidationFailed([{"parameter": "category", "message": message}])
        return get_category(session, category_id).id
    meant = categories.find_meant(session, words)
    if category_id is not None:  # Of several of one name, it tells which.
        if category_id not in {each.id for each in meant}:
            raise named_category_not_found(words)
        return category_id
    found = choose(meant, words)
    if found is None:
        raise named_category_not_found(words)
    return found.id


def choose(meant: Sequence[Meant], words: str) -> Meant | None:
    """The category that words mean: by its whole path, or else alone of its name.

    Raises:
        CategoryAmbiguous: If several have the name, and none the path.
    """
    for each in meant:
        if each.is_whole:
            return each
    if len(meant) > 1:
        raise category_ambiguous(words, [each.path for each in meant])
    return meant[0] if meant else None


def named_category_not_found(words: str) -> CategoryNotFound:
    return CategoryNotFound(f"There is no category named {words!r}.", category=words)


def category_not_found(category_id: int) -> CategoryNotFound:
    return CategoryNotFound(f"There is no category {category_id}.")


def get_category(session: Session, category_id: int) -> CategoryRow:
    """A category as it is shown.

    Raises:
        CategoryNotFound: If there is no such category.
    """
    found = categories.find_category(session, category_id)
    if found is None:
        raise category_not_found(category_id)
    return found
