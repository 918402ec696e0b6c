"""Statements that travel together, and those that wait for the next trip."""

from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from testing.world import Person

from shopkeeper.database.sessions import Readers, in_transaction, make_session_factory
from shopkeeper.database.statements.prepared import Prepared, Trip, one_trip, send_later
from shopkeeper.database.statements.wire import MOST_PREPARED
from shopkeeper.models import Category

ADD: Prepared[tuple[()]] = Prepared(
    text(
        "INSERT INTO categories (name, created_at, updated_at)"
        " VALUES (:name, now(), now())"
    ),
    tuple,
)
NAMES: Prepared[tuple[str]] = Prepared(
    text("SELECT name FROM categories ORDER BY name"), tuple
)
DIVIDE: Prepared[tuple[int]] = Prepared(
    text("SELECT 1 / CAST(:divisor AS integer)"), tuple
)


def names(engine: Engine) -> list[str]:
    with Readers(engine)() as session:
        return [name for (name,) in NAMES.all(session)]


def test_what_waits_is_seen_by_whatever_is_asked_next(fresh_engine: Engine) -> None:
    with make_session_factory(fresh_engine)() as session:
        send_later(session, ADD, name="Tea")

        assert session.scalars(select(Category.name)).all() == ["Tea"]
        send_later(session, ADD, name="Coffee")
        assert NAMES.all(session) == [("Coffee",), ("Tea",)]


def test_what_waits_is_committed_in_its_order(fresh_engine: Engine) -> None:
    with make_session_factory(fresh_engine)() as session:
        send_later(session, ADD, name="Tea")
        send_later(session, ADD, name="Coffee")
        session.commit()

    assert names(fresh_engine) == ["Coffee", "Tea"]


def test_what_waits_is_undone_with_its_transaction(fresh_engine: Engine) -> None:
    with make_session_factory(fresh_engine)() as session:
        send_later(session, ADD, name="Tea")
        session.rollback()
        send_later(session, ADD, name="Coffee")
        session.commit()

    assert names(fresh_engine) == ["Coffee"]


def test_what_waits_is_undone_with_its_savepoint(fresh_engine: Engine) -> None:
    with make_session_factory(fresh_engine)() as session:
        send_later(session, ADD, name="Tea")
        savepoint = session.begin_nested()
        send_later(session, ADD, name="Coffee")
        savepoint.rollback()
        session.commit()

    assert names(fresh_engine) == ["Tea"]


def test_a_commit_whose_last_statement_is_refused_commits_nothing(
    fresh_engine: Engine,
) -> None:
    sessions = make_session_factory(fresh_engine)
    with sessions() as session:
        send_later(session, ADD, name="Tea")
        send_later(session, ADD, name="tea")
        with pytest.raises(IntegrityError):
            session.commit()
    assert names(fresh_engine) == []

    with sessions() as session:  # The connection is as good as before.
        send_later(session, ADD, name="Tea")
        session.commit()
    assert names(fresh_engine) == ["Tea"]


def test_after_one_that_is_refused_none_is_run(fresh_engine: Engine) -> None:
    with make_session_factory(fresh_engine)() as session:
        trip = Trip()
        trip.send(ADD, name="Tea")
        divided = trip.send(DIVIDE, divisor=0)
        trip.send(ADD, name="Coffee")
        with pytest.raises(DBAPIError):
            trip.take_place(session)
        assert trip.refused is divided
        session.rollback()
        assert NAMES.all(session) == []
        assert DIVIDE.one(session, divisor=1) == (1,)


def test_a_trip_that_was_refused_is_run_again_if_postgresql_asks(
    fresh_engine: Engine,
) -> None:
    deadlock: Prepared[tuple[()]] = Prepared(
        text(
            "SELECT CASE WHEN :is_first THEN"
            " CAST(pg_temp.give_up() AS text) ELSE 'done' END"
        ),
        tuple,
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
        send_later(session, ADD, name=f"Try {len(attempts)}")
        send_later(session, deadlock, is_first=len(attempts) == 1)

    in_transaction(make_session_factory(fresh_engine), work)

    assert names(fresh_engine) == ["Try 2"]


def test_a_connection_lost_on_the_way_is_given_up(fresh_engine: Engine) -> None:
    leave: Prepared[tuple[bool]] = Prepared(
        text("SELECT pg_terminate_backend(pg_backend_pid())"), tuple
    )
    with make_session_factory(fresh_engine)() as session:
        trip = Trip()
        trip.send(ADD, name="Tea")
        trip.send(leave)
        trip.send(NAMES)
        with pytest.raises(OperationalError) as caught:
            trip.take_place(session)
        assert caught.value.connection_invalidated
    with Readers(fresh_engine)() as session, pytest.raises(OperationalError) as alone:
        leave.one(session)
    assert alone.value.connection_invalidated

    assert names(fresh_engine) == []


def test_more_is_read_than_a_socket_holds(fresh_engine: Engine) -> None:
    """The answers of one trip come in many pieces."""
    long: Prepared[tuple[str]] = Prepared(
        text("SELECT repeat('x', 1000) FROM generate_series(1, 5000)"), tuple
    )
    with make_session_factory(fresh_engine)() as session:
        with one_trip(session) as trip:
            first, second = trip.send(long), trip.send(long)
        assert sum(len(row[0]) for row in first.all() + second.all()) == 10_000_000


def test_what_is_prepared_does_not_grow_with_what_is_asked(
    fresh_engine: Engine,
) -> None:
    count: Prepared[tuple[int]] = Prepared(
        text("SELECT count(*) FROM pg_prepared_statements"), tuple
    )
    with make_session_factory(fresh_engine)() as session:
        for number in range(3 * MOST_PREPARED):
            statement: Prepared[tuple[int]] = Prepared(text(f"SELECT {number}"), tuple)
            assert statement.one(session) == (number,)
            with one_trip(session) as trip:
                again, known = trip.send(statement), trip.send(count)
            assert again.one() == (number,)
        (prepared,) = known.one()
    assert MOST_PREPARED - 2 <= prepared <= MOST_PREPARED


def test_a_connection_whose_statements_are_forgotten_is_given_up(
    fresh_engine: Engine,
) -> None:
    forget: Prepared[tuple[()]] = Prepared(text("DEALLOCATE ALL"), tuple)
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
        send_later(session, ADD, name="Tea")
        with pytest.raises(DBAPIError):
            ADD.all(session, name="a\0b")
        session.commit()
    assert names(fresh_engine) == ["Tea"]


def test_what_is_refused_in_a_savepoint_is_refused_there(fresh_engine: Engine) -> None:
    with make_session_factory(fresh_engine)() as session:
        send_later(session, ADD, name="Tea")
        with pytest.raises(IntegrityError), session.begin_nested():
            send_later(session, ADD, name="tea")
        session.commit()
    assert names(fresh_engine) == ["Tea"]


def test_nothing_waits_in_a_session_that_only_reads(fresh_engine: Engine) -> None:
    with Readers(fresh_engine)() as session, pytest.raises(RuntimeError):
        send_later(session, ADD, name="Tea")


def test_rows_are_there_only_after_the_trip(fresh_engine: Engine) -> None:
    with Readers(fresh_engine)() as session, one_trip(session) as trip:
        sent = trip.send(NAMES)
        with pytest.raises(RuntimeError, match="not over"):
            sent.all()


def execute(person: Person, order: dict[str, Any], key: str) -> Any:
    headers = {"Idempotency-Key": key}
    return person.post("/orders/execute", json={"id": order["id"]}, headers=headers)
