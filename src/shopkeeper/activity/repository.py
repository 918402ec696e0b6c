"""Reading the log of what staff does. It is written where operations are run."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    cast,
    func,
    literal,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.orm import Session

from shopkeeper.models import (
    Activity,
    ActivityChange,
    Category,
    Product,
    User,
    Variant,
)


class ActivityFilters(NamedTuple):
    """Which activities; None does not filter. The period is half-open."""

    user_id: int | None = None
    operation: str | None = None
    entity: str | None = None
    entity_id: int | None = None
    product_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


class ActivityRow(NamedTuple):
    """An activity with whose it is; a closed account has neither email nor name."""

    id: UUID
    at: datetime
    user_id: int | None
    email: str | None
    full_name: str | None
    role: str | None
    operation: str
    entity: str | None
    entity_id: int | None
    request_id: str | None
    client: str | None
    change_count: int


class ChangeRow(NamedTuple):
    """What a row was and is, as JSON, so that no number is rounded on the way."""

    id: int
    activity_id: UUID
    entity: str
    entity_id: int
    product_id: int | None
    product_name: str | None
    before: str
    after: str


_Changes = Select[int, UUID, str, int, int | None, str, str, str]
# An import may have changed very many.
COUNTED = 1001
_COUNTED = (
    select(literal(1))
    .where(ActivityChange.activity_id == Activity.id)
    .correlate(Activity)
    .limit(COUNTED)
    .lateral()
)
_COLUMNS = (
    Activity.id,
    Activity.at,
    Activity.user_id,
    User.email,
    User.full_name,
    Activity.role,
    Activity.operation,
    Activity.entity,
    Activity.entity_id,
    Activity.request_id,
    Activity.client,
    select(func.count()).select_from(_COUNTED).scalar_subquery(),
)
_CHANGE_COLUMNS = (
    ActivityChange.id,
    ActivityChange.activity_id,
    ActivityChange.entity,
    ActivityChange.entity_id,
    ActivityChange.product_id,
    Product.name,
    cast(ActivityChange.before, Text),
    cast(ActivityChange.after, Text),
)


def list_activities(
    session: Session,
    filters: ActivityFilters,
    limit: int,
    after: tuple[datetime, UUID] | None,
) -> list[ActivityRow]:
    """Activities with whose they are, the newest first; at most `limit`."""
    query = select(*_COLUMNS).outerjoin_from(Activity, User).where(*_of(filters))
    if after is not None:
        query = query.where(
            tuple_(Activity.at, Activity.id) < tuple_(*map(literal, after))
        )
    query = query.order_by(Activity.at.desc(), Activity.id.desc()).limit(limit)
    return [ActivityRow(*row) for row in session.execute(query)]


def has_activity(session: Session, activity_id: UUID) -> bool:
    return session.get(Activity, activity_id) is not None


def list_first_changes(
    session: Session, activity_ids: Sequence[UUID], limit: int
) -> list[ChangeRow]:
    """The first changes of each of these activities, in the order they were made."""
    first = (
        select(ActivityChange.id)
        .where(ActivityChange.activity_id == Activity.id)
        .order_by(ActivityChange.id)
        .limit(limit)
        .correlate(Activity)
        .lateral()
    )
    wanted = (
        select(first.c.id)
        .select_from(Activity)
        .join(first, true())
        .where(Activity.id.in_(activity_ids))
    )
    return _changes(session, _with_products().where(ActivityChange.id.in_(wanted)))


def list_changes(
    session: Session, activity_id: UUID, limit: int, after: int | None
) -> list[ChangeRow]:
    """What an activity has changed, in the order it was made; at most `limit`."""
    query = _with_products().where(ActivityChange.activity_id == activity_id)
    if after is not None:
        query = query.where(ActivityChange.id > after)
    return _changes(session, query.limit(limit))


def find_paths(session: Session, category_ids: Collection[int]) -> dict[int, str]:
    """The paths that categories have, also of such as are removed."""
    rows = session.execute(
        select(Category.id, Category.path).where(Category.id.in_(category_ids))
    )
    return {row.id: row.path for row in rows}


def _with_products() -> _Changes:
    return select(*_CHANGE_COLUMNS).outerjoin_from(
        ActivityChange, Product, Product.id == ActivityChange.product_id
    )


def _changes(session: Session, query: _Changes) -> list[ChangeRow]:
    rows = session.execute(query.order_by(ActivityChange.id))
    return [ChangeRow(*row) for row in rows]


def _of(filters: ActivityFilters) -> Iterator[ColumnElement[bool]]:
    if filters.user_id is not None:
        yield Activity.user_id == filters.user_id
    if filters.operation is not None:
        yield Activity.operation == filters.operation
    if filters.since is not None:
        yield Activity.at >= filters.since
    if filters.until is not None:
        yield Activity.at < filters.until
    if filters.entity is not None:
        yield _about(filters.entity, filters.entity_id or 0)
    if filters.product_id is not None:
        yield _about_product(filters.product_id)


def _about(entity: str, entity_id: int) -> ColumnElement[bool]:
    """It was named itself, or changed by what was done to something else."""
    return Activity.id.in_(
        union(
            select(Activity.id).where(
                Activity.entity == entity, Activity.entity_id == entity_id
            ),
            select(ActivityChange.activity_id).where(
                ActivityChange.entity == entity, ActivityChange.entity_id == entity_id
            ),
        )
    )


def _about_product(product_id: int) -> ColumnElement[bool]:
    """It is about a product, or about something of it."""
    variants = select(Variant.id).where(Variant.product_id == product_id)
    return Activity.id.in_(
        union(
            select(ActivityChange.activity_id).where(
                ActivityChange.product_id == product_id
            ),
            select(Activity.id).where(
                Activity.entity == Product.__tablename__,
                Activity.entity_id == product_id,
            ),
            select(Activity.id).where(
                Activity.entity == Variant.__tablename__,
                Activity.entity_id.in_(variants),
            ),
        )
    )
