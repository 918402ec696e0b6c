"""Errors that a client can be told of, each with a stable code.

Every subclass is named for the fact it states. `code` is part of the HTTP
contract; `title` is the sentence that stays the same from one occurrence to
the next (RFC 9457, section 3.1.3), the message of the exception tells about
this one. Names of the shop's own trade live in `shopkeeper.service.errors`.
"""

from typing import Any, ClassVar


class ProblemError(Exception):
    """What went wrong, in terms a client can act on.

    Keyword arguments become extension members of the problem (RFC 9457,
    section 3.2).
    """

    code: ClassVar[str]
    title: ClassVar[str]
    status: ClassVar[int]
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, detail: str | None = None, **members: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.members = members

    def answer_headers(self) -> dict[str, str]:
        return self.headers


class ConflictError(ProblemError):
    """The request is sound, but the present state does not allow it."""

    status = 409


class RecordedProblem(ProblemError):
    """A problem met earlier, by a job, and told again as it was."""

    code, title, status = "recorded_problem", "It has failed.", 422

    def __init__(
        self,
        *,
        code: str,
        title: str,
        status: int,
        detail: str,
        members: dict[str, Any],
    ) -> None:
        super().__init__(detail, **members)
        # Over the class's own: the problem is of whatever kind it was.
        self.__dict__.update(code=code, title=title, status=status)


class RetryLaterError(ProblemError):
    """A problem that passes: it says in how many seconds to ask again."""

    def __init__(
        self, detail: str | None = None, *, seconds: int = 1, **members: Any
    ) -> None:
        super().__init__(detail, **members)
        self.seconds = seconds

    def answer_headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.seconds)}


class MalformedRequest(ProblemError):
    code, status = "malformed_request", 400
    title = "The request cannot be parsed."


class Unauthorized(ProblemError):
    code, status = "unauthorized", 401
    title = "A valid token is needed."
    headers: ClassVar[dict[str, str]] = {
        "WWW-Authenticate": 'Bearer realm="shopkeeper"'
    }


class TokenMissing(Unauthorized):
    code = "token_missing"
    title = "This call needs a token in the Authorization header."


class _BadToken(Unauthorized):
    """A token was shown, and it is no good (RFC 6750, section 3.1)."""

    headers: ClassVar[dict[str, str]] = {
        "WWW-Authenticate": 'Bearer realm="shopkeeper", error="invalid_token"'
    }


class TokenInvalid(_BadToken):
    code = "token_invalid"
    title = "The token is not one this shop has issued for this use."


class TokenExpired(_BadToken):
    code = "token_expired"
    title = "The token has expired."


class TokenRevoked(_BadToken):
    code = "token_revoked"
    title = "The login this token belongs to has ended."


class Forbidden(ProblemError):
    code, status = "forbidden", 403
    title = "Your role does not allow this."


class MetricsHidden(ProblemError):
    code, status = "metrics_hidden", 403
    title = "Metrics are shown to this machine, or to whoever shows METRICS_TOKEN."


class NotFound(ProblemError):
    code, status = "not_found", 404
    title = "There is nothing here."


class MethodNotAllowed(ProblemError):
    code, status = "method_not_allowed", 405
    title = "This address does not take this method."


class BodyTooSlow(ProblemError):
    code, status = "body_too_slow", 408
    title = "The body did not come in time, or came too slowly."
    headers: ClassVar[dict[str, str]] = {"Connection": "close"}


class PreconditionFailed(ProblemError):
    code, status = "stale_version", 412
    title = "It has changed since the version named in If-Match."


class BodyTooLarge(ProblemError):
    code, status = "body_too_large", 413
    title = "The body is larger than this call takes."


class TargetTooLong(ProblemError):
    code, status = "target_too_long", 414
    title = "The address is longer than any of this shop's."


class HeadTooLarge(ProblemError):
    code, status = "head_too_large", 431
    title = "The header fields are larger than this shop takes."


class UnsupportedMediaType(ProblemError):
    code, status = "unsupported_media_type", 415
    title = "The body is not of a media type this call takes."


class UnsupportedCoding(ProblemError):
    """The body is packed (RFC 9110, sections 8.4 and 12.5.3)."""

    code, status = "unsupported_content_coding", 415
    title = "A body has to be sent as it is, not packed."
    headers: ClassVar[dict[str, str]] = {"Accept-Encoding": "identity"}


class ValidationFailed(ProblemError):
    """The request was understood, but fields of it are wrong.

    Args:
        errors: One entry a fault: `pointer` (RFC 6901, into the body) or
            `parameter` (of the query), and `message`.
    """

    code, status = "validation_failed", 422
    title = "Some fields are not valid."

    def __init__(self, errors: list[dict[str, str]], **members: Any) -> None:
        super().__init__(_summary(errors), errors=errors, **members)


def _summary(errors: list[dict[str, str]]) -> str:
    first = errors[0]
    where = first.get("parameter") or first.get("pointer") or "the body"
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{where}: {first['message']}{more}"


class TooManyRequests(RetryLaterError):
    code, status = "too_many_requests", 429
    title = "Too many tries; wait before the next."


class InternalError(ProblemError):
    code, status = "internal_error", 500
    title = "The shop failed to answer. The fault is on our side and was logged."


class ServiceUnavailable(RetryLaterError):
    code, status = "service_unavailable", 503
    title = "The shop cannot answer just now."


class TooBusy(ServiceUnavailable):
    code = "too_busy"
    title = "Too much is being asked at once just now."


class ResourceBusy(ServiceUnavailable):
    code = "resource_busy"
    title = "Somebody else has been changing the same thing for too long."


class DatabaseUnavailable(ServiceUnavailable):
    code = "database_unavailable"
    title = "The database is away just now."


class StatementTooSlow(ServiceUnavailable):
    code = "statement_too_slow"
    title = "This takes the database longer than it may; ask for less at once."
