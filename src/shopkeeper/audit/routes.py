from datetime import timedelta

from sqlalchemy.orm import Session

from shopkeeper import models
from shopkeeper.audit.errors import AuditNotFound, AuditUnderWay
from shopkeeper.audit.schemas import AuditPage, AuditReport, AuditRequest
from shopkeeper.audit.service import jobs
from shopkeeper.models import Role
from shopkeeper.utils.errors import Forbidden
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.results import Accepted
from shopkeeper.web.schemas.base import PageQuery

api = Api("audits", "/audits", tag="Audits")

# So long a client is kept waiting for the verdict; then it may look for itself.
ANSWER_WITHIN = timedelta(seconds=5)


@api.operation(
    "POST",
    "",
    access=Access.MANAGER,
    errors=[AuditUnderWay],
    makes=models.Audit,
)
def start_audit(
    session: Session, caller: CurrentUser, body: AuditRequest
) -> Accepted[AuditReport]:
    """Have all the books looked at: every promise, held against the database.

    It looks at one picture of the live database and holds nobody up. What takes more
    than 5 seconds is answered 202 and goes on. While one is under way, another that
    mends nothing is that one.
    """
    if body.repair and not caller.is_at_least(Role.ADMIN):
        raise Forbidden("To mend the books takes the role admin.")
    audit_id = jobs.queue_audit(session, caller.id, with_repair=body.repair)
    return Accepted(
        output=_report(session, audit_id),
        location=f"/audits/{audit_id}",
        settle=lambda later: (
            _report(later, audit_id) if jobs.find_outcome(later, audit_id) else None
        ),
        within=ANSWER_WITHIN,
    )


@api.operation("GET", "", access=Access.MANAGER)
def list_audits(session: Session, query: PageQuery) -> AuditPage:
    """List audits with their verdicts, the newest first.

    One is made once a day (`AUDIT_HOURS`), whether somebody asks for it or not.
    """
    page = jobs.list_audits(session, query.limit, query.cursor)
    return AuditPage.model_validate(page)


@api.operation("GET", "/<id:audit_id>", access=Access.MANAGER, errors=[AuditNotFound])
def show_audit(session: Session, audit_id: int) -> AuditReport:
    """Show what an audit has found, or how far it is."""
    return _report(session, audit_id)


def _report(session: Session, audit_id: int) -> AuditReport:
    return AuditReport.model_validate(jobs.get_audit(session, audit_id))
