from uuid import UUID

from flask import Request
from sqlalchemy.orm import Session, sessionmaker

from shopkeeper import models
from shopkeeper.accounts.errors import (
    AdminExists,
    EmailTaken,
    InvalidCredentials,
    LastAdmin,
    LoginNotFound,
    LoginThrottled,
    PasswordTooCommon,
    PasswordTooWeak,
    RefreshTokenReused,
    SetupRefused,
    UserNotFound,
    WrongPassword,
)
from shopkeeper.accounts.passwords import Busy, hashing_turn, registration_turn
from shopkeeper.accounts.schemas import (
    Credentials,
    FirstAdmin,
    Logout,
    OpenLogins,
    RoleUpdate,
    TokenPair,
    User,
    UserCreate,
    UserDelete,
    UserPage,
    UserQuery,
    UserUpdate,
)
from shopkeeper.accounts.service import first_admin, logins, users
from shopkeeper.accounts.service.logins import Grant
from shopkeeper.utils.errors import TokenRevoked
from shopkeeper.utils.tokens import ACCESS_LIFETIME, Claims, issue_pair
from shopkeeper.web.errors import RateLimited
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.limits import REGISTRATIONS
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.results import Created

api = Api("users", "/users", tag="Accounts")


@api.operation(
    "POST",
    "/add",
    access=Access.OPEN,
    status=201,
    errors=[EmailTaken, PasswordTooCommon, PasswordTooWeak, Busy],
    turn=registration_turn,
    limit=REGISTRATIONS,
)
def register(session: Session, body: UserCreate) -> Created[User]:
    """Open an account. It is always a customer's.

    Everybody may register, and is a customer; an admin gives other roles. The password
    is held against lists of common ones, and against the account's own words.
    """
    user = users.add_user(
        session, email=body.email, password=body.password, full_name=body.full_name
    )
    return Created(User.model_validate(user), "/users/me")


@api.operation(
    "POST",
    "/first-admin",
    access=Access.OPEN,
    status=201,
    errors=[
        AdminExists,
        SetupRefused,
        EmailTaken,
        PasswordTooCommon,
        PasswordTooWeak,
        Busy,
    ],
    turn=registration_turn,
    limit=REGISTRATIONS,
)
def make_first_admin(
    session: Session, body: FirstAdmin, request: Request
) -> Created[User]:
    """Open the account of the first admin, on the machine that the server runs on.

    A server that starts without an admin prints a code, and an address of the console
    with it. Once there is an admin, nobody becomes one in this way.
    """
    user = first_admin.make_first_admin(
        session,
        code=body.code,
        address=request.remote_addr or "",
        email=body.email,
        password=body.password,
        full_name=body.full_name,
    )
    return Created(User.model_validate(user), "/users/me")


@api.operation(
    "POST",
    "/login",
    access=Access.OPEN,
    errors=[InvalidCredentials, LoginThrottled, RateLimited, Busy],
    turn=hashing_turn,
)
def login(
    session: Session,
    own_transaction: sessionmaker[Session],
    body: Credentials,
    request: Request,
) -> TokenPair:
    """Log in with email and password.

    Gives an access token for 15 minutes and a refresh token for 30 days. An unknown
    email and a wrong password get the same answer in the same time.
    """
    grant = logins.log_in(
        session,
        own_transaction,
        email=body.email,
        password=body.password,
        address=request.remote_addr or "",
    )
    return _token_pair(grant)


@api.operation(
    "POST",
    "/refresh",
    access=Access.REFRESH,
    errors=[RefreshTokenReused, TokenRevoked],
)
def refresh(
    session: Session, own_transaction: sessionmaker[Session], claims: Claims
) -> TokenPair:
    """Exchange a refresh token for a new pair. The old one is used up.

    A retry within ten seconds gets the same pair again; later, the old token
    ends the login, because two parties have it.
    """
    return _token_pair(
        logins.refresh(
            session,
            own_transaction,
            claims.user_id,
            claims.login_id,
            claims.generation,
        )
    )


@api.operation("POST", "/logout", access=Access.ANY_TOKEN, status=204)
def logout(session: Session, caller: CurrentUser, body: Logout) -> None:
    """End this login, or all logins of the account; both tokens die at once.

    Both tokens of the login are dead at once, on every server process.
    """
    logins.log_out(session, caller, everywhere=body.everywhere)


@api.operation("GET", "/logins", access=Access.CUSTOMER)
def list_logins(session: Session, caller: CurrentUser) -> OpenLogins:
    """List one's own logins that are good, the one last carried on first."""
    return OpenLogins.model_validate({"items": logins.list_logins(session, caller)})


@api.operation(
    "DELETE",
    "/logins/<uuid:login_id>",
    access=Access.CUSTOMER,
    status=204,
    errors=[LoginNotFound],
)
def end_login(session: Session, caller: CurrentUser, login_id: UUID) -> None:
    """End one of one's own logins; both its tokens die at once."""
    logins.end_own_login(session, caller, login_id)


@api.operation("GET", "/me", access=Access.CUSTOMER)
def show_me(session: Session, caller: CurrentUser) -> User:
    """Show one's own account."""
    return User.model_validate(users.get_user(session, caller.id))


@api.operation(
    "PUT",
    "/update",
    access=Access.CUSTOMER,
    errors=[
        EmailTaken,
        WrongPassword,
        PasswordTooCommon,
        PasswordTooWeak,
        LoginThrottled,
        Busy,
    ],
    turn=hashing_turn,
    makes=models.User,
)
def update_user(
    session: Session,
    own_transaction: sessionmaker[Session],
    caller: CurrentUser,
    body: UserUpdate,
    request: Request,
) -> User:
    """Change one's own account.

    Email and password take the current password. A new one of either ends all
    other logins.
    """
    changes = body.model_dump(exclude_unset=True)
    user = users.update_user(
        session, own_transaction, caller, changes, request.remote_addr or ""
    )
    return User.model_validate(user)


@api.operation(
    "DELETE",
    "/delete",
    access=Access.CUSTOMER,
    status=204,
    errors=[WrongPassword, LastAdmin, LoginThrottled, Busy],
    turn=hashing_turn,
)
def delete_user(
    session: Session,
    own_transaction: sessionmaker[Session],
    caller: CurrentUser,
    body: UserDelete,
    request: Request,
) -> None:
    """Close one's own account. What is personal is erased, orders stay."""
    users.delete_user(
        session, own_transaction, caller, body.password, request.remote_addr or ""
    )


@api.operation("GET", "", access=Access.ADMIN)
def list_users(session: Session, query: UserQuery) -> UserPage:
    """List accounts, the newest first: all, or those that an email or name finds."""
    page = users.list_users(
        session, query.limit, query.cursor, email=query.email, search=query.search
    )
    return UserPage.model_validate(page)


@api.operation(
    "PUT",
    "/role",
    access=Access.ADMIN,
    errors=[UserNotFound, LastAdmin],
    makes=models.User,
)
def set_role(session: Session, caller: CurrentUser, body: RoleUpdate) -> User:
    """Give a user a role. It counts from their next call on."""
    return User.model_validate(users.set_role(session, caller, body.id, body.role))


def _token_pair(grant: Grant) -> TokenPair:
    access, refresh = issue_pair(
        grant.user.id,
        grant.login_id,
        grant.generation,
        grant.issued_at,
        grant.refresh_expires_at,
    )
    return TokenPair(
        access_token=access,
        refresh_token=refresh,
        token_type="Bearer",  # noqa: S106  # The name of a scheme, not a secret.
        expires_in=int(ACCESS_LIFETIME.total_seconds()),
        user=User.model_validate(grant.user),
    )
