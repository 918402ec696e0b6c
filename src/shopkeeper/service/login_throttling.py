"""How long failed logins keep the next one waiting.

Failures count in three ways at once. Those of one account from one address
stop the ordinary guesser; those of one account from anywhere stop a botnet,
but only for a minute at a time, and not at an address the account has logged
in from before, so that nobody can lock a victim out; those of one address on
any account stop the one who tries a common password everywhere.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

FORGET_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Rule:
    """The first failures cost nothing; then the delay doubles up to a longest."""

    free_failures: int
    longest: timedelta

    def delay(self, failures: int) -> timedelta:
        over = failures - self.free_failures
        if over < 0:
            return timedelta(0)
        # Capped before it is computed: 2 ** 1000 seconds overflow a timedelta.
        return min(timedelta(seconds=2 ** min(over, 20)), self.longest)


ACCOUNT_AT_ADDRESS = Rule(free_failures=5, longest=timedelta(minutes=5))
ACCOUNT = Rule(free_failures=20, longest=timedelta(minutes=1))
ADDRESS = Rule(free_failures=100, longest=timedelta(minutes=1))


@dataclass(frozen=True)
class Subject:
    """Who or what failures are counted for, under a keyed hash."""

    digest: str
    rule: Rule


def subjects(
    secret: str, email: str, address: str, *, address_is_known: bool
) -> list[Subject]:
    """The counters a login attempt runs against."""
    account = email.lower()
    found = [
        Subject(
            digest(secret, "account-address", account, address), ACCOUNT_AT_ADDRESS
        ),
        Subject(digest(secret, "address", address), ADDRESS),
    ]
    if not address_is_known:
        found.append(Subject(digest(secret, "account", account), ACCOUNT))
    # Locks are taken in this order.
    return sorted(found, key=lambda subject: subject.digest)


def digest(secret: str, *parts: str) -> str:
    """A keyed hash: the table tells nobody who tried to log in from where."""
    message = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def failures_after(failures: int, failed_at: datetime | None, now: datetime) -> int:
    """The count after one more failure; old ones are forgotten."""
    if failed_at is None or now - failed_at > FORGET_AFTER:
        return 1
    return failures + 1
