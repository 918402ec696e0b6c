"""Answers kept for retries, in the transaction of what they answer for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shopkeeper.models import IdempotencyKey
from shopkeeper.service.errors import IdempotencyInFlight, IdempotencyKeyReused
from shopkeeper.utils import clock

LIFETIME = timedelta(hours=48)
# For making a provisional answer final, once it is known.
SETTLING = timedelta(seconds=5)


@dataclass(frozen=True)
class Answer:
    """An answer as it was sent, byte for byte."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class ProvisionalAnswer(Answer):
    """An answer that a better one may replace, if it comes soon enough."""

    settle: Callable[[Session], Answer | None]
    within: timedelta


def claim(
    session: Session, user_id: int, key: str, fingerprint: bytes
) -> Answer | None:
    """Claim a key for this transaction, or find the answer it already has.

    A second request with the key waits here until the first has committed (it
    then gets its answer) or rolled back (it then takes its place).

    Args:
        session: The transaction.
        user_id: Whose key it is; others may use the same.
        key: What the client chose.
        fingerprint: SHA-256 of the request the key stands for.

    Raises:
        IdempotencyKeyReused: If the key stands for another request.
        IdempotencyInFlight: If the first request takes too long to wait for.
    """
    now = clock.now()
    fresh = insert(IdempotencyKey).values(
        user_id=user_id, key=key, fingerprint=fingerprint, expires_at=now + LIFETIME
    )
    # An expired key that nobody has deleted yet is as good as none.
    claiming = fresh.on_conflict_do_update(
        index_elements=["user_id", "key"],
        set_={
            "fingerprint": fresh.excluded.fingerprint,
            "expires_at": fresh.excluded.expires_at,
            "status": None,
            "settles_at": None,
            "headers": None,
            "body": None,
        },
        where=IdempotencyKey.expires_at <= now,
    ).returning(IdempotencyKey.key)
    try:
        claimed = session.scalar(claiming)
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise IdempotencyInFlight(seconds=1) from error
        raise
    return _find(session, user_id, key, fingerprint) if claimed is None else None


def keep(session: Session, user_id: int, key: str, answer: Answer) -> None:
    """Keep the answer beside its effect."""
    settles_at = None
    if isinstance(answer, ProvisionalAnswer):
        settles_at = clock.now() + answer.within + SETTLING
    session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
        .values(
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            settles_at=settles_at,
        )
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
    settled = session.scalar(
        update(IdempotencyKey)
        .where(
            IdempotencyKey.user_id == user_id,
            IdempotencyKey.key == key,
            IdempotencyKey.settles_at > clock.now(),
        )
        .values(**values)
        .returning(IdempotencyKey.key)
    )
    return settled is not None


def _find(session: Session, user_id: int, key: str, fingerprint: bytes) -> Answer:
    found = session.execute(
        select(
            IdempotencyKey.fingerprint,
            IdempotencyKey.status,
            IdempotencyKey.headers,
            IdempotencyKey.body,
            IdempotencyKey.settles_at,
        ).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
    ).one()
    if found.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if found.settles_at is not None and found.settles_at > clock.now():
        raise IdempotencyInFlight(seconds=1)
    return Answer(found.status, found.headers, found.body)


def forget_answers(session: Session, user_id: int) -> None:
    """Delete the answers a user was given, which may tell of them.

    The key this transaction has claimed stays: it has no answer yet.
    """
    session.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.user_id == user_id, IdempotencyKey.status.is_not(None)
        )
    )


def find_repeated_ending(
    session: Session, user_id: int, key: str, fingerprint: bytes
) -> Answer | None:
    """The answer to a call that ended the very login it was made with.

    Its retry cannot be authenticated any more. Only answers without a body
    are given so: they tell nothing that the one who asks does not know.
    """
    found = session.execute(
        select(IdempotencyKey.status, IdempotencyKey.headers).where(
            IdempotencyKey.user_id == user_id,
            IdempotencyKey.key == key,
            IdempotencyKey.fingerprint == fingerprint,
            IdempotencyKey.body == b"",
        )
    ).one_or_none()
    return Answer(found.status, found.headers, b"") if found else None
