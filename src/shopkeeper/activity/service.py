"""The log of what staff does, a page at a time."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from shopkeeper.activity import repository
from shopkeeper.activity.errors import ActivityNotFound
from shopkeeper.activity.repository import ActivityFilters, ActivityRow, ChangeRow
from shopkeeper.database.pages import Slice
from shopkeeper.utils import cursor
from shopkeeper.utils.money import COST_DIGITS, display, round_half_even, shown

# Whose cursors they are.
LIST, CHANGES = "activities", "activity changes"
# Of each activity a list tells so many; all of them can be asked for.
CHANGES_TOLD = 10

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """What one row was before and after: only what differs, money as it is shown."""

    entity: str
    entity_id: int
    product_id: int | None
    product_name: str | None
    before: Fields
    after: Fields


@dataclass(frozen=True)
class Actor:
    """Whoever did it; of an account that is closed, the id alone."""

    id: int
    email: str | None
    full_name: str | None


@dataclass(frozen=True)
class ActivityView:
    """An activity as it is shown, with the first of what it has changed."""

    id: UUID
    at: datetime
    user: Actor | None
    role: str | None
    operation: str
    entity: str | None
    entity_id: int | None
    request_id: str | None
    client: str | None
    change_count: int
    changes: Sequence[Change]


def list_activities(
    session: Session, filters: ActivityFilters, limit: int, after: str | None
) -> Slice[ActivityView]:
    """What was done, the newest first, with the first of what that has changed."""
    key = None
    if after is not None:
        at, activity_id = cursor.decode(LIST, after, [str, str])
        key = (cursor.moment(at), UUID(activity_id))
    page = Slice.cut(
        repository.list_activities(session, filters, limit + 1, key),
        limit,
        lambda row: cursor.encode(LIST, [row.at.isoformat(), str(row.id)]),
    )
    changes = defaultdict(list)
    changed = [row.id for row in page.items if row.change_count]
    if changed:
        for change in repository.list_first_changes(session, changed, CHANGES_TOLD):
            changes[change.activity_id].append(_told(change))
    return page.turned(lambda row: _view(row, changes[row.id]))


def list_changes(
    session: Session, activity_id: UUID, limit: int, after: str | None
) -> Slice[Change]:
    """All that an activity has changed, in the order it was made.

    Raises:
        ActivityNotFound: If there is none.
    """
    if not repository.has_activity(session, activity_id):
        raise ActivityNotFound(f"There is no activity {activity_id}.")
    key = cursor.decode(CHANGES, after, [int])[0] if after is not None else None
    page = Slice.cut(
        repository.list_changes(session, activity_id, limit + 1, key),
        limit,
        lambda change: cursor.encode(CHANGES, [change.id]),
    )
    return page.turned(_told)


def _view(row: ActivityRow, changes: Sequence[Change]) -> ActivityView:
    return ActivityView(
        id=row.id,
        at=row.at,
        user=Actor(row.user_id, row.email, row.full_name) if row.user_id else None,
        role=row.role,
        operation=row.operation,
        entity=row.entity,
        entity_id=row.entity_id,
        request_id=row.request_id,
        client=row.client,
        change_count=row.change_count,
        changes=changes,
    )


def _told(change: ChangeRow) -> Change:
    return Change(
        change.entity,
        change.entity_id,
        change.product_id,
        change.product_name,
        _fields(change.before),
        _fields(change.after),
    )


def _fields(written: str) -> Fields:
    said: dict[str, Any] = json.loads(written, parse_float=Decimal)
    return {name: _shown(name, value) for name, value in said.items()}


def _shown(name: str, value: Any) -> Any:
    """Decimals as texts, as everywhere in the API."""
    if not isinstance(value, Decimal):
        return value
    if name == "cost":
        return display(round_half_even(value, COST_DIGITS), COST_DIGITS)
    return shown(value)
