"""The one secret of the shop: tokens are signed with it, other keys made from it."""

import hashlib
import hmac
import secrets
from functools import cache
from pathlib import Path

from shopkeeper.utils.settings import get_settings


@cache
def secret_key() -> str:
    """JWT_SECRET_KEY, or the key made and kept in DATA_DIR.

    Settings insist on the former beside a DATABASE_URL.
    """
    settings = get_settings()
    if settings.jwt_secret_key is not None:
        return settings.jwt_secret_key.get_secret_value()
    return _kept(settings.data_dir / "jwt_secret_key")


@cache
def derive_keys(purpose: str) -> list[bytes]:
    """The keys of a purpose, none of which tells the secret; the present one last."""
    return [
        hmac.digest(secret.encode(), purpose.encode(), "sha256") for secret in _keys()
    ]


def keyed_hash(key: bytes, message: bytes) -> bytes:
    """HMAC with SHA-256: it tells nobody what it is of."""
    begun = _begun(key).copy()
    begun.update(message)
    return begun.digest()


def digest(key: bytes, *parts: str) -> str:
    """A keyed hash of texts, in hexadecimal digits."""
    message = "\0".join(parts).encode("utf-8", "surrogatepass")
    return keyed_hash(key, message).hex()


def previous_keys() -> list[str]:
    """What tokens were signed with before; they are still good."""
    previous = get_settings().jwt_previous_secret_keys
    return [secret.get_secret_value() for secret in previous]


@cache
def _begun(key: bytes) -> hmac.HMAC:
    """A hash that has taken the key: OpenSSL takes ten times as long to begin one."""
    return hmac.new(key, digestmod=hashlib.sha256)


def _keys() -> list[str]:
    return [*previous_keys(), secret_key()]


def _kept(path: Path) -> str:
    """Read the key, or make it whole before it gets its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size == 0:
        path.unlink()  # Nobody signs with nothing.
    if path.exists():
        return path.read_text()
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    beside.touch(mode=0o600)
    beside.write_text(secrets.token_urlsafe(48))
    try:
        path.hardlink_to(beside)  # Fails if another process was first.
    except FileExistsError:
        pass
    finally:
        beside.unlink()
    return path.read_text()
