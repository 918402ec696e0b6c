"""Declaring an operation of the API: its path, who may call it, what it may answer.

A view names what it needs by its parameters, and is given it:

    session       the transaction of this request; for GET, a session that only reads
    caller        who is calling; None where the call is open and without token
    body          the JSON body, as the `Input` schema in its annotation
    query         the query string, as the `Query` schema in its annotation
    upload        the multipart form, as `Upload`
    message       the body as it came, where somebody else's signature is on it
    precondition  what `If-Match` says
    claim         the Idempotency-Key as this transaction has it, if one was sent
    prefetched    what its `prefetch` has fetched beside finding out who is calling
    request       the request itself, for what none of these tell

what the application provides (`till`, the payment providers), and the variables of
its path. What it returns is an `Output` schema, a
`Created` with the address of what was made, `Accepted` for what takes its time,
`Saga` for what is to be asked outside and then ended, `Trial` for what would be, or
None for 204.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from flask import Blueprint

from shopkeeper.models import Base, Role
from shopkeeper.utils.errors import ProblemError
from shopkeeper.web.limits import Limit
from shopkeeper.web.parameters import Bindings, bind, bind_prefetch
from shopkeeper.web.results import Accepted, Created, Trial
from shopkeeper.web.schemas.base import Input, Output, Query, VersionedOutput
from shopkeeper.web.service.sagas import Saga

# `<id:product_id>` and `<name>`, as werkzeug writes them.
_VARIABLE = re.compile(r"<(?:[^<>]*:)?(\w+)>")
View = Callable[..., Any]
WRITING_METHODS = {"POST", "PUT", "DELETE"}


class Access(Enum):
    """Who may call an operation."""

    PUBLIC = "public"  # Anybody; a token shown is looked at, and must be good.
    OPEN = "open"  # Anybody; no token is looked at.
    CUSTOMER = Role.CUSTOMER.value
    MANAGER = Role.MANAGER.value
    ADMIN = Role.ADMIN.value
    REFRESH = "refresh"  # Whoever shows a refresh token.
    ANY_TOKEN = "any_token"  # Whoever shows an access or a refresh token.  # noqa: S105

    @property
    def role(self) -> Role | None:
        """The least role it takes, where it takes one."""
        return Role(self.value) if self.value in set(Role) else None


@dataclass(frozen=True)
class Operation:
    """What is known of an operation before it is called."""

    view: View
    method: str
    path: str
    access: Access
    status: int
    errors: Sequence[type[ProblemError]]
    tag: str
    turn: Callable[[], Any] | None
    media_types: Sequence[str]
    transaction: bool
    prefetch: Callable[..., Any] | None
    limit: Limit | None
    may_wait: bool
    makes: type[Base] | None
    about: type[Base] | None
    takes: dict[str, Any]
    # Where each parameter of the view is had from, and what the prefetch takes.
    bindings: Bindings
    prefetch_takes: tuple[str, ...]

    @cached_property
    def name(self) -> str:
        return self.view.__name__

    @cached_property
    def entity(self) -> str | None:
        """The table of what its answer names by `id`."""
        return self.makes.__tablename__ if self.makes is not None else None

    @cached_property
    def subject(self) -> str | None:
        """The table of what it makes or changes, as staff's activity tells it."""
        kind = self.about or self.makes
        return kind.__tablename__ if kind is not None else None

    def __post_init__(self) -> None:
        """Insist that what is kept for retries can be held against what it names."""
        names = any("id" in kind.model_fields for kind in self.outputs)
        if self.is_idempotent_by_key and names != (self.makes is not None):
            raise TypeError(f"{self.name}: which model is its answer's id of?")

    @cached_property
    def body(self) -> type[Input] | None:
        return self.takes.get("body")

    @cached_property
    def query(self) -> type[Query] | None:
        return self.takes.get("query")

    @cached_property
    def path_variables(self) -> frozenset[str]:
        return frozenset(_VARIABLE.findall(self.path))

    @cached_property
    def takes_upload(self) -> bool:
        return "upload" in self.takes

    @cached_property
    def takes_message(self) -> bool:
        return "message" in self.takes

    @property
    def takes_precondition(self) -> bool:
        return "precondition" in self.takes

    @cached_property
    def form(self) -> type[Query] | None:
        """The options beside an uploaded file."""
        return get_args(self.takes["upload"])[0] if self.takes_upload else None

    @property
    def asks_the_database(self) -> bool:
        """Whether it may fail because the database does."""
        return "session" in self.takes or self.prefetch is not None

    @property
    def outputs(self) -> list[type[Output]]:
        """The schemas of a successful answer: none, one, or one for each reader."""
        return list(_schemas(self.takes["return"]))

    @property
    def is_versioned(self) -> bool:
        """Whether its answer carries an entity tag."""
        return any(issubclass(kind, VersionedOutput) for kind in self.outputs)

    @property
    def makes_something(self) -> bool:
        """Whether its answer says where to find what was made."""
        return get_origin(self.takes["return"]) is Created

    @property
    def may_take_long(self) -> bool:
        """Whether its outcome may be promised, rather than given."""
        return get_origin(self.takes["return"]) is Accepted

    @property
    def may_be_tried(self) -> bool:
        """Whether it can be asked what it would do, and then does nothing."""
        parts = get_args(self.takes["return"])
        return any(get_origin(part) is Trial for part in parts)

    @cached_property
    def least_role(self) -> Role | None:
        """The role it takes at least, where it takes one."""
        return self.access.role

    @cached_property
    def only_reads(self) -> bool:
        """Whether each of its statements may be a transaction of its own."""
        return self.method == "GET" and not self.transaction

    @cached_property
    def is_idempotent_by_key(self) -> bool:
        """Whether it takes an Idempotency-Key: every write under a token.

        Refreshing has a grace of its own for a lost answer, and its answer is
        not one to keep in a table.
        """
        under_token = self.access.role is not None or self.access is Access.ANY_TOKEN
        return self.method in WRITING_METHODS and under_token


def _hints(prefetch: Callable[..., Any] | None) -> dict[str, Any]:
    """What is taken of a request for a view that is given what comes of it."""
    hints = get_type_hints(prefetch) if prefetch is not None else {}
    return {name: hint for name, hint in hints.items() if name in {"body", "query"}}


def _schemas(hint: Any) -> Iterator[type[Output]]:
    if get_origin(hint) in {UnionType, Union, Created, Accepted, Trial, Saga}:
        for part in get_args(hint):
            yield from _schemas(part)
    elif inspect.isclass(hint) and issubclass(hint, Output):
        yield hint


class Api(Blueprint):
    """A blueprint whose routes are operations."""

    def __init__(
        self, name: str, prefix: str, *, tag: str, transactions: bool = False
    ) -> None:
        """Make a blueprint.

        Args:
            name: Of the blueprint.
            prefix: What all its paths begin with.
            tag: What its operations are listed under.
            transactions: Whether a GET of it needs one for all of its statements.
        """
        super().__init__(name, __name__, url_prefix=prefix)
        self.transactions = transactions
        self.prefix = prefix
        self.tag = tag

    def operation(
        self,
        method: str,
        rule: str,
        *,
        access: Access,
        status: int = 200,
        errors: Sequence[type[ProblemError]] = (),
        turn: Callable[[], Any] | None = None,
        media_types: Sequence[str] = (),
        transaction: bool = False,
        prefetch: Callable[..., Any] | None = None,
        limit: Limit | None = None,
        may_wait: bool = False,
        makes: type[Base] | None = None,
        about: type[Base] | None = None,
    ) -> Callable[[View], View]:
        """Declare a view; what it takes is bound to where that is had from.

        Args:
            method: GET, POST, PUT or DELETE.
            rule: The path, below the blueprint's.
            access: Who may call it. There is no default.
            status: Of a successful answer.
            errors: What it may refuse with, beyond what every call may.
            turn: A context to enter before the transaction is begun.
            media_types: Of an answer that is not JSON by a schema.
            transaction: Whether a GET needs one for all of its statements.
            prefetch: Asks, given a batch and what it names of the request
                (`unverified`, `body`, `query`, variables of the path), what can be
                asked before it is known who is calling: it locks nothing of others,
                and nothing for those who will be refused. The view is given what
                comes of it.
            limit: How often an account may call it, or an address. Of an account
                only what succeeds counts, in a batch that goes anyway; of an address
                every try does, before anything else is done.
            may_wait: Whether it may be answered 202, for something is needed first.
            makes: The model whose row its answer names by `id`: made, or changed.
            about: The model whose row it changes, named by what is sent, where its
                answer names none or another.

        Raises:
            TypeError: If its prefetch takes what there is not, or if it is kept what
                it answers, which names something by `id`, and not said what.
        """
        path = self.prefix + rule
        variables = frozenset(_VARIABLE.findall(path))

        def declare(view: View) -> View:
            view.operation = Operation(  # type: ignore[attr-defined]  # Read by the app.
                view=view,
                method=method,
                path=path,
                access=access,
                status=status,
                errors=errors,
                tag=self.tag,
                turn=turn,
                media_types=media_types,
                transaction=transaction or self.transactions,
                prefetch=prefetch,
                limit=limit,
                may_wait=may_wait,
                makes=makes,
                about=about,
                takes=_hints(prefetch) | get_type_hints(view),
                bindings=bind(view, variables),
                prefetch_takes=(bind_prefetch(prefetch, variables) if prefetch else ()),
            )
            self.add_url_rule(
                rule, view.__name__, view, methods=[method], strict_slashes=False
            )
            return view

        return declare
