"""Who is calling, and whether they may."""

from collections.abc import Callable

from flask import Request
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Batch, batch
from shopkeeper.utils.errors import Forbidden, TokenInvalid, TokenMissing
from shopkeeper.utils.tokens import ACCESS, REFRESH, Claims, read_token
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.operation import Access, Operation
from shopkeeper.web.service import callers

# The second name is the one the mission's README gives.
HEADERS = ("HTTP_AUTHORIZATION", "HTTP_AUTHENTICATION")


def read_claims(operation: Operation, request: Request) -> Claims | None:
    """What the token shown says, without asking the database.

    Raises:
        TokenMissing: If the operation needs one and none is shown.
        TokenInvalid, TokenExpired: If the one shown is no good here.
    """
    if operation.access is Access.OPEN:
        return None
    # Where WSGI has them: looking one up by its name takes werkzeug far longer.
    environ = request.environ
    header: str | None = environ.get(HEADERS[0])
    if header is None:
        header = environ.get(HEADERS[1])
    if header is None:
        if operation.access is Access.PUBLIC:
            return None
        raise TokenMissing
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise TokenInvalid("The header has to be: Authorization: Bearer <token>")
    claims = read_token(encoded.strip())
    _check_kind(operation, claims)
    return claims


def authenticate(
    session: Session,
    operation: Operation,
    claims: Claims | None,
    prefetch: Callable[[Batch], None] | None = None,
) -> CurrentUser | None:
    """The person behind the token, if their login is alive and their role will do.

    What is to be prefetched goes with the question who it is.

    Raises:
        TokenRevoked: If the login has ended.
        Forbidden: If the operation takes a higher role.
    """
    with batch(session) as asked:
        found = None
        # Refreshing looks at the login itself: it has to tell how it ended.
        if claims is not None and operation.access is not Access.REFRESH:
            found = callers.identify(asked, claims.login_id)
        if prefetch is not None:
            prefetch(asked)
    if found is None:
        return None
    caller = found(session)
    require_owner(claims, caller)
    require_role(operation, caller)
    return caller


def require_owner(claims: Claims | None, caller: CurrentUser) -> None:
    """Insist that a token speaks of the account that its login belongs to.

    Raises:
        TokenInvalid: If it names another.
    """
    if claims is not None and claims.user_id != caller.id:
        raise TokenInvalid


def require_role(operation: Operation, caller: CurrentUser) -> None:
    """Insist that a caller's role will do.

    Raises:
        Forbidden: If the operation takes a higher one.
    """
    least = operation.least_role
    if least is not None and not caller.is_at_least(least):
        raise Forbidden(
            f"This takes the role {least.value}; yours is {caller.role.value}."
        )


def _check_kind(operation: Operation, claims: Claims) -> None:
    if operation.access is Access.ANY_TOKEN and claims.kind in {ACCESS, REFRESH}:
        return
    expected = REFRESH if operation.access is Access.REFRESH else ACCESS
    if claims.kind != expected:
        article = "an" if expected == ACCESS else "a"
        raise TokenInvalid(f"This call takes {article} {expected} token.")
