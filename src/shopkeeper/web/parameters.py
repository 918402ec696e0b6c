"""What a view may take, and where it is had from: bound when the view is declared."""

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import Session, sessionmaker
from werkzeug.http import parse_etags

from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.observability import ObservedRequest
from shopkeeper.utils.tokens import Claims
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.service.idempotency import Claim


@dataclass(slots=True)
class Given:
    """All that there is to be given, at one attempt at an operation."""

    session: Session
    own_transaction: sessionmaker[Session]
    provided: Mapping[str, Any]
    request: ObservedRequest
    claims: Claims | None
    # What the request says, once it is read.
    body: Any = None
    query: Any = None
    upload: Any = None
    message: bytes = b""
    caller: CurrentUser | None = None
    claim: Claim | None = None
    prefetched: Any = None


Source = Callable[[Given], Any]
Bindings = tuple[tuple[str, Source], ...]


def _precondition(given: Given) -> Precondition:
    header = given.request.environ.get("HTTP_IF_MATCH")
    if header is None:
        return Precondition()
    # If-Match compares strongly (RFC 9110, section 13.1.1); but whoever packs answers
    # on their way, we too, makes weak ones of our tags, which all name a version. What
    # the client has seen is no other for that.
    tags = parse_etags(header)
    if tags.star_tag:
        return Precondition()
    return Precondition(frozenset(tags.as_set(include_weak=True)))


# Of a view's parameters, by name; `web.operation` tells what each is.
SOURCES: Mapping[str, Source] = {
    name: attrgetter(name)
    for name in (
        *("session", "own_transaction", "request"),
        *("caller", "claims", "claim", "prefetched"),
        *("body", "query", "upload", "message"),
    )
} | {"precondition": _precondition}
# Of what is prefetched, before it is known who is calling; and its path's variables.
PREFETCHING = frozenset({"unverified", "body", "query"})


def bind(view: Callable[..., Any], path_variables: Collection[str]) -> Bindings:
    """Where each parameter of a view is had from.

    What is not of a request is of the application, which says at its start what it
    provides (`check_provided`).
    """
    names = inspect.signature(view).parameters
    return tuple(
        (name, _path_variable(name))
        if name in path_variables
        else (name, SOURCES.get(name) or _provided(name))
        for name in names
    )


def _path_variable(name: str) -> Source:
    return lambda given: (given.request.view_args or {})[name]


def _provided(name: str) -> Source:
    return lambda given: given.provided[name]


def bind_prefetch(
    prefetch: Callable[..., Any], path_variables: Collection[str]
) -> tuple[str, ...]:
    """What a prefetch takes, but for the batch.

    Raises:
        TypeError: If there is no such thing before it is known who is calling.
    """
    names = tuple(inspect.signature(prefetch).parameters)[1:]
    wrong = {*names} - PREFETCHING - {*path_variables}
    if wrong:
        raise TypeError(f"{prefetch.__name__} takes {_listed(wrong)}, which is unknown")
    return names


def check_provided(
    name: str,
    bindings: Bindings,
    path_variables: Collection[str],
    provided: Collection[str],
) -> None:
    """Insist that what is not of a request is provided by the application.

    Args:
        name: Of an operation.
        bindings: Of its view.
        path_variables: What its path says.
        provided: What the application gives beside what a request has.

    Raises:
        TypeError: If nobody provides a parameter.
    """
    wrong = {parameter for parameter, _ in bindings} - SOURCES.keys()
    wrong -= {*path_variables, *provided}
    if wrong:
        raise TypeError(f"{name} takes {_listed(wrong)}, which nothing provides")


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
