"""Auditing a live shop: every promise held against the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from shopkeeper.audit.repository import snapshot
from shopkeeper.audit.repository.snapshot import CHECKS, Breach


@dataclass(frozen=True)
class Finding:
    """What became of one check: how many rows it looked at, and which break it."""

    name: str
    promise: str
    checked: int
    broken: int
    breaches: Sequence[Breach]

    @property
    def is_sound(self) -> bool:
        return not self.broken


def audit(session: Session) -> Iterator[Finding]:
    """Check every promise, one after the other, on one picture of the database.

    Writes nothing and holds nobody up: orders go on meanwhile.
    """
    snapshot.take_picture(session)
    for check in CHECKS:
        checked = snapshot.count_rows(session, check)
        broken, breaches = snapshot.find_breaches(session, check)
        yield Finding(check.name, check.promise, checked, broken, breaches)
