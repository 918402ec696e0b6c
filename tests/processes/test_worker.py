"""The worker and its keeper, in this process: what a crash leaves, they pick up."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from sqlalchemy import text
from testing.imports import GOOD, Importer, counts

from shopkeeper.imports.files import Options
from shopkeeper.imports.service import progress
from shopkeeper.imports.service.attempts import record_import
from shopkeeper.models import ImportStatus
from shopkeeper.processes.worker import run_worker
from shopkeeper.utils import supervision
from shopkeeper.utils.scratch import scratch_folder, sweep
from shopkeeper.utils.settings import get_settings


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def work_until(importer: Importer, condition: Callable[[], bool]) -> None:
    """Run a worker in this thread, and stop it as an operator does."""

    def stop() -> None:
        try:
            until(condition)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    url = importer.engine.url.render_as_string(hide_password=False)
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(stop)
        run_worker(url, get_settings())
        watching.result()


def have_ended(importer: Importer, *ids: int) -> Callable[[], bool]:
    return lambda: all(importer.look(each)["finished_at"] for each in ids)


def execute(importer: Importer, statement: str) -> None:
    with importer.engine.begin() as connection:
        connection.execute(text("SET LOCAL search_path TO procrastinate, public"))
        connection.execute(text(statement))


def test_a_worker_takes_what_is_queued(importer: Importer) -> None:
    first = importer.queue(GOOD)["id"]
    second = importer.queue("name,quantity\nPen,7\n")["id"]

    work_until(importer, have_ended(importer, first, second))

    assert counts(importer.look(first)) == (2, 0, 0, 0)
    assert counts(importer.look(second)) == (0, 1, 0, 0)


def test_a_job_whose_worker_died_is_taken_up_again(importer: Importer) -> None:
    lost = importer.queue(GOOD)["id"]
    execute(importer, "UPDATE procrastinate_jobs SET status = 'doing'")
    execute(
        importer,
        "UPDATE procrastinate_events SET at = now() - interval '1 minute'",
    )

    work_until(importer, have_ended(importer, lost))

    assert importer.look(lost)["created"] == 2


def test_an_import_without_a_job_is_given_one_or_an_end(importer: Importer) -> None:
    queued = importer.queue(GOOD)["id"]
    session = importer.world.session
    typed = record_import(session, "typed.csv", 5, Options()).id
    session.commit()
    execute(importer, "DELETE FROM procrastinate_jobs")
    execute(importer, "UPDATE imports SET created_at = now() - interval '1 minute'")

    work_until(importer, have_ended(importer, queued, typed))

    assert importer.look(queued)["status"] == "succeeded"
    assert importer.look(typed)["status"] == "cancelled"


def test_an_import_that_kills_its_workers_is_given_up(importer: Importer) -> None:
    deadly = importer.queue(GOOD)["id"]
    execute(importer, "UPDATE imports SET attempt = 100")

    importer.work(deadly)

    assert importer.look(deadly)["failure"]["code"] == "internal_error"


def test_what_is_cancelled_meanwhile_is_stopped(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "NOTED_EVERY_SECONDS", 0.02)
    rows = "".join(f"P{n},C,1,1\n" for n in range(20_000))
    large = importer.queue("name,category,quantity,price\n" + rows)["id"]
    working = threading.Thread(target=importer.work, args=(large,))
    working.start()
    until(lambda: importer.look(large)["rows_read"] > 0)

    answer = importer.world.manager.delete(f"/imports/{large}")
    working.join(30)

    assert answer.status_code == 204
    assert importer.look(large)["status"] == ImportStatus.CANCELLED
    assert importer.names() == []
    # What has ended is not begun again, though its job may come late.
    importer.work(large)
    assert importer.look(large)["status"] == ImportStatus.CANCELLED


def test_what_is_due_is_done_once_and_not_left_behind(importer: Importer) -> None:
    """Periodic jobs: chores at the start, and those of a worker that has died."""
    execute(
        importer,
        "INSERT INTO rate_limits (subject, full_at) VALUES ('old', now())",
    )
    execute(
        importer,
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args)"
        " VALUES ('periodic', 'close_books', 'doing', '{\"timestamp\": 0}')",
    )

    def is_done() -> bool:
        with importer.engine.begin() as connection:
            connection.execute(text("SET LOCAL search_path TO procrastinate, public"))
            left = connection.scalar(
                text(
                    "SELECT (SELECT count(*) FROM rate_limits WHERE subject = 'old')"
                    " + (SELECT count(*) FROM procrastinate_jobs)"
                )
            )
            return bool(left == 0)

    work_until(importer, is_done)

    with importer.engine.begin() as connection:
        connection.execute(text("SET LOCAL search_path TO procrastinate, public"))
        once = "SELECT task_name FROM procrastinate_periodic_defers ORDER BY 1"
        assert {row[0] for row in connection.execute(text(once))} == {
            "check_books",
            "close_books",
            "do_chores",
        }


def test_a_worker_that_dies_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(supervision, "SHORT_LIFE_SECONDS", 0.1)

    def workers() -> list[psutil.Process]:
        found = []
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error):  # It may be dying just now.
                if child.cmdline() == command:
                    found.append(child)
        return found

    with supervision.kept(command, 5):
        until(lambda: len(workers()) == 1)
        first = workers()[0]
        first.kill()
        until(lambda: [w.pid for w in workers() if w.pid != first.pid] != [])

    assert workers() == []


def test_folders_of_the_dead_are_swept() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with scratch_folder("shopkeeper-sweep-") as own:
        left = own.with_name(f"shopkeeper-sweep-{ended.pid}-x")
        stranger = own.with_name("shopkeeper-sweep-of-a-stranger")
        left.mkdir()
        stranger.mkdir()

        sweep("shopkeeper-sweep-")

        assert own.exists()
        assert stranger.exists()
        assert not left.exists()
        stranger.rmdir()
    assert not own.exists()
