"""What goes over one connection to PostgreSQL, by libpq itself.

psycopg's cursors take several times as long as libpq to ask what is prepared
already: they look for parameters in the text, choose a type for each value, and
let other threads run, and run themselves again, several times for each statement.
What is asked on hot paths is known in advance. So it goes through `psycopg.pq`,
psycopg's own view of libpq, with psycopg's conversion of values, on psycopg's
connection: others may use its cursors in between, in the same transaction.
"""

import hashlib
import select
from collections import OrderedDict
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
# Each takes PostgreSQL a tenth of a megabyte on each connection, and how many ways
# there are to ask for a page is for whoever asks to say.
MOST_PREPARED = 64
# Of what is prepared and cannot be used any more: "cached plan must not change result
# type" (a migration has gone by), and "prepared statement does not exist".
OUTDATED = {"0A000", "26000"}


class Prepared:
    """SQL with parameters $1, $2, ... as each connection prepares it once.

    Their types are PostgreSQL's to find out: values are sent as text.
    """

    def __init__(self, sql: str, parameters: int = 0) -> None:
        self.sql = sql.encode()
        # The same statement made anew is the same to PostgreSQL.
        self.name = b"shopkeeper_" + hashlib.sha256(self.sql).hexdigest()[:24].encode()
        self.formats = [PyFormat.TEXT] * parameters


BEGIN, COMMIT = Prepared("BEGIN"), Prepared("COMMIT")
# A statement, and the values of its parameters.
Execution = tuple[Prepared, Sequence[Any]]
Values = Sequence[bytes | bytearray | memoryview | None]


class Pipeline:
    """A connection, what it has prepared, and how it reads and writes values."""

    def __init__(self, connection: Connection) -> None:
        self._pgconn = connection.pgconn
        self._values = Transformer(connection)
        # By name; the one last used is the last.
        self._prepared: OrderedDict[bytes, None] = OrderedDict()
        # What is to be asked before anything else is, and whose answer nobody needs.
        self.waiting: list[Execution] = []
        # How many of the executions last asked were done: the next one was refused.
        self.done = 0
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(self._pgconn.socket, select.POLLIN)
        self._writable.register(self._pgconn.socket, select.POLLIN | select.POLLOUT)

    @property
    def _is_idle(self) -> bool:
        # Looking the name of the status up takes longer than asking libpq for it.
        return self._pgconn.transaction_status == IDLE

    def run(
        self, executions: Sequence[Execution], *, in_transaction: bool = False
    ) -> Sequence[PGresult]:
        """Ask several things at once, which PostgreSQL does one after the other.

        What waits goes before them, and before that the BEGIN of a transaction, if
        they are to be in one and it has not begun yet. After one that PostgreSQL
        refuses it does none (libpq, "Pipeline Mode").

        Raises:
            psycopg.Error: For the first that it refuses, or if it is not there.
        """
        begin = [(BEGIN, ())] if in_transaction and self._is_idle else []
        unheard = [*begin, *self.waiting]
        # Before anything is sent or forgotten: a value may be one that cannot be.
        ready = [
            (statement, self._values.dump_sequence(values, statement.formats))
            for statement, values in (*unheard, *executions)
        ]
        self.waiting.clear()
        self.done = -len(unheard)
        try:
            if len(ready) == 1:
                return [self._ask(*ready[0])][len(unheard) :]
            return self._run_together(ready)[len(unheard) :]
        except MemoryError:  # So psycopg.pq tells that libpq could not even send it.
            raise self._lost() from None
        except psycopg.Error as error:
            if error.sqlstate in OUTDATED:
                self._pgconn.finish()  # A new connection prepares it anew.
                raise psycopg.OperationalError(
                    "what is prepared is outdated"
                ) from error
            raise

    def _ask(self, statement: Prepared, values: Values) -> PGresult:
        """Ask one thing and wait for the answer."""
        if self._is_new(statement):
            self._make_room(1)
            _check(self._pgconn.prepare(statement.name, statement.sql))
            self._prepared[statement.name] = None
        asked = self._pgconn.exec_prepared(statement.name, values)  # type: ignore[arg-type]  # It takes None, as its sending sister says.
        return _check(asked)

    def _run_together(self, ready: Sequence[tuple[Prepared, Values]]) -> list[PGresult]:
        fresh = {asked.name: asked for asked, _ in ready if self._is_new(asked)}
        self._make_room(len(fresh))
        self._pgconn.enter_pipeline_mode()
        try:
            self._send(ready, fresh.copy())
            answers = self._receive(len(ready) + len(fresh))
            self._pgconn.exit_pipeline_mode()
        except BaseException:
            self._pgconn.finish()  # In the middle of something: of no more use.
            raise
        wanted = []
        for statement, _ in ready:
            if fresh.pop(statement.name, None) is not None:
                _check(next(answers))
                self._prepared[statement.name] = None
            wanted.append(_check(next(answers)))
            self.done += 1
        return wanted

    def _is_new(self, statement: Prepared) -> bool:
        if statement.name not in self._prepared:
            return True
        self._prepared.move_to_end(statement.name)
        return False

    def _make_room(self, many: int) -> None:
        """Let PostgreSQL forget what was not asked for longest."""
        while many and len(self._prepared) + many > MOST_PREPARED:
            oldest = next(iter(self._prepared))
            _check(self._pgconn.exec_(b"DEALLOCATE " + oldest))
            del self._prepared[oldest]

    def has_news(self) -> bool:
        """Whether there is something to read that nobody has asked for."""
        return bool(self._readable.poll(0))

    def rows(self, answer: PGresult, row: Any) -> list[Any]:
        """The rows of an answer, each made by `row` of a tuple."""
        self._values.set_pgresult(answer)
        return self._values.load_rows(0, answer.ntuples, row)

    def _send(
        self, ready: Sequence[tuple[Prepared, Values]], fresh: dict[bytes, Prepared]
    ) -> None:
        """Send it all, each that is fresh with its preparation before it."""
        for statement, values in ready:
            if fresh.pop(statement.name, None) is not None:
                self._pgconn.send_prepare(statement.name, statement.sql)
            self._pgconn.send_query_prepared(statement.name, values)
        self._pgconn.pipeline_sync()
        while self._pgconn.flush():
            self._writable.poll()
            self._pgconn.consume_input()

    def _receive(self, many: int) -> Iterator[PGresult]:
        """All answers, of which libpq ends each by a None, and the end of them."""
        answers = []
        is_busy, get_result = self._pgconn.is_busy, self._pgconn.get_result
        for _ in range(many):
            answer = self._next() if is_busy() else get_result()
            if answer is None:
                break
            answers.append(answer)
            get_result()  # The None: it is there without waiting.
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
