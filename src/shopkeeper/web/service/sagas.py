"""Use cases that ask somebody outside: begun in one transaction, ended in another."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from shopkeeper.utils.errors import ProblemError

Made = TypeVar("Made")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Waiting(Generic[Made]):
    """It is not over: somebody else has to do something first.

    What is made so far is shown, and no answer to keep.
    """

    made: Made


@dataclass(frozen=True)
class Saga(Generic[Made]):
    """What is left to do once the transaction that began it is committed.

    `act` asks outside, with no transaction open, and may raise a problem if
    the outcome stays unknown. `finish` notes the outcome, in a transaction of
    its own; a refusal that has effects to be committed is returned, not raised.
    `name` is what its fault points are called by.
    """

    name: str
    act: Callable[[], Any]
    finish: Callable[[Session, Any], Made | Waiting[Made] | ProblemError]

    def turned(self, turn: Callable[[Made], Other]) -> "Saga[Other]":
        def finish(
            session: Session, outcome: Any
        ) -> Other | Waiting[Other] | ProblemError:
            made = self.finish(session, outcome)
            if isinstance(made, ProblemError):
                return made
            if isinstance(made, Waiting):
                return Waiting(turn(made.made))
            return turn(made)

        return Saga(self.name, self.act, finish)
