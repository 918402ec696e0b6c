"""The log of what staff does, a page at a time."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
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
# Columns that name categories, and what they are called where paths do.
CATEGORIES = {
    "category_id": "category",
    "parent_id": "parent",
    "further_category_ids": "further_categories",
}

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
    changed = [row.id for row in page.items if row.change_count]
    rows = (
        repository.list_first_changes(session, changed, CHANGES_TOLD) if changed else []
    )
    changes = defaultdict(list)
    for row, change in zip(rows, _told(session, rows), strict=True):
        changes[row.activity_id].append(change)
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
    return Slice(_told(session, page.items), page.next_cursor)


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


def _told(session: Session, rows: Sequence[ChangeRow]) -> list[Change]:
    """Changes as they are shown: categories by their paths, decimals as texts."""
    fields = [(_read(row.before), _read(row.after)) for row in rows]
    ids = {
        category_id
        for each in chain.from_iterable(fields)
        for column in CATEGORIES.keys() & each.keys()
        for category_id in _ids(each[column])
    }
    paths = repository.find_paths(session, ids) if ids else {}
    return [
        Change(
            row.entity,
            row.entity_id,
            row.product_id,
            row.product_name,
            _shown(before, paths),
            _shown(after, paths),
        )
        for row, (before, after) in zip(rows, fields, strict=True)
    ]


def _read(written: str) -> Fields:
    return dict(json.loads(written, parse_float=Decimal))


def _ids(value: Any) -> list[int]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _shown(fields: Fields, paths: Mapping[int, str]) -> Fields:
    told: dict[str, Any] = {}
    for name, value in fields.items():
        if name in CATEGORIES:
            found = [paths[category_id] for category_id in _ids(value)]
            several = isinstance(value, list)
            told[CATEGORIES[name]] = found if several else next(iter(found), None)
        elif isinstance(value, Decimal):
            told[name] = _amount(name, value)
        else:
            told[name] = value
    return told


def _amount(name: str, value: Decimal) -> str:
    if name == "cost":
        return display(round_half_even(value, COST_DIGITS), COST_DIGITS)
    return shown(value)
