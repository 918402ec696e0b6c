"""Telling what a violated constraint means, by its name."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import IntegrityError

from shopkeeper.utils.errors import ProblemError


@contextmanager
def violations(**meanings: ProblemError) -> Iterator[None]:
    """Raise the error given for the constraint that a statement violates.

    A constraint nobody expected to be violated is a fault of ours, and passes.
    """
    try:
        yield
    except IntegrityError as error:
        cause = error.orig
        if isinstance(cause, psycopg.Error):
            meaning = meanings.get(cause.diag.constraint_name or "")
            if meaning is not None:
                raise meaning from error
        raise
