"""Closing days: rolling up what can no longer change.

The roll-ups are derived from orders and refunds alone. Whoever reads them
holds `CLOSING` in common for its transaction, whoever writes them holds it
alone, so that all that is read of them is of one state.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from shopkeeper.database.statements import Fragment, require_transaction
from shopkeeper.models import Closing
from shopkeeper.models.closed_sales import ROLLUPS
from shopkeeper.statistics.repository.facts import COLUMNS, FACTS, MEASURES, SUMS

# Any number, as long as nobody else locks it: "closing" in ASCII.
CLOSING = 0x636C6F73696E67
# Held by whoever writes under times that are long over: "story".
STORY = 0x73746F7279


def _between(column: str) -> Fragment:
    """Of the days that are being closed."""
    return Fragment(
        "{column} >= CAST(:first AS timestamptz)"
        " AND {column} < CAST(:last AS timestamptz)",
        column=Fragment(column),
    )


_GATHER = text(
    Fragment(
        "CREATE TEMPORARY TABLE facts ON COMMIT DROP AS {facts}",
        facts=Fragment(
            FACTS,
            sold=_between("orders.executed_at"),
            refunded=_between("refunds.settled_at"),
            reversed=_between("refunds.reversed_at"),
            filled=_between("filled.created_at"),
        ),
    )
)

_NAME = text(
    """
    INSERT INTO sold_as (product_id, product_name, category_id, category_name)
    SELECT DISTINCT product_id, product_name, category_id, category_name
    FROM facts
    WHERE NOT EXISTS (
        SELECT FROM sold_as
        WHERE sold_as.product_id = facts.product_id
            AND sold_as.category_id = facts.category_id
            AND sold_as.product_name = facts.product_name
            AND sold_as.category_name = facts.category_name
    )
    ORDER BY product_id, product_name, category_id, category_name
    """
)

_DAY = Fragment("CAST(moment AT TIME ZONE 'UTC' AS date)")
_SLOT = Fragment("date_bin('15 minutes', moment, TIMESTAMPTZ '2000-01-01 00:00Z')")


def _added(table: str) -> Fragment:
    """What a roll-up has already, and what is added to it."""
    return Fragment.joined(
        ", ",
        [Fragment(f"{name} = {table}.{name} + EXCLUDED.{name}") for name in MEASURES],
    )


_DAYS = text(
    Fragment(
        """
        INSERT INTO sales_days (day, sold_as_id, country_code, {columns})
        SELECT {day} AS day, sold_as.id, country_code, {sums}
        FROM facts
        JOIN sold_as USING (product_id, category_id, product_name, category_name)
        GROUP BY {day}, sold_as.id, country_code
        ORDER BY day, sold_as.id, country_code
        """,
        columns=COLUMNS,
        day=_DAY,
        sums=SUMS,
    )
)

_MONTHS = text(
    Fragment(
        """
        INSERT INTO sales_months (month, sold_as_id, product_id, {columns})
        SELECT CAST(date_trunc('month', day) AS date) AS month, sold_as_id, product_id,
            {sums}
        FROM sales_days
        JOIN sold_as ON sold_as.id = sold_as_id
        WHERE day >= :first AND day < :last
        GROUP BY 1, 2, 3
        ORDER BY 1, 2
        ON CONFLICT (month, sold_as_id) DO UPDATE
        SET {added}
        """,
        columns=COLUMNS,
        sums=SUMS,
        added=_added("sales_months"),
    )
)

_EVER = text(
    Fragment(
        """
        INSERT INTO sales_ever (sold_as_id, product_id, {columns})
        SELECT sold_as_id, product_id, {sums}
        FROM sales_days
        JOIN sold_as ON sold_as.id = sold_as_id
        WHERE day >= :first AND day < :last
        GROUP BY 1, 2
        ORDER BY 1
        ON CONFLICT (sold_as_id) DO UPDATE
        SET {added}
        """,
        columns=COLUMNS,
        sums=SUMS,
        added=_added("sales_ever"),
    )
)

# Each order counts once in its country, and once in each of its categories, those that
# these stand below among them.
_TOTALS = text(
    Fragment(
        """
    INSERT INTO sales_totals (category_key, day, country_code, orders, {columns})
    SELECT '', {day} AS day, country_code, count(DISTINCT order_id), {sums}
    FROM facts
    GROUP BY {day}, country_code
    UNION ALL
    SELECT category_key, {day}, country_code, count(DISTINCT order_id), {sums}
    FROM facts
    JOIN (
        SELECT category_name, unnest(category_keys(category_name)) AS category_key
        FROM (SELECT DISTINCT category_name FROM facts) AS named
    ) AS shelves USING (category_name)
    GROUP BY category_key, {day}, country_code
    ORDER BY 1, 2, 3
        """,
        columns=COLUMNS,
        day=_DAY,
        sums=SUMS,
    )
)

_MONTH_TOTALS = text(
    Fragment(
        """
        INSERT INTO sales_month_totals
            (category_key, month, country_code, orders, {columns})
        SELECT category_key, CAST(date_trunc('month', day) AS date), country_code,
            sum(orders), {sums}
        FROM sales_totals
        WHERE day >= :first AND day < :last
        GROUP BY 1, 2, 3
        ORDER BY 1, 2, 3
        ON CONFLICT (category_key, month, country_code) DO UPDATE
        SET orders = sales_month_totals.orders + EXCLUDED.orders,
            {added}
        """,
        columns=COLUMNS,
        sums=SUMS,
        added=_added("sales_month_totals"),
    )
)

_SLOTS = text(
    Fragment(
        """
        INSERT INTO sales_slots (slot, orders, {columns})
        SELECT {slot}, count(DISTINCT order_id), {sums}
        FROM facts
        GROUP BY 1
        ORDER BY 1
        """,
        columns=COLUMNS,
        slot=_SLOT,
        sums=SUMS,
    )
)


def hold_closing(session: Session) -> bool:
    """Take the closing of days for oneself until the transaction ends.

    Waits for readers, and for whoever else closes or opens days.

    Returns:
        False if a story of the past is being told (`shopkeeper demo`).
    """
    _hold_alone(session)
    return bool(
        session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": STORY})
    )


def hold_for_reading(session: Session) -> None:
    """Let the roll-ups stay as they are while this transaction lasts.

    Plans are made for the period asked for: an hour and ten years differ.

    Raises:
        RuntimeError: If the session only reads, and has no transaction to hold
            them in.
    """
    require_transaction(session)
    session.execute(
        text(
            "SELECT pg_advisory_xact_lock_shared(:lock),"
            " set_config('plan_cache_mode', 'force_custom_plan', true)"
        ),
        {"lock": CLOSING},
    )


def tell_a_story(session: Session) -> None:
    """Let no day be closed while this session's transaction lasts."""
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    session.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": STORY})


def closed_until(session: Session) -> date | None:
    """The first day that is not closed; None if none is."""
    return session.scalar(select(Closing.closed_until))


def read_closing(session: Session) -> tuple[date | None, UUID]:
    """The first day that is not closed, and the edition of the roll-ups."""
    row = session.execute(select(Closing.closed_until, Closing.edition)).one()
    return row.closed_until, row.edition


def first_day(session: Session) -> date | None:
    """The day of the first sale; nothing is refunded before it."""
    found: date | None = session.scalar(
        text(
            "SELECT CAST(min(executed_at) AT TIME ZONE 'UTC' AS date) FROM orders"
            " WHERE executed_at IS NOT NULL"
        )
    )
    return found


def close_days(session: Session, first: date, last: date) -> None:
    """Roll up the days from the first to the one before the last."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    span = {"first": first, "last": last}
    moments = {"first": f"{first} 00:00Z", "last": f"{last} 00:00Z"}
    session.execute(_GATHER, moments)
    session.execute(text("ANALYZE facts"))
    for statement in (_NAME, _DAYS, _TOTALS, _SLOTS):
        session.execute(statement)
    for statement in (_MONTHS, _EVER, _MONTH_TOTALS):
        session.execute(statement, span)
    session.execute(update(Closing).values(closed_until=last, edition=func.uuidv7()))


def reopen(session: Session) -> None:
    """Forget all roll-ups; statistics are read from the sales themselves until then."""
    _hold_alone(session)
    session.execute(text(f"TRUNCATE {', '.join(ROLLUPS)}"))
    session.execute(update(Closing).values(closed_until=None, edition=func.uuidv7()))


def _hold_alone(session: Session) -> None:
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CLOSING})
