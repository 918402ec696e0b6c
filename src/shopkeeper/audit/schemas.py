"""Audits: what is asked for, and what is shown."""

from typing import Annotated

from pydantic import Field

from shopkeeper.models import AuditStatus
from shopkeeper.web.schemas.base import Input, Output, Page
from shopkeeper.web.schemas.fields.time import MomentOutput


class AuditRequest(Input):
    repair: Annotated[
        bool,
        Field(
            description="Mend first what has one right answer: as `shopkeeper audit"
            " --repair`. Takes the role admin."
        ),
    ] = False


class Breach(Output):
    """What breaks a promise: a row, what is there, and what there should be."""

    subject: str
    found: str
    expected: str


class Check(Output):
    """A promise, how many rows were held against it, and what breaks it."""

    name: str
    promise: str
    checked: int
    broken: int
    breaches: Annotated[list[Breach], Field(description="The first hundred.")]


class AuditSummary(Output):
    id: int
    status: AuditStatus
    user_id: Annotated[
        int | None, Field(description="Who has asked for it; null if it was due.")
    ]
    repair: Annotated[bool, Field(description="Whether it was to mend first.")]
    sound: Annotated[
        bool | None, Field(description="Whether every promise is kept; null before.")
    ]
    promises: Annotated[int, Field(description="How many were checked.")]
    broken: Annotated[int, Field(description="How many rows break one.")]
    created_at: MomentOutput
    started_at: MomentOutput | None
    finished_at: MomentOutput | None


class AuditReport(AuditSummary):
    """An audit and what it has found: at one moment, of the whole database."""

    repairs: Annotated[
        list[str], Field(description="What was mended, a sentence for each.")
    ]
    checks: list[Check]


class AuditPage(Page[AuditSummary]):
    """Audits, the newest first."""
