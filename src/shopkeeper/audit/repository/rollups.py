"""Promises about closed days: the roll-ups say what the sales say."""

from shopkeeper.audit.repository.check import Check
from shopkeeper.statistics.repository.closing import FACTS, MEASURES, SUMS

_COLUMNS = ", ".join(MEASURES)
_CLOSED = "CAST((SELECT closed_until FROM closing) AS timestamp) AT TIME ZONE 'UTC'"
_FACTS = FACTS.format(
    sold=f"orders.executed_at < {_CLOSED}",
    refunded=f"refunds.settled_at < {_CLOSED}",
    reversed=f"refunds.reversed_at < {_CLOSED}",
)


def _differences(subject: str, ours: str, theirs: str) -> str:
    """Where two ways to add up the same differ."""
    told = "concat_ws(', ', {0}.units, {0}.revenue, {0}.cost, {0}.refunded_revenue)"
    same = " AND ".join(f"ours.{name} = theirs.{name}" for name in MEASURES)
    return f"""
        SELECT format('{subject}', key) AS subject,
            {told.format("ours")} AS found, {told.format("theirs")} AS expected
        FROM ({ours}) AS ours FULL JOIN ({theirs}) AS theirs USING (key)
        WHERE ({same}) IS NOT TRUE
    """  # noqa: S608  # Put together from constants.


ROLLUPS = [
    Check(
        "closed_days_are_what_was_sold",
        "Roll-ups of closed days are the sums of their sales and refunds, by product,"
        " category and country.",
        "SELECT count(*) FROM sales_days",
        _differences(
            "%s",
            f"""
            SELECT concat_ws(' ', day, 'product', product_id, product_name, 'in',
                category_id, category_name, 'to', country_code) AS key, {_COLUMNS}
            FROM sales_days JOIN sold_as ON sold_as.id = sold_as_id
            """,  # noqa: S608
            f"""
            SELECT concat_ws(' ', CAST(moment AT TIME ZONE 'UTC' AS date), 'product',
                product_id, product_name, 'in', category_id, category_name, 'to',
                country_code) AS key, {SUMS}
            FROM ({_FACTS}) AS facts GROUP BY 1
            """,  # noqa: S608
        ),
    ),
    Check(
        "roll_ups_agree",
        "Months, all time, totals and quarters of an hour add up to the same as days.",
        "SELECT (SELECT count(*) FROM sales_months) + (SELECT count(*) FROM sales_ever)"
        " + (SELECT count(*) FROM sales_totals) + (SELECT count(*) FROM sales_slots)"
        " + (SELECT count(*) FROM sales_month_totals)",
        " UNION ALL ".join(
            [
                _differences(
                    "months of sold_as %s",
                    f"SELECT concat_ws(' ', sold_as_id, month) AS key, {_COLUMNS}"  # noqa: S608
                    " FROM sales_months",
                    "SELECT concat_ws(' ', sold_as_id,"  # noqa: S608
                    f" CAST(date_trunc('month', day) AS date)) AS key, {SUMS}"
                    " FROM sales_days GROUP BY 1",
                ),
                _differences(
                    "all time of sold_as %s",
                    f"SELECT sold_as_id AS key, {_COLUMNS} FROM sales_ever",  # noqa: S608
                    f"SELECT sold_as_id AS key, {SUMS} FROM sales_days GROUP BY 1",  # noqa: S608
                ),
                _differences(
                    "totals of %s",
                    "SELECT concat_ws(' ', day, country_code) AS key,"  # noqa: S608
                    f" {_COLUMNS} FROM sales_totals WHERE category_key = ''",
                    f"SELECT concat_ws(' ', day, country_code) AS key, {SUMS}"  # noqa: S608
                    " FROM sales_days GROUP BY 1",
                ),
                _differences(
                    "totals of the month %s",
                    "SELECT concat_ws(' ', month, country_code, category_key) AS key,"  # noqa: S608
                    f" {_COLUMNS} FROM sales_month_totals",
                    "SELECT concat_ws(' ', CAST(date_trunc('month', day) AS date),"  # noqa: S608
                    f" country_code, category_key) AS key, {SUMS} FROM sales_totals"
                    " GROUP BY 1",
                ),
                _differences(
                    "categories of %s",
                    "SELECT concat_ws(' ', day, country_code, category_key) AS key,"  # noqa: S608
                    f" {_COLUMNS} FROM sales_totals WHERE category_key <> ''",
                    "SELECT concat_ws(' ', day, country_code, lower(category_name))"  # noqa: S608
                    f" AS key, {SUMS} FROM sales_days"
                    " JOIN sold_as ON sold_as.id = sold_as_id GROUP BY 1",
                ),
                _differences(
                    "quarters of an hour of %s",
                    "SELECT CAST(slot AT TIME ZONE 'UTC' AS date) AS key,"  # noqa: S608
                    f" {SUMS} FROM sales_slots GROUP BY 1",
                    f"SELECT day AS key, {SUMS} FROM sales_days GROUP BY 1",  # noqa: S608
                ),
                """
                SELECT format('orders of %s', day), format('%s', theirs.orders),
                    format('%s, %s by quarters of an hour', ours.orders, slots.orders)
                FROM (
                    SELECT CAST(executed_at AT TIME ZONE 'UTC' AS date) AS day,
                        count(*) AS orders
                    FROM orders
                    WHERE executed_at < CAST((SELECT closed_until FROM closing)
                        AS timestamp) AT TIME ZONE 'UTC'
                    GROUP BY 1
                ) AS ours
                FULL JOIN (
                    SELECT day, sum(orders) AS orders FROM sales_totals
                    WHERE category_key = '' GROUP BY 1
                ) AS theirs USING (day)
                FULL JOIN (
                    SELECT CAST(slot AT TIME ZONE 'UTC' AS date) AS day,
                        sum(orders) AS orders
                    FROM sales_slots GROUP BY 1
                ) AS slots USING (day)
                WHERE coalesce(ours.orders, 0) <> coalesce(theirs.orders, 0)
                    OR coalesce(ours.orders, 0) <> coalesce(slots.orders, 0)
                """,
            ]
        ),
    ),
]
