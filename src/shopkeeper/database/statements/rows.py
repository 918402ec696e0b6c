"""What the columns of an answer are, by the labels that its statement gives them.

A row is made by whatever takes columns by name: a NamedTuple, a dataclass, a
function. A column labelled `line.quantity` is the `quantity` of the parameter `line`,
which is such a row again. In which order a statement names its columns, and whether
it names one more in their middle, is nothing to whoever reads them.
"""

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Row = TypeVar("Row")
Values = tuple[Any, ...]


def scalar(value: Any) -> Any:
    """The value of a statement that asks for one, whatever it is labelled."""
    return value


def nothing() -> None:
    """What a statement without rows is said to make of them."""


def row_reader(make: Callable[..., Row], labels: Sequence[str]) -> Callable[..., Row]:
    """How rows are made of tuples whose columns have these labels.

    Raises:
        TypeError: If a label is not one of what is made, or one that is needed is
            missing, or two are the same.
    """
    if make is scalar:
        _insist(make, len(labels) == 1, labels)
        return itemgetter(0)
    if len(set(labels)) < len(labels):
        _insist(make, False, labels)
    groups: dict[str, list[int]] = {}
    for at, label in enumerate(labels):
        groups.setdefault(label.partition(".")[0], []).append(at)
    wanted = inspect.signature(make).parameters
    needed = {name for name, it in wanted.items() if it.default is it.empty}
    _insist(make, needed <= set(groups) <= set(wanted), labels)
    if labels == list(wanted):
        return _of_columns_in_order(make)
    hints = get_type_hints(make)
    readers = [
        _part(make, name, hints.get(name), groups[name], labels)
        for name in wanted
        if name in groups
    ]
    names = [name for name in wanted if name in groups]
    if names == list(wanted):
        together = _of_columns_in_order(make)
        return lambda row: together([read(row) for read in readers])
    return lambda row: make(
        **{name: read(row) for name, read in zip(names, readers, strict=True)}
    )


def _of_columns_in_order(make: Callable[..., Row]) -> Callable[..., Row]:
    kind: Any = make
    if isinstance(kind, type) and issubclass(kind, tuple):
        # In C; what the class itself would do first is to count the columns again.
        return cast("Callable[..., Row]", partial(tuple.__new__, kind))
    return lambda row: make(*row)


def _part(
    make: Callable[..., Any],
    name: str,
    hint: Any,
    places: list[int],
    labels: Sequence[str],
) -> Callable[[Values], Any]:
    """How one parameter is read of a row."""
    if labels[places[0]] == name:
        _insist(make, len(places) == 1, labels)
        return itemgetter(places[0])
    kinds = get_args(hint) if get_origin(hint) in {UnionType, Union} else (hint,)
    kind = next(kind for kind in kinds if kind is not NoneType)
    read = row_reader(kind, [labels[at].partition(".")[2] for at in places])
    first, last = places[0], places[-1] + 1
    if places == list(range(first, last)):
        taken: Callable[[Values], Values] = itemgetter(slice(first, last))
    else:
        taken = itemgetter(*places)
    if NoneType not in kinds:
        return lambda row: read(taken(row))

    # A row that an outer join has not found has nothing in it.
    def read_if_there(row: Values) -> Any:
        values = taken(row)
        return None if values.count(None) == len(values) else read(values)

    return read_if_there


def _insist(make: Callable[..., Any], is_right: bool, labels: Sequence[str]) -> None:
    if not is_right:
        name = getattr(make, "__qualname__", repr(make))
        raise TypeError(f"{name} is not made of {', '.join(labels) or 'no columns'}")
