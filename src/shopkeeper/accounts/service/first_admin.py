"""The first admin: made by whoever has started the server, and by nobody after."""

import hmac

from sqlalchemy.orm import Session

from shopkeeper.accounts import repository
from shopkeeper.accounts.errors import AdminExists, SetupRefused
from shopkeeper.accounts.service.users import add_user
from shopkeeper.models import Role, User
from shopkeeper.utils.secret import derive_keys, digest
from shopkeeper.utils.setting_values import is_loopback

DIGITS = 20


def setup_code() -> str:
    """What the server prints when it starts without an admin.

    Made of the shop's secret, so that all its processes know it.
    """
    return digest(derive_keys("setup code")[-1], "first admin")[:DIGITS]


def is_needed(session: Session) -> bool:
    """Whether the shop has no admin."""
    return not repository.has_admin(session)


def make_first_admin(
    session: Session,
    *,
    code: str,
    address: str,
    email: str,
    password: str,
    full_name: str,
) -> User:
    """Open the account of the first admin.

    Args:
        session: The transaction.
        code: What the server has printed.
        address: Where the request comes from.
        email: Of the account.
        password: As typed.
        full_name: Of the person.

    Raises:
        AdminExists: If there is an admin.
        SetupRefused: If the code is another, or does not come from this machine.
        PasswordTooCommon, PasswordTooWeak: If the password is easily guessed.
        EmailTaken: If the email has an account.
    """
    if not is_loopback(address):
        raise SetupRefused("This can be done on the machine of the server alone.")
    if not hmac.compare_digest(code.encode(), setup_code().encode()):
        raise SetupRefused("This is not the code that the server has printed.")
    repository.hold_first_admin(session)
    if repository.has_admin(session):
        raise AdminExists("An admin gives others their roles.")
    return add_user(
        session, email=email, password=password, full_name=full_name, role=Role.ADMIN
    )
