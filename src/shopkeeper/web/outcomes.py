"""Waiting a little for what a job does, so that most clients need not come again."""

import time

from sqlalchemy.orm import Session, sessionmaker

from shopkeeper.utils.errors import ProblemError
from shopkeeper.web.problems import make_answer
from shopkeeper.web.service.idempotency import Answer, ProvisionalAnswer

FIRST_LOOK_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.25


def await_outcome(
    sessions: sessionmaker[Session], provisional: ProvisionalAnswer
) -> Answer | None:
    """What is to replace a provisional answer, or None if it is not there in time.

    Nothing of the database is held between two looks.
    """
    deadline = time.monotonic() + provisional.within.total_seconds()
    pause = FIRST_LOOK_SECONDS
    while time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
        try:
            with sessions() as session:
                answer = provisional.settle(session)
        except ProblemError as problem:
            return make_answer(problem)
        if answer is not None:
            return answer
    return None
