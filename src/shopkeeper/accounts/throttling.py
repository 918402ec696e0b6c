"""How long failed logins keep the next one waiting.

Failures count in three ways at once. Those of one account from one address
stop the ordinary guesser. Those of one account from anywhere tell of a botnet:
then each address has to wait a minute after a failure of its own, so that
nobody can lock a victim out by failing somewhere else. Those of one address
on any account stop the one who tries a common password everywhere.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shopkeeper.utils.network import network_of

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
ADDRESS = Rule(free_failures=100, longest=timedelta(minutes=1))
# So many failures of one account are an attack, and this is what it slows down to.
ATTACKED_AFTER = 20
WAIT_WHILE_ATTACKED = timedelta(minutes=1)


@dataclass(frozen=True)
class Subjects:
    """Whom failures are counted for, under keyed hashes."""

    account_at_address: str
    account: str
    address: str

    def __iter__(self) -> Iterator[str]:
        # Locks are taken in this order.
        return iter(sorted((self.account_at_address, self.account, self.address)))


@dataclass(frozen=True)
class Count:
    """Failures of one subject, as far as they are remembered."""

    failures: int
    failed_at: datetime

    def is_remembered(self, now: datetime) -> bool:
        return now - self.failed_at <= FORGET_AFTER


def name_subjects(secret: str, account: str, address: str) -> Subjects:
    """Whom an attempt counts for.

    Args:
        secret: The key of the hashes.
        account: The email in lower case, as the database has it.
        address: Where the attempt comes from.
    """
    network = network_of(address)
    return Subjects(
        account_at_address=digest(secret, "account-address", account, network),
        account=digest(secret, "account", account),
        address=digest(secret, "address", network),
    )


def blocked_until(
    subjects: Subjects, counts: Mapping[str, Count], now: datetime
) -> datetime | None:
    """When the next attempt may be made, if not now."""
    known = {name: count for name, count in counts.items() if count.is_remembered(now)}
    here = known.get(subjects.account_at_address)
    account = known.get(subjects.account)
    address = known.get(subjects.address)
    ends = []
    if here is not None:
        ends.append(here.failed_at + ACCOUNT_AT_ADDRESS.delay(here.failures))
        if account is not None and account.failures >= ATTACKED_AFTER:
            ends.append(here.failed_at + WAIT_WHILE_ATTACKED)
    if address is not None:
        ends.append(address.failed_at + ADDRESS.delay(address.failures))
    return max((end for end in ends if end > now), default=None)


def digest(secret: str, *parts: str) -> str:
    """A keyed hash: the table tells nobody who tried to log in from where."""
    message = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def failures_after(failures: int, failed_at: datetime | None, now: datetime) -> int:
    """The count after one more failure; old ones are forgotten."""
    if failed_at is None or now - failed_at > FORGET_AFTER:
        return 1
    return failures + 1
