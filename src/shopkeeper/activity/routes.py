from uuid import UUID

from sqlalchemy.orm import Session

from shopkeeper.activity import service
from shopkeeper.activity.errors import ActivityNotFound
from shopkeeper.activity.schemas import ActivityPage, ActivityQuery, ChangePage
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.schemas.base import PageQuery

api = Api("activities", "/activities", tag="Activity")


@api.operation("GET", "", access=Access.MANAGER)
def list_activities(session: Session, query: ActivityQuery) -> ActivityPage:
    """List what staff has done, the newest first: who, what, when, before and after.

    Every write of a manager or an admin is in it, and every import that was applied.
    It is noted in the transaction that does it, and is never changed or deleted. What
    was refused, or only tried, has changed nothing and is not in it.
    """
    page = service.list_activities(session, query.filters(), query.limit, query.cursor)
    return ActivityPage.model_validate(page)


@api.operation(
    "GET",
    "/<uuid:activity_id>/changes",
    access=Access.MANAGER,
    errors=[ActivityNotFound],
)
def list_activity_changes(
    session: Session, activity_id: UUID, query: PageQuery
) -> ChangePage:
    """List all that an activity has changed, in the order it was made."""
    page = service.list_changes(session, activity_id, query.limit, query.cursor)
    return ChangePage.model_validate(page)
