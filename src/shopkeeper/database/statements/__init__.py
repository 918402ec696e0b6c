"""Statements compiled once, and sent over a connection several at a time.

    FIND = Statement("SELECT id, name FROM users WHERE id = :id", Found)
    FIND.one_or_none(session, id=7)          # alone, in the session's transaction

    with batch(session) as asked:            # together: PostgreSQL is waited for once
        user = asked.add(FIND, id=7)
        stock = asked.add(HOLD, product_id=3)
    user.one(), stock.all()

    at_commit(session, NOTE, id=7)           # with what is asked next, or the COMMIT

This is all there is to it (docs/statements.md); the other modules are its own.
"""

from shopkeeper.database.statements.batches import (
    Batch,
    Deferred,
    Result,
    at_commit,
    at_once,
    batch,
)
from shopkeeper.database.statements.binding import require_transaction
from shopkeeper.database.statements.fragments import Fragment, columns
from shopkeeper.database.statements.rows import scalar
from shopkeeper.database.statements.statement import MOST_PAGES, Statement, array, texts

__all__ = [
    "MOST_PAGES",
    "Batch",
    "Deferred",
    "Fragment",
    "Result",
    "Statement",
    "array",
    "at_commit",
    "at_once",
    "batch",
    "columns",
    "require_transaction",
    "scalar",
    "texts",
]
