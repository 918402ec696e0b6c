"""Answers kept for retries, in the transaction of what they answer for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import psycopg
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Batch
from shopkeeper.models import Role
from shopkeeper.utils import clock
from shopkeeper.utils.errors import TokenRevoked
from shopkeeper.utils.fingerprint import Fingerprint
from shopkeeper.web.errors import IdempotencyInFlight, IdempotencyKeyReused
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.repository import idempotency

LIFETIME = timedelta(hours=48)
# For making a provisional answer final, once it is known.
SETTLING = timedelta(seconds=5)


@dataclass(frozen=True)
class Answer:
    """An answer as it was sent, byte for byte."""

    status: int
    headers: dict[str, str]
    body: bytes


class Named(Protocol):
    """An operation, as far as is noted of it beside a key."""

    @property
    def name(self) -> str: ...

    @property
    def entity(self) -> str | None: ...


@dataclass(frozen=True)
class Claim:
    """A key that this transaction has, and is to give an answer.

    `is_resumed` if something was begun under it before, and not answered.
    """

    key: str
    is_resumed: bool


@dataclass(frozen=True)
class UnfinishedAnswer:
    """No answer yet: somebody outside is to be asked, and it is to be ended then."""

    name: str
    act: Callable[[], Any]
    finish: Callable[[Session, Any], Answer]
    # As what it was noted, if staff has begun it.
    activity: UUID | None = None


@dataclass(frozen=True)
class ProvisionalAnswer(Answer):
    """An answer that a better one may replace, if it comes soon enough."""

    settle: Callable[[Session], Answer | None]
    within: timedelta


def claim(  # noqa: PLR0917  # Whose key, for what, and what goes along.
    session: Session,
    login_id: UUID,
    key: str,
    fingerprint: Fingerprint,
    operation: Named,
    prefetch: Callable[[Batch], None] | None = None,
) -> tuple[CurrentUser, Answer | Claim]:
    """Claim a caller's key for this transaction, or find the answer it already has.

    A second request with the key waits here until the first has committed (it
    then gets its answer) or rolled back (it then takes its place). If the
    first is at asking somebody outside, or died of it, there is no answer yet:
    the second then holds the key, and goes on with what was begun under it.

    Args:
        session: The transaction.
        login_id: The login of the caller. Others may use the same key.
        key: What the client chose.
        fingerprint: Of the request the key stands for.
        operation: What is asked for, and of what kind the thing is that it makes.
        prefetch: Asks in the same batch what the operation will need; if the key has
            its answer already, in vain.

    Returns:
        Who is calling, and the answer or the claim.

    Raises:
        TokenRevoked: If the login has ended.
        IdempotencyKeyReused: If the key stands for another request.
        IdempotencyInFlight: If the first request takes too long to wait for.
    """
    now = clock.now()
    try:
        found = idempotency.claim_key(
            session,
            login_id,
            now,
            key=key,
            fingerprint=fingerprint.kept,
            operation=operation.name,
            entity=operation.entity,
            expires_at=now + LIFETIME,
            prefetch=prefetch,
        )
    except idempotency.KeyHeld as error:
        raise IdempotencyInFlight(seconds=1) from error
    if found is None:
        raise TokenRevoked
    caller = CurrentUser(found.user_id, Role(found.role), login_id)
    if found.is_claimed:
        return caller, Claim(key, is_resumed=False)
    kept = _find(session, caller.id, key, fingerprint)
    return caller, kept or Claim(key, is_resumed=True)


def hold(session: Session, user_id: int, key: str) -> None:
    """Hold a key that has no answer yet, to give it one in this transaction.

    Raises:
        IdempotencyInFlight: If whoever else holds it takes too long to wait for.
    """
    try:
        idempotency.lock_key(session, user_id, key)
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise IdempotencyInFlight(seconds=1) from error
        raise


def keep(session: Session, user_id: int, key: str, answer: Answer) -> None:
    """Keep the answer beside its effect, when the transaction ends."""
    settles_at = None
    if isinstance(answer, ProvisionalAnswer):
        settles_at = clock.now() + answer.within + SETTLING
    idempotency.keep_later(
        session,
        user_id,
        key,
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
        settles_at=settles_at,
    )


def settle(session: Session, user_id: int, key: str, final: Answer | None) -> bool:
    """Replace a provisional answer by the final one, or make it final itself.

    Returns:
        False if it was final already: nobody was awaited any more.
    """
    values: dict[str, object] = {"settles_at": None}
    if final is not None:
        values |= {
            "status": final.status,
            "headers": final.headers,
            "body": final.body,
        }
    return idempotency.settle(session, user_id, key, clock.now(), values)


def _find(
    session: Session, user_id: int, key: str, fingerprint: Fingerprint
) -> Answer | None:
    found = idempotency.find_kept(session, user_id, key)
    if found.fingerprint not in fingerprint.known_as:
        raise IdempotencyKeyReused
    if found.status is None:  # Begun, and not answered: what is so now?
        hold(session, user_id, key)
        found = idempotency.find_kept(session, user_id, key)
    if found.status is None:
        return None
    if found.settles_at is not None and found.settles_at > clock.now():
        raise IdempotencyInFlight(seconds=1)
    return Answer(found.status, found.headers or {}, found.body or b"")


def forget_answers(session: Session, user_id: int) -> None:
    """Delete the answers a user was given, which may tell of them.

    The key this transaction has claimed stays: it has no answer yet.
    """
    idempotency.forget_kept(session, user_id)


def find_repeated_ending(
    session: Session, user_id: int, key: str, fingerprint: Fingerprint
) -> Answer | None:
    """The answer to a call that ended the very login it was made with.

    Its retry cannot be authenticated any more. Only answers without a body
    are given so: they tell nothing that the one who asks does not know.
    """
    found = idempotency.find_bodiless(session, user_id, key, fingerprint.known_as)
    return Answer(*found, b"") if found else None
