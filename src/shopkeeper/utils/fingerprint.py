"""What tells one request from another, and tells nobody what it said."""

import hmac
from dataclasses import dataclass

from shopkeeper.utils.secret import derive_keys


@dataclass(frozen=True)
class Fingerprint:
    """SHA-256 of a request, which is never kept: it may say a password."""

    digest: bytes

    @property
    def kept(self) -> bytes:
        """The keyed hash to keep, by the present key."""
        return self._by(derive_keys("idempotency fingerprints")[-1])

    @property
    def known_as(self) -> list[bytes]:
        """What may have been kept of the same request: by keys of before, too.

        And, before version 0.2.0, by none.
        """
        keys = derive_keys("idempotency fingerprints")
        return [*(self._by(key) for key in reversed(keys)), self.digest]

    def _by(self, key: bytes) -> bytes:
        return hmac.digest(key, self.digest, "sha256")
