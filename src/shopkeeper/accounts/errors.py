"""What can go wrong with accounts, passwords and logins."""

from shopkeeper.utils.errors import (
    ConflictError,
    Forbidden,
    NotFound,
    ProblemError,
    TooManyRequests,
    Unauthorized,
    ValidationFailed,
)


class AdminExists(ConflictError):
    code, title = "admin_exists", "The shop has an admin already."


class SetupRefused(Forbidden):
    code, title = "setup_refused", "Only who has started the server may set it up."


class EmailTaken(ConflictError):
    code, title = "email_taken", "An account with this email exists already."


class InvalidCredentials(Unauthorized):
    code, title = "invalid_credentials", "Email or password is wrong."


class LoginThrottled(TooManyRequests):
    code = "login_throttled"
    title = "Too many failed logins; wait before the next."


class WrongPassword(ProblemError):
    code, status = "wrong_password", 403
    title = "The current password is wrong or missing."


class PasswordTooCommon(ValidationFailed):
    code, title = "password_too_common", "This password is among the first to be tried."


class PasswordTooWeak(ValidationFailed):
    code, title = "password_too_weak", "This password is too easily guessed."


class RefreshTokenReused(Unauthorized):
    code = "refresh_token_reused"
    title = "This refresh token was used before, so its login has been ended."


class LastAdmin(ConflictError):
    code, title = "last_admin", "The shop would have no admin left."


class OwnAccount(ConflictError):
    code, title = "own_account", "One's own account takes its password to close."


class ResetTokenInvalid(Unauthorized):
    code, title = "reset_token_invalid", "The token is unknown, used, or too old."


class LoginNotFound(NotFound):
    code, title = "login_not_found", "There is no such login of this account."


class UserNotFound(NotFound):
    code, title = "user_not_found", "There is no such user."
