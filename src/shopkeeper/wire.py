"""What goes over one connection to PostgreSQL, by libpq itself.

psycopg's cursors take several times as long as libpq to ask what is prepared
already: they look for parameters in the text, choose a type for each value, and
let other threads run, and run themselves again, several times for each statement.
What is asked on hot paths is known in advance. So it goes through `psycopg.pq`,
psycopg's own view of libpq, with psycopg's conversion of values, on psycopg's
connection: others may use its cursors in between, in the same transaction.
"""

import itertools
import select
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

Connection = psycopg.Connection[tuple[Any, ...]]
IDLE = int(TransactionStatus.IDLE)
GOOD = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}
_numbers = itertools.count(1)


class Statement:
    """SQL with parameters $1, $2, ... as each connection prepares it once.

    Their types are PostgreSQL's to find out: values are sent as text.
    """

    def __init__(self, sql: str, parameters: int = 0) -> None:
        self.sql = sql.encode()
        self.name = b"shopkeeper_%d" % next(_numbers)
        self.formats = [PyFormat.TEXT] * parameters


BEGIN, COMMIT = Statement("BEGIN"), Statement("COMMIT")
# A statement, and the values of its parameters.
Question = tuple[Statement, Sequence[Any]]


class Wire:
    """A connection, what it has prepared, and how it reads and writes values."""

    def __init__(self, connection: Connection) -> None:
        self._pgconn = connection.pgconn
        self._values = Transformer(connection)
        self._prepared: set[bytes] = set()
        # What is to be asked before anything else is, and whose answer nobody needs.
        self.waiting: list[Question] = []
        # How many of the questions last asked were done: the next one was refused.
        self.done = 0
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(self._pgconn.socket, select.POLLIN)
        self._writable.register(self._pgconn.socket, select.POLLIN | select.POLLOUT)

    @property
    def _is_idle(self) -> bool:
        # Looking the name of the status up takes longer than asking libpq for it.
        return self._pgconn.transaction_status == IDLE

    def _ask(self, statement: Statement, values: Sequence[Any]) -> PGresult:
        """Ask one thing and wait for the answer.

        Raises:
            psycopg.Error: If PostgreSQL refuses it, or is not there.
        """
        try:
            if statement.name not in self._prepared:
                _check(self._pgconn.prepare(statement.name, statement.sql))
                self._prepared.add(statement.name)
            ready = self._values.dump_sequence(values, statement.formats)
            asked = self._pgconn.exec_prepared(statement.name, ready)  # type: ignore[arg-type]  # It takes None, as its sending sister says.
        except MemoryError:  # So psycopg.pq tells that libpq could not even send it.
            raise self._lost() from None
        return _check(asked)

    def ask_all(
        self, questions: Sequence[Question], *, in_transaction: bool = False
    ) -> Sequence[PGresult]:
        """Ask several things at once, which PostgreSQL does one after the other.

        What waits goes before them, and before that the BEGIN of a transaction, if
        they are to be in one and it has not begun yet. After one that PostgreSQL
        refuses it does none (libpq, "Pipeline Mode"). What is sent together, and what
        is answered, has to be smaller than what the system keeps for a socket:
        nothing is read before all is written.

        Raises:
            psycopg.Error: For the first that it refuses, or if it is not there.
        """
        begin = [(BEGIN, ())] if in_transaction and self._is_idle else []
        unheard = [*begin, *self.waiting]
        self.waiting.clear()
        self.done = -len(unheard)
        if not unheard and len(questions) == 1:
            return [self._ask(*questions[0])]
        return self._pipeline([*unheard, *questions])[len(unheard) :]

    def _pipeline(self, questions: Sequence[Question]) -> list[PGresult]:
        # Before anything is sent: a value may be one that cannot be.
        ready = [
            (statement, self._values.dump_sequence(values, statement.formats))
            for statement, values in questions
        ]
        self._pgconn.enter_pipeline_mode()
        try:
            fresh = self._send(ready)
            answers = self._receive(len(ready) + len(fresh))
            self._pgconn.exit_pipeline_mode()
        except BaseException:
            self._pgconn.finish()  # In the middle of something: of no more use.
            raise
        wanted = []
        for statement, _ in ready:
            if statement.name in fresh:
                fresh.remove(statement.name)
                _check(next(answers))
                self._prepared.add(statement.name)
            wanted.append(_check(next(answers)))
            self.done += 1
        return wanted

    def rows(self, answer: PGresult, row: Any) -> list[Any]:
        """The rows of an answer, each made by `row` of a tuple."""
        self._values.set_pgresult(answer)
        return self._values.load_rows(0, answer.ntuples, row)

    def _send(self, ready: Sequence[tuple[Statement, Sequence[Any]]]) -> set[bytes]:
        """Send it all; give the names of what is prepared on the way."""
        fresh = set()
        for statement, values in ready:
            if statement.name not in self._prepared and statement.name not in fresh:
                self._pgconn.send_prepare(statement.name, statement.sql)
                fresh.add(statement.name)
            self._pgconn.send_query_prepared(statement.name, values)
        self._pgconn.pipeline_sync()
        while self._pgconn.flush():
            self._writable.poll()
            self._pgconn.consume_input()
        return fresh

    def _receive(self, many: int) -> Iterator[PGresult]:
        """All answers, of which libpq ends each by a None, and the end of them."""
        answers = []
        for _ in range(many):
            answer = self._next()
            if answer is None:
                break
            answers.append(answer)
            self._pgconn.get_result()  # The None: it is there without waiting.
        ending = self._next()
        if ending is None or ending.status != ExecStatus.PIPELINE_SYNC:
            for answer in answers:  # It may have said why it leaves.
                _check(answer)
            raise self._lost()
        return iter(answers)

    def _next(self) -> PGresult | None:
        # Only asked for when it is there: until then other threads can run.
        while self._pgconn.is_busy():
            self._readable.poll()
            self._pgconn.consume_input()
        return self._pgconn.get_result()

    def _lost(self) -> psycopg.OperationalError:
        told = self._pgconn.error_message.decode("utf-8", "replace").strip()
        return psycopg.OperationalError(told or "the connection is lost")


def _check(answer: PGresult) -> PGresult:
    if answer.status in GOOD:
        return answer
    if answer.error_field(DiagnosticField.SQLSTATE) is None:  # It comes from libpq.
        raise psycopg.OperationalError(answer.error_message.decode("utf-8", "replace"))
    raise errors.error_from_result(answer)
