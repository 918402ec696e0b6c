"""What an account or an address may do in an hour: named, and read from settings."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache

from shopkeeper.utils.network import network_of
from shopkeeper.utils.secret import derive_keys, digest
from shopkeeper.utils.settings import Settings, get_settings

HOUR = timedelta(hours=1)
SECONDS = int(HOUR.total_seconds())


NOTHING = timedelta(0)


class Whose(Enum):
    """Whom a limit counts for."""

    ACCOUNT = "account"
    ADDRESS = "address"


@dataclass(frozen=True)
class Limit:
    """So much in an hour, all of it at once if need be."""

    name: str
    whose: Whose
    quota_of: Callable[[Settings], int]

    @property
    def quota(self) -> int:
        return self.quota_of(get_settings())

    @property
    def interval(self) -> timedelta:
        """In which one of it comes back."""
        return _part_of_an_hour(self.quota)

    def of_account(self, user_id: int) -> str:
        """What the bucket of an account is called."""
        return f"{self.name}:{user_id}"

    def of_address(self, address: str) -> str:
        """What the bucket of an address is called, which tells nobody the address."""
        key = derive_keys("rate limits")[-1]
        return f"{self.name}:{digest(key, network_of(address))}"


@lru_cache(maxsize=32)
def _part_of_an_hour(parts: int) -> timedelta:
    return HOUR / parts


@dataclass(frozen=True)
class Bucket:
    """How full a bucket is, by the moment at which it will be full again."""

    limit: Limit
    full_at: datetime
    now: datetime

    @property
    def remaining(self) -> int:
        return self._remaining_of(self.limit.quota)

    @property
    def seconds_until_one(self) -> int:
        """When one of it will be there again."""
        wait = self.full_at + self.limit.interval - HOUR - self.now
        return max(1, math.ceil(wait.total_seconds()))

    def headers(self) -> dict[str, str]:
        """What tells where it stands (draft-ietf-httpapi-ratelimit-headers)."""
        name, quota = self.limit.name, self.limit.quota
        until = math.ceil(max((self.full_at - self.now).total_seconds(), 0))
        return {
            "RateLimit-Policy": f'"{name}";q={quota};w={SECONDS}',
            "RateLimit": f'"{name}";r={self._remaining_of(quota)};t={until}',
        }

    def _remaining_of(self, quota: int) -> int:
        missing = max(self.full_at - self.now, NOTHING)
        return max(0, (HOUR - missing) // _part_of_an_hour(quota))


REGISTRATIONS = Limit(
    "registrations", Whose.ADDRESS, lambda settings: settings.registrations_per_hour
)
RESETS = Limit(
    "resets", Whose.ADDRESS, lambda settings: settings.registrations_per_hour
)
LOGINS = Limit("logins", Whose.ACCOUNT, lambda settings: settings.logins_per_hour)
ORDERS = Limit("orders", Whose.ACCOUNT, lambda settings: settings.orders_per_hour)
DECLINES = Limit("declines", Whose.ACCOUNT, lambda settings: settings.declines_per_hour)
