"""Closing days: rolling up what can no longer change.

The roll-ups are derived from orders and refunds alone. Whoever reads them
holds `CLOSING` in common for its transaction, whoever writes them holds it
alone, so that all that is read of them is of one state.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from shopkeeper.database.statements.wiring import require_transaction
from shopkeeper.models import Closing
from shopkeeper.models.closed_sales import ROLLUPS

# Any number, as long as nobody else locks it: "closing" in ASCII.
CLOSING = 0x636C6F73696E67
# Held by whoever writes under times that are long over: "story".
STORY = 0x73746F7279

MEASURES = (
    "lines",
    "units",
    "revenue",
    "cost",
    "refunded_units",
    "refunded_revenue",
    "restocked_cost",
    "costless_units",
    "costless_revenue",
)
# A line whose pieces left the shelf at no cost: none was known, or they were free.
_COSTLESS = "CASE WHEN coalesce(line.line_cost, 0) = 0 THEN {} ELSE 0 END"
SUMS = ", ".join(f"sum({name}) AS {name}" for name in MEASURES)

# Every sale and refund of some days, and every refund whose money came back, a row
# for each line it is about. Goods that a refund put back stay when its money does not.
FACTS = f"""
    SELECT orders.executed_at AS moment, orders.id AS order_id, orders.country_code,
        line.product_id, line.product_name, line.category_id, line.category_name,
        1 AS lines, line.quantity AS units, line.line_total AS revenue,
        line.line_cost AS cost, 0 AS refunded_units,
        CAST(0 AS numeric) AS refunded_revenue, CAST(0 AS numeric) AS restocked_cost,
        {_COSTLESS.format("line.quantity")} AS costless_units,
        {_COSTLESS.format("line.line_total")} AS costless_revenue
    FROM orders
    JOIN order_items AS line ON line.order_id = orders.id
    WHERE {{sold}}
    UNION ALL
    SELECT refunds.settled_at, NULL, orders.country_code,
        line.product_id, line.product_name, line.category_id, line.category_name,
        0, 0, 0, 0, item.quantity, item.amount, item.restocked_cost,
        {_COSTLESS.format("-item.quantity")}, {_COSTLESS.format("-item.amount")}
    FROM refunds
    JOIN refund_items AS item ON item.refund_id = refunds.id
    JOIN orders ON orders.id = refunds.order_id
    JOIN order_items AS line
        ON line.order_id = item.order_id AND line.product_id = item.product_id
    WHERE refunds.status IN ('succeeded', 'reversed') AND {{refunded}}
    UNION ALL
    SELECT refunds.reversed_at, NULL, orders.country_code,
        line.product_id, line.product_name, line.category_id, line.category_name,
        0, 0, 0, 0, -item.quantity, -item.amount, 0,
        {_COSTLESS.format("item.quantity")}, {_COSTLESS.format("item.amount")}
    FROM refunds
    JOIN refund_items AS item ON item.refund_id = refunds.id
    JOIN orders ON orders.id = refunds.order_id
    JOIN order_items AS line
        ON line.order_id = item.order_id AND line.product_id = item.product_id
    WHERE {{reversed}}
"""  # noqa: S608  # Put together from constants.

_GATHER = text(
    "CREATE TEMPORARY TABLE facts ON COMMIT DROP AS"
    + FACTS.format(
        sold="orders.executed_at >= CAST(:first AS timestamptz)"
        " AND orders.executed_at < CAST(:last AS timestamptz)",
        refunded="refunds.settled_at >= CAST(:first AS timestamptz)"
        " AND refunds.settled_at < CAST(:last AS timestamptz)",
        reversed="refunds.reversed_at >= CAST(:first AS timestamptz)"
        " AND refunds.reversed_at < CAST(:last AS timestamptz)",
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

_DAY = "CAST(moment AT TIME ZONE 'UTC' AS date)"
_SLOT = "date_bin('15 minutes', moment, TIMESTAMPTZ '2000-01-01 00:00Z')"
_COLUMNS = ", ".join(MEASURES)
_ADDED = ", ".join(f"{name} = {{table}}.{name} + EXCLUDED.{name}" for name in MEASURES)

_DAYS = text(
    f"""
    INSERT INTO sales_days (day, sold_as_id, country_code, {_COLUMNS})
    SELECT {_DAY} AS day, sold_as.id, country_code, {SUMS}
    FROM facts
    JOIN sold_as USING (product_id, category_id, product_name, category_name)
    GROUP BY {_DAY}, sold_as.id, country_code
    ORDER BY day, sold_as.id, country_code
    """  # noqa: S608  # Put together from constants.
)

_MONTHS = text(
    f"""
    INSERT INTO sales_months (month, sold_as_id, product_id, {_COLUMNS})
    SELECT CAST(date_trunc('month', day) AS date) AS month, sold_as_id, product_id,
        {SUMS}
    FROM sales_days
    JOIN sold_as ON sold_as.id = sold_as_id
    WHERE day >= :first AND day < :last
    GROUP BY 1, 2, 3
    ORDER BY 1, 2
    ON CONFLICT (month, sold_as_id) DO UPDATE
    SET {_ADDED.format(table="sales_months")}
    """  # noqa: S608  # Put together from constants.
)

_EVER = text(
    f"""
    INSERT INTO sales_ever (sold_as_id, product_id, {_COLUMNS})
    SELECT sold_as_id, product_id, {SUMS}
    FROM sales_days
    JOIN sold_as ON sold_as.id = sold_as_id
    WHERE day >= :first AND day < :last
    GROUP BY 1, 2
    ORDER BY 1
    ON CONFLICT (sold_as_id) DO UPDATE
    SET {_ADDED.format(table="sales_ever")}
    """  # noqa: S608  # Put together from constants.
)

# Each order counts once in its country, and once in each of its categories.
_TOTALS = text(
    f"""
    INSERT INTO sales_totals (category_key, day, country_code, orders, {_COLUMNS})
    SELECT '', {_DAY} AS day, country_code, count(DISTINCT order_id), {SUMS}
    FROM facts
    GROUP BY {_DAY}, country_code
    UNION ALL
    SELECT lower(category_name), {_DAY}, country_code, count(DISTINCT order_id), {SUMS}
    FROM facts
    GROUP BY lower(category_name), {_DAY}, country_code
    ORDER BY 1, 2, 3
    """  # noqa: S608  # Put together from constants.
)

_MONTH_TOTALS = text(
    f"""
    INSERT INTO sales_month_totals
        (category_key, month, country_code, orders, {_COLUMNS})
    SELECT category_key, CAST(date_trunc('month', day) AS date), country_code,
        sum(orders), {SUMS}
    FROM sales_totals
    WHERE day >= :first AND day < :last
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
    ON CONFLICT (category_key, month, country_code) DO UPDATE
    SET orders = sales_month_totals.orders + EXCLUDED.orders,
        {_ADDED.format(table="sales_month_totals")}
    """  # noqa: S608  # Put together from constants.
)

_SLOTS = text(
    f"""
    INSERT INTO sales_slots (slot, orders, {_COLUMNS})
    SELECT {_SLOT}, count(DISTINCT order_id), {SUMS}
    FROM facts
    GROUP BY 1
    ORDER BY 1
    """  # noqa: S608  # Put together from constants.
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
