"""What tells one request from another, and tells nobody what it said."""

from dataclasses import dataclass

from shopkeeper.utils.secret import derive_keys, keyed_hash


@dataclass(frozen=True)
class Fingerprint:
    """SHA-256 of a request, which is never kept: it may say a password."""

    digest: bytes

    @property
    def kept(self) -> bytes:
        """The keyed hash to keep, by the present key."""
        return keyed_hash(derive_keys("idempotency fingerprints")[-1], self.digest)

    @property
    def known_as(self) -> list[bytes]:
        """What may have been kept of the same request: by keys of before, too.

        And, before version 0.2.0, by none.
        """
        keys = derive_keys("idempotency fingerprints")
        hashes = [keyed_hash(key, self.digest) for key in reversed(keys)]
        return [*hashes, self.digest]
