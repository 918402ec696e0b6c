"""Sessions that are kept for the next transaction, and those that are not."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from shopkeeper.database.sessions import in_transaction, make_session_factory


def test_a_session_is_kept_only_after_its_transaction_was_committed(
    fresh_engine: Engine,
) -> None:
    sessions = make_session_factory(fresh_engine)
    taken: list[Session] = []

    def work(session: Session) -> None:
        taken.append(session)
        session.execute(text("SELECT 1"))

    def fail(session: Session) -> None:
        taken.append(session)
        raise LookupError

    in_transaction(sessions, work)
    in_transaction(sessions, work)
    with pytest.raises(LookupError):
        in_transaction(sessions, fail)
    in_transaction(sessions, work)

    first, second, failed, last = taken
    assert first is second is failed  # Made once, and had by one after the other.
    assert last is not failed


def test_one_in_a_transaction_gives_its_session_to_nobody(fresh_engine: Engine) -> None:
    sessions = make_session_factory(fresh_engine)

    def outer(session: Session) -> bool:
        return in_transaction(sessions, lambda inner: inner is not session)

    assert in_transaction(sessions, outer)
