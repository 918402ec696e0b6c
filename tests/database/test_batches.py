"""Statements that travel together, and those that wait for the next."""

from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from testing.world import Person

from shopkeeper.database.sessions import Readers, in_transaction, make_session_factory
from shopkeeper.database.statements import (
    Batch,
    Statement,
    at_commit,
    batch,
    scalar,
)
from shopkeeper.database.statements.pipeline import MOST_PREPARED
from shopkeeper.models import Category

ADD: Statement[None] = Statement(
    "INSERT INTO categories (name, created_at, updated_at) VALUES (:name, now(), now())"
)
NAMES: Statement[str] = Statement("SELECT name FROM categories ORDER BY name", scalar)
DIVIDE: Statement[int] = Statement("SELECT 1 / CAST(:divisor AS integer)", scalar)


def names(engine: Engine) -> list[str]:
    with Readers(engine)() as session:
        return NAMES.all(session)


def test_what_waits_is_seen_by_whatever_is_asked_next(fresh_engine: Engine) -> None:
    with make_session_factory(fresh_engine)() as session:
        at_commit(session, ADD, name="Tea")

        assert session.scalars(select(Category.name)).all() == ["Tea"]
        at_commit(session, ADD, name="Coffee")
        assert NAMES.all(session) == ["Coffee", "Tea"]


def test_what_waits_is_committed_in_its_order(fresh_engine: Engine) -> None:
    with make_session_factory(fresh_engine)() as session:
        at_commit(session, ADD, name="Tea")
        at_commit(session, ADD, name="Coffee")
        session.commit()

    assert names(fresh_engine) == ["Coffee", "Tea"]


def test_what_waits_is_undone_with_its_transaction(fresh_engine: Engine) -> None:
    with make_session_factory(fresh_engine)() as session:
        at_commit(session, ADD, name="Tea")
        session.rollback()
        at_commit(session, ADD, name="Coffee")
        session.commit()

    assert names(fresh_engine) == ["Coffee"]


def test_what_waits_is_undone_with_its_savepoint(fresh_engine: Engine) -> None:
    with make_session_factory(fresh_engine)() as session:
        at_commit(session, ADD, name="Tea")
        savepoint = session.begin_nested()
        at_commit(session, ADD, name="Coffee")
        savepoint.rollback()
        session.commit()

    assert names(fresh_engine) == ["Tea"]


def test_a_commit_whose_last_statement_is_refused_commits_nothing(
    fresh_engine: Engine,
) -> None:
    sessions = make_session_factory(fresh_engine)
    with sessions() as session:
        at_commit(session, ADD, name="Tea")
        at_commit(session, ADD, name="tea")
        with pytest.raises(IntegrityError):
            session.commit()
    assert names(fresh_engine) == []

    with sessions() as session:  # The connection is as good as before.
        at_commit(session, ADD, name="Tea")
        session.commit()
    assert names(fresh_engine) == ["Tea"]


def test_after_one_that_is_refused_none_is_run(fresh_engine: Engine) -> None:
    with make_session_factory(fresh_engine)() as session:
        together = Batch()
        together.add(ADD, name="Tea")
        divided = together.add(DIVIDE, divisor=0)
        together.add(ADD, name="Coffee")
        with pytest.raises(DBAPIError):
            together.run(session)
        assert together.refused is divided
        session.rollback()
        assert NAMES.all(session) == []
        assert DIVIDE.one(session, divisor=1) == 1


def test_a_trip_that_was_refused_is_run_again_if_postgresql_asks(
    fresh_engine: Engine,
) -> None:
    deadlock: Statement[str] = Statement(
        "SELECT CASE WHEN :is_first THEN"
        " CAST(pg_temp.give_up() AS text) ELSE 'done' END",
        scalar,
    )
    attempts = []

    def work(session: Any) -> None:
        session.execute(
            text(
                "CREATE OR REPLACE FUNCTION pg_temp.give_up() RETURNS int"
                " LANGUAGE plpgsql AS $$ BEGIN"
                " RAISE EXCEPTION USING errcode = '40P01'; END $$"
            )
        )
        attempts.append(1)
        at_commit(session, ADD, name=f"Try {len(attempts)}")
        at_commit(session, deadlock, is_first=len(attempts) == 1)

    in_transaction(make_session_factory(fresh_engine), work)

    assert names(fresh_engine) == ["Try 2"]


def test_a_connection_lost_on_the_way_is_given_up(fresh_engine: Engine) -> None:
    leave: Statement[bool] = Statement(
        "SELECT pg_terminate_backend(pg_backend_pid())", scalar
    )
    with make_session_factory(fresh_engine)() as session:
        together = Batch()
        together.add(ADD, name="Tea")
        together.add(leave)
        together.add(NAMES)
        with pytest.raises(OperationalError) as caught:
            together.run(session)
        assert caught.value.connection_invalidated
    with Readers(fresh_engine)() as session, pytest.raises(OperationalError) as alone:
        leave.one(session)
    assert alone.value.connection_invalidated

    assert names(fresh_engine) == []


def test_more_is_read_than_a_socket_holds(fresh_engine: Engine) -> None:
    """The answers of one batch come in many pieces."""
    long: Statement[str] = Statement(
        "SELECT repeat('x', 1000) FROM generate_series(1, 5000)", scalar
    )
    with make_session_factory(fresh_engine)() as session:
        with batch(session) as asked:
            first, second = asked.add(long), asked.add(long)
        assert sum(len(row) for row in first.all() + second.all()) == 10_000_000


def test_what_is_prepared_does_not_grow_with_what_is_asked(
    fresh_engine: Engine,
) -> None:
    count: Statement[int] = Statement(
        "SELECT count(*) FROM pg_prepared_statements", scalar
    )
    with make_session_factory(fresh_engine)() as session:
        for number in range(3 * MOST_PREPARED):
            statement: Statement[int] = Statement(f"SELECT {number}", scalar)
            assert statement.one(session) == number
            with batch(session) as asked:
                again, known = asked.add(statement), asked.add(count)
            assert again.one() == number
        prepared = known.one()
    assert MOST_PREPARED - 2 <= prepared <= MOST_PREPARED


def test_a_connection_whose_statements_are_forgotten_is_given_up(
    fresh_engine: Engine,
) -> None:
    forget: Statement[None] = Statement("DEALLOCATE ALL")
    with Readers(fresh_engine)() as session:
        NAMES.all(session)
        forget.all(session)
        with pytest.raises(OperationalError) as caught:
            NAMES.all(session)
        assert caught.value.connection_invalidated
        assert NAMES.all(session) == []


def test_a_value_that_cannot_be_sent_forgets_nothing_that_waits(
    fresh_engine: Engine,
) -> None:
    with make_session_factory(fresh_engine)() as session:
        at_commit(session, ADD, name="Tea")
        with pytest.raises(DBAPIError):
            ADD.all(session, name="a\0b")
        session.commit()
    assert names(fresh_engine) == ["Tea"]


def test_what_is_refused_in_a_savepoint_is_refused_there(fresh_engine: Engine) -> None:
    with make_session_factory(fresh_engine)() as session:
        at_commit(session, ADD, name="Tea")
        with pytest.raises(IntegrityError), session.begin_nested():
            at_commit(session, ADD, name="tea")
        session.commit()
    assert names(fresh_engine) == ["Tea"]


def test_nothing_waits_in_a_session_that_only_reads(fresh_engine: Engine) -> None:
    with Readers(fresh_engine)() as session, pytest.raises(RuntimeError):
        at_commit(session, ADD, name="Tea")


def test_rows_are_there_only_after_the_trip(fresh_engine: Engine) -> None:
    with Readers(fresh_engine)() as session, batch(session) as asked:
        result = asked.add(NAMES)
        with pytest.raises(RuntimeError, match="has not run"):
            result.all()


def execute(person: Person, order: dict[str, Any], key: str) -> Any:
    headers = {"Idempotency-Key": key}
    return person.post("/orders/execute", json={"id": order["id"]}, headers=headers)
