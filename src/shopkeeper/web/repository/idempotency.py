"""Keys of clients, and the answers kept for them."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import bindparam, delete, exists, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Batch, Fragment, Statement, at_commit
from shopkeeper.models import IdempotencyKey
from shopkeeper.web.repository.callers import callers


class UnverifiedCaller(NamedTuple):
    """Who a token says is calling, before it is known whether they may; their key.

    Without a login nobody doubts that they may.
    """

    user_id: int
    login_id: UUID | None = None
    key: str | None = None


# For a caller whose login has ended, or whose key has its answer already, nothing is
# locked: they will be told so, and need not wait for it.
GOES_ON = Fragment("""
    (CAST(:login_id AS uuid) IS NULL OR EXISTS (
        SELECT FROM logins WHERE logins.id = :login_id AND logins.revoked_at IS NULL
    ))
    AND (CAST(:key AS text) IS NULL OR EXISTS (
        SELECT FROM idempotency_keys AS claimed
        WHERE claimed.user_id = :user_id AND claimed.key = :key
            AND claimed.status IS NULL
    ))
""")


class ClaimRow(NamedTuple):
    """Who has sent the key, and whether it is theirs to answer now."""

    user_id: int
    role: str
    is_claimed: bool


class KeptRow(NamedTuple):
    fingerprint: bytes
    status: int | None
    headers: dict[str, str] | None
    body: bytes | None
    settles_at: datetime | None


def _claiming() -> Statement[ClaimRow]:
    caller = callers().cte("caller")
    fresh = insert(IdempotencyKey).from_select(
        ["user_id", "key", "fingerprint", "operation", "entity", "expires_at"],
        select(
            caller.c.id,
            bindparam("key", type_=IdempotencyKey.key.type),
            bindparam("fingerprint", type_=IdempotencyKey.fingerprint.type),
            bindparam("operation", type_=IdempotencyKey.operation.type),
            bindparam("entity", type_=IdempotencyKey.entity.type),
            bindparam("expires_at", type_=IdempotencyKey.expires_at.type),
        ),
    )
    # An expired key that nobody has deleted yet is as good as none.
    claimed = (
        fresh.on_conflict_do_update(
            index_elements=["user_id", "key"],
            set_={
                "fingerprint": fresh.excluded.fingerprint,
                "operation": fresh.excluded.operation,
                "entity": fresh.excluded.entity,
                "expires_at": fresh.excluded.expires_at,
                "status": null(),
                "settles_at": null(),
                "headers": null(),
                "body": null(),
            },
            where=IdempotencyKey.expires_at <= bindparam("moment"),
        )
        .returning(IdempotencyKey.key)
        .cte("claimed")
    )
    return Statement(
        select(
            caller.c.id.label("user_id"),
            caller.c.role,
            exists(select(claimed.c.key)).label("is_claimed"),
        ),
        ClaimRow,
    )


_CLAIM = _claiming()
_FIND = Statement(
    select(
        IdempotencyKey.fingerprint,
        IdempotencyKey.status,
        IdempotencyKey.headers,
        IdempotencyKey.body,
        IdempotencyKey.settles_at,
    ).where(
        IdempotencyKey.user_id == bindparam("user_id"),
        IdempotencyKey.key == bindparam("key"),
    ),
    KeptRow,
)
_KEEP: Statement[None] = Statement(
    update(IdempotencyKey)
    .where(
        IdempotencyKey.user_id == bindparam("of_user"),
        IdempotencyKey.key == bindparam("of_key"),
    )
    .values(
        status=bindparam("status"),
        headers=bindparam("headers"),
        body=bindparam("body"),
        settles_at=bindparam("settles_at"),
    )
)


class KeyHeld(Exception):  # It is a fact.
    """Whoever else has the key in a transaction takes too long to wait for."""


def claim_key(
    session: Session,
    login_id: UUID,
    moment: datetime,
    *,
    key: str,
    fingerprint: bytes,
    operation: str,
    entity: str | None,
    expires_at: datetime,
    prefetch: Callable[[Batch], None] | None,
) -> ClaimRow | None:
    """Find who is behind a login, and claim their key unless it is taken.

    Whoever else has it in a transaction is waited for. None if the login is
    not good any more; then nothing is claimed. What is to be prefetched goes along.

    Raises:
        KeyHeld: If it takes too long to wait.
    """
    batch = Batch()
    claimed = batch.add(
        _CLAIM,
        login_id=login_id,
        moment=moment,
        key=key,
        fingerprint=fingerprint,
        operation=operation,
        entity=entity,
        expires_at=expires_at,
    )
    if prefetch is not None:
        prefetch(batch)
    try:
        batch.run(session)
    except OperationalError as error:
        is_late = isinstance(error.orig, psycopg.errors.LockNotAvailable)
        if is_late and batch.refused is claimed:
            raise KeyHeld from error
        raise
    return claimed.one_or_none()


def find_kept(session: Session, user_id: int, key: str) -> KeptRow:
    """What is kept for a key that is taken."""
    return _FIND.one(session, user_id=user_id, key=key)


def keep_later(
    session: Session,
    user_id: int,
    key: str,
    *,
    status: int,
    headers: dict[str, Any],
    body: bytes,
    settles_at: datetime | None,
) -> None:
    """Keep an answer, at the latest with the COMMIT."""
    at_commit(
        session,
        _KEEP,
        of_user=user_id,
        of_key=key,
        status=status,
        headers=json.dumps(headers),
        body=body,
        settles_at=settles_at,
    )


def lock_key(session: Session, user_id: int, key: str) -> None:
    """Hold a key that is claimed until the transaction ends."""
    session.execute(
        select(IdempotencyKey.key)
        .where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
        .with_for_update()
    )


def settle(
    session: Session, user_id: int, key: str, now: datetime, values: dict[str, object]
) -> bool:
    """Write the end of a provisional answer; False if it was final already."""
    settled = session.scalar(
        update(IdempotencyKey)
        .where(
            IdempotencyKey.user_id == user_id,
            IdempotencyKey.key == key,
            IdempotencyKey.settles_at > now,
        )
        .values(**values)
        .returning(IdempotencyKey.key)
    )
    return settled is not None


def forget_kept(session: Session, user_id: int) -> None:
    """Delete the keys of an account that have their answers."""
    session.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.user_id == user_id, IdempotencyKey.status.is_not(None)
        )
    )


def find_bodiless(
    session: Session, user_id: int, key: str, fingerprints: Iterable[bytes]
) -> tuple[int, dict[str, str]] | None:
    """Status and headers of an answer without a body, to one of these requests."""
    found = session.execute(
        select(IdempotencyKey.status, IdempotencyKey.headers).where(
            IdempotencyKey.user_id == user_id,
            IdempotencyKey.key == key,
            IdempotencyKey.fingerprint.in_(list(fingerprints)),
            IdempotencyKey.body == b"",
        )
    ).one_or_none()
    return (found.status or 0, found.headers or {}) if found else None
