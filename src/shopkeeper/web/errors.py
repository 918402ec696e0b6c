"""What can go wrong with any call: limits, keys, files that are too large."""

from shopkeeper.utils.errors import ProblemError, RetryLaterError, TooManyRequests
from shopkeeper.web.limits import Bucket


class RateLimited(TooManyRequests):
    """Somebody has done something as often as they may for now."""

    code = "rate_limited"
    title = "This was done as often as one account or address may; wait a little."

    def __init__(self, detail: str, *, seconds: int, limit: Bucket) -> None:
        super().__init__(detail, seconds=seconds, limit=limit.limit.name)
        self._bucket = limit

    def answer_headers(self) -> dict[str, str]:
        return super().answer_headers() | self._bucket.headers()


class ExportRunning(TooManyRequests):
    code = "export_running"
    title = "Another export of this account is still running."


class FileTooLarge(ProblemError):
    code, status, title = "file_too_large", 413, "The file is over a limit."


class IdempotencyKeyReused(ProblemError):
    code, status = "idempotency_key_reused", 422
    title = "This Idempotency-Key was used for another request."


class IdempotencyInFlight(RetryLaterError):
    code, status = "idempotency_in_flight", 409
    title = "A request with this Idempotency-Key is still running."
