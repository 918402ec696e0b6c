"""The reading process, as the process that writes sees it."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.files import Layout, Options, RowBatch
from shopkeeper.imports.frames import FRAME, ROW_COUNT
from shopkeeper.imports.sheets.limits import Limits, too_much_memory, too_much_time
from shopkeeper.imports.sheets.sources import Choices
from shopkeeper.utils.environment import harmless_environment
from shopkeeper.utils.errors import ProblemError
from shopkeeper.utils.money import shop_currency
from shopkeeper.utils.settings import get_settings
from shopkeeper.web.errors import FileTooLarge

COMMAND = [sys.executable, "-m", "shopkeeper.imports.reader.main"]
# Each thread of numpy's would map memory of its own, and there is no use for one.
# Whoever reads a stranger's file knows no secret, of a file .env neither.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    **{
        f"{name}{where}": ""
        for name in (
            *("DATABASE_URL", "JWT_SECRET_KEY", "JWT_PREVIOUS_SECRET_KEYS"),
            *("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET", "METRICS_TOKEN"),
        )
        for where in ("", "_FILE")
    },
    "PAYMENT_GATEWAY": "invoice",
}


@dataclass
class Reader:
    """A process that reads one file. It is warm before it is needed."""

    process: "subprocess.Popen[bytes]"
    limits: Limits

    @classmethod
    def start(cls) -> "Reader":
        settings = get_settings()
        limits = Limits(
            rows=settings.import_max_rows,
            unpacked_bytes=settings.import_max_unpacked_bytes,
            memory_bytes=settings.import_max_memory_bytes,
            seconds=settings.import_max_seconds,
        )
        process = subprocess.Popen(  # noqa: S603  # A command of ours.
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=harmless_environment() | ENVIRONMENT | {"CURRENCY": settings.currency},
            start_new_session=True,  # Ctrl-C is its parent's matter.
        )
        return cls(process, limits)

    def read(
        self,
        path: Path,
        filename: str,
        options: Options,
        looked_at: Callable[[int], None],
    ) -> tuple[Layout, Iterator[RowBatch]]:
        """Have a file read.

        Args:
            path: Where it is; its folder is scratch space too.
            filename: What the user calls it.
            options: What the user says of it.
            looked_at: Is told of the rows of a workbook as it is looked through.

        Raises:
            UnreadableFile, FileTooLarge: Now or while the rows are gone through.
        """
        choices = Choices(
            match_by=options.match_by,
            sheet=options.sheet,
            delimiter=options.delimiter,
            encoding=options.encoding,
            columns=dict(options.columns),
            header_row=options.header_row,
            category_from_above=options.category_from_above,
            currency=shop_currency().code,
            is_added=options.quantity_mode == "add",
            file_format=options.format,
        )
        request = {
            "path": str(path),
            "filename": filename,
            "choices": asdict(choices),
            "limits": asdict(self.limits),
        }
        with suppress(BrokenPipeError):  # How it ended is told by its frames.
            self._pipe(self.process.stdin).write(json.dumps(request).encode() + b"\n")
            self._pipe(self.process.stdin).flush()
        kind, body = self._next_frame()
        while kind == b"P":
            looked_at(ROW_COUNT.unpack(body)[0])
            kind, body = self._next_frame()
        if kind != b"L":
            raise self._problem(body)
        return Layout(**json.loads(body)), self._batches()

    def _batches(self) -> Iterator[RowBatch]:
        while True:
            kind, body = self._next_frame()
            if kind == b"Z":
                return
            if kind == b"E":
                raise self._problem(body)
            (rows,) = ROW_COUNT.unpack_from(body)
            yield RowBatch(rows, body[ROW_COUNT.size :])

    def _next_frame(self) -> tuple[bytes, bytes]:
        output = self._pipe(self.process.stdout)
        head = output.read(FRAME.size)
        if len(head) < FRAME.size:
            raise self._explain_end()
        kind, length = FRAME.unpack(head)
        body = output.read(length)
        if len(body) < length:
            raise self._explain_end()
        return kind, body

    def _explain_end(self) -> ProblemError:
        """Why the process has ended without a word."""
        code = self.process.wait()
        if code == -signal.SIGXCPU:
            return too_much_time(self.limits)
        if code in {-signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS}:
            return too_much_memory(self.limits)
        return UnreadableFile("The file made the process that reads it fail.")

    def _problem(self, body: bytes) -> ProblemError:
        told = json.loads(body)
        kind = FileTooLarge if told["code"] == FileTooLarge.code else UnreadableFile
        return kind(told["detail"], **told["members"])

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None  # noqa: S101  # Both were asked for.
        return pipe

    def end(self) -> None:
        """End the process, whatever it is at."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                self._pipe(pipe).close()
        self.process.wait()


class ReaderStand:
    """Keeps one reader warm, so that a small file does not wait for a start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: Reader | None = Reader.start()

    def take(self) -> Reader:
        """The reader that waits, if it still does, or else a new one."""
        with self._lock:
            taken, self._waiting = self._waiting, None
        if taken is None or taken.process.poll() is not None:
            return Reader.start()
        return taken

    def refill(self) -> None:
        """Have the next reader ready: not before this one leaves its core."""
        with self._lock:
            if self._waiting is None:
                self._waiting = Reader.start()

    def close(self) -> None:
        with self._lock:
            if self._waiting is not None:
                self._waiting.end()
                self._waiting = None
