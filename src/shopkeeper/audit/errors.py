"""What can go wrong with audits that are asked for over HTTP."""

from shopkeeper.utils.errors import ConflictError, NotFound


class AuditNotFound(NotFound):
    code, title = "audit_not_found", "There is no such audit."


class AuditUnderWay(ConflictError):
    code, title = "audit_under_way", "Another audit is under way."
