"""Options of products: one more, renamed, put in another order."""

from collections.abc import Mapping, Sequence
from typing import NoReturn

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import OptionNotFound
from shopkeeper.catalogue.repository import options, products, variants
from shopkeeper.catalogue.repository.rows import OptionRow, ProductRow
from shopkeeper.catalogue.service.products import (
    get_product,
    lock_product,
    unique_options,
)
from shopkeeper.models.option import MOST_OPTIONS
from shopkeeper.stock.books import write_to_the_books
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import ValidationFailed
from shopkeeper.utils.lower_case import lowered


def add_option(
    session: Session,
    product_id: int,
    name: str,
    values: Sequence[str],
    precondition: Precondition,
) -> ProductRow:
    """Let a product have an option more; all its variants are the first of its values.

    A product without options becomes one of one variant.

    Raises:
        ProductNotFound: If there is no such product.
        PreconditionFailed: If it is not in the version the client has seen.
        ValidationFailed: If it has such an option, or as many as it may have; or if a
            value stands there twice.
    """
    current = lock_product(session, product_id)
    precondition.require(current.version_tag)
    if current.option_count >= MOST_OPTIONS:
        _refuse("/product_id", f"has {MOST_OPTIONS} options already")
    if lowered(name) in {lowered(option.name) for option in current.options}:
        _refuse("/name", "is an option of it already")
    if len({lowered(value) for value in values}) < len(values):
        _refuse("/values", "names a value twice")
    now = write_to_the_books(session)
    with unique_options():
        options.add_option(session, product_id, name, values, now)
    products.change_product(session, product_id, updated_at=now)
    return get_product(session, product_id)


def update_option(  # noqa: PLR0917  # Which, and all that may change.
    session: Session,
    product_id: int,
    name: str,
    new_name: str | None,
    position: int | None,
    rename_values: Mapping[str, str],
    values: Sequence[str],
    precondition: Precondition,
) -> ProductRow:
    """Rename an option or its values, or put one or the others in another order.

    Args:
        session: The transaction.
        product_id: Of which product.
        name: Of the option, in whatever case.
        new_name: What it is to be called.
        position: Its place among the options, from 1 on.
        rename_values: What values are to be called, by what they are called.
        values: Values, as they are then called, in their order; those that are not
            named come behind them, as they stand.
        precondition: In which version the product is to be.

    Raises:
        ProductNotFound: If there is no such product.
        OptionNotFound: If it has no such option.
        PreconditionFailed: If it is not in the version the client has seen.
        ValidationFailed: If a value is not there, or would be there twice.
    """
    current = lock_product(session, product_id)
    precondition.require(current.version_tag)
    known = variants.find_options(session, [product_id]).get(product_id, [])
    its = [row for row in known if lowered(row.name) == lowered(name)]
    if not its:
        raise OptionNotFound(f"{current.name!r} has no option {name!r}.")
    place = its[0].position
    count = len({row.position for row in known})
    words = _words(its, rename_values, values)
    now = write_to_the_books(session)
    with unique_options():
        if new_name is not None:
            options.rename_option(session, product_id, place, new_name)
        options.change_values(session, words)
    if position is not None:
        order = [other for other in range(1, count + 1) if other != place]
        order.insert(min(position, count) - 1, place)
        options.order_options(session, product_id, order, now)
    products.change_product(session, product_id, updated_at=now)
    return get_product(session, product_id)


def _words(
    its: Sequence[OptionRow], rename_values: Mapping[str, str], values: Sequence[str]
) -> dict[int, tuple[int, str]]:
    """The place and the word that each value of an option is to have, by its id."""
    new = {lowered(was): word for was, word in rename_values.items()}
    if len(new) < len(rename_values):
        _refuse("/rename_values", "names a value twice")
    there = {lowered(row.value) for row in its}
    for was in rename_values:
        if lowered(was) not in there:
            _refuse("/rename_values", f"{was!r} is no value of it")
    called = {row.value_id: new.get(lowered(row.value), row.value) for row in its}
    by_word = {lowered(word): value_id for value_id, word in called.items()}
    if len(by_word) < len(called):
        _refuse("/rename_values", "two values would be called the same")
    first: list[int] = []
    for word in values:
        value_id = by_word.get(lowered(word))
        if value_id is None:
            _refuse("/values", f"{word!r} is no value of it")
        if value_id in first:
            _refuse("/values", f"{word!r} stands there twice")
        first.append(value_id)
    rest = [row.value_id for row in its if row.value_id not in first]
    order = enumerate([*first, *rest], 1)
    return {value_id: (place, called[value_id]) for place, value_id in order}


def _refuse(pointer: str, message: str) -> NoReturn:
    raise ValidationFailed([{"pointer": pointer, "message": message}])
