"""Promises about closed days: the roll-ups say what the sales say."""

from shopkeeper.audit.repository.check import Check
from shopkeeper.database.statements import Fragment
from shopkeeper.statistics.repository.facts import COLUMNS, FACTS, MEASURES, SUMS

_CLOSED = Fragment(
    "CAST((SELECT closed_until FROM closing) AS timestamp) AT TIME ZONE 'UTC'"
)
_FACTS = Fragment(
    FACTS,
    sold=Fragment("orders.executed_at < {closed}", closed=_CLOSED),
    refunded=Fragment("refunds.settled_at < {closed}", closed=_CLOSED),
    reversed=Fragment("refunds.reversed_at < {closed}", closed=_CLOSED),
    filled=Fragment("filled.created_at < {closed}", closed=_CLOSED),
)


def _differences(subject: str, ours: Fragment, theirs: Fragment) -> Fragment:
    """Where two ways to add up the same differ."""
    told = Fragment(
        "concat_ws(', ', {of}.units, {of}.revenue, {of}.cost, {of}.refunded_revenue)"
    )
    same = [Fragment(f"ours.{name} = theirs.{name}") for name in MEASURES]
    return Fragment(
        """
        SELECT format('{subject}', key) AS subject,
            {found} AS found, {expected} AS expected
        FROM ({ours}) AS ours FULL JOIN ({theirs}) AS theirs USING (key)
        WHERE ({same}) IS NOT TRUE
        """,
        subject=Fragment(subject),
        found=Fragment(told, of=Fragment("ours")),
        expected=Fragment(told, of=Fragment("theirs")),
        ours=ours,
        theirs=theirs,
        same=Fragment.joined(" AND ", same),
    )


ROLLUPS = [
    Check(
        "closed_days_are_what_was_sold",
        "Roll-ups of closed days are the sums of their sales and refunds, by product,"
        " category and country.",
        "SELECT count(*) FROM sales_days",
        _differences(
            "%s",
            Fragment(
                """
                SELECT concat_ws(' ', day, 'product', product_id, product_name, 'in',
                    category_id, category_name, 'to', country_code) AS key, {columns}
                FROM sales_days JOIN sold_as ON sold_as.id = sold_as_id
                """,
                columns=COLUMNS,
            ),
            Fragment(
                """
            SELECT concat_ws(' ', CAST(moment AT TIME ZONE 'UTC' AS date), 'product',
                product_id, product_name, 'in', category_id, category_name, 'to',
                country_code) AS key, {sums}
            FROM ({facts}) AS facts GROUP BY 1
                """,
                sums=SUMS,
                facts=_FACTS,
            ),
        ),
    ),
    Check(
        "roll_ups_agree",
        "Months, all time, totals and quarters of an hour add up to the same as days.",
        "SELECT (SELECT count(*) FROM sales_months) + (SELECT count(*) FROM sales_ever)"
        " + (SELECT count(*) FROM sales_totals) + (SELECT count(*) FROM sales_slots)"
        " + (SELECT count(*) FROM sales_month_totals)",
        Fragment.joined(
            " UNION ALL ",
            [
                _differences(
                    "months of sold_as %s",
                    Fragment(
                        "SELECT concat_ws(' ', sold_as_id, month) AS key, {columns}"
                        " FROM sales_months",
                        columns=COLUMNS,
                    ),
                    Fragment(
                        "SELECT concat_ws(' ', sold_as_id,"
                        " CAST(date_trunc('month', day) AS date)) AS key, {sums}"
                        " FROM sales_days GROUP BY 1",
                        sums=SUMS,
                    ),
                ),
                _differences(
                    "all time of sold_as %s",
                    Fragment(
                        "SELECT sold_as_id AS key, {columns} FROM sales_ever",
                        columns=COLUMNS,
                    ),
                    Fragment(
                        "SELECT sold_as_id AS key, {sums} FROM sales_days GROUP BY 1",
                        sums=SUMS,
                    ),
                ),
                _differences(
                    "totals of %s",
                    Fragment(
                        "SELECT concat_ws(' ', day, country_code) AS key,"
                        " {columns} FROM sales_totals WHERE category_key = ''",
                        columns=COLUMNS,
                    ),
                    Fragment(
                        "SELECT concat_ws(' ', day, country_code) AS key, {sums}"
                        " FROM sales_days GROUP BY 1",
                        sums=SUMS,
                    ),
                ),
                _differences(
                    "totals of the month %s",
                    Fragment(
                        "SELECT concat_ws(' ', month, country_code, category_key)"
                        " AS key, {columns} FROM sales_month_totals",
                        columns=COLUMNS,
                    ),
                    Fragment(
                        "SELECT concat_ws(' ', CAST(date_trunc('month', day) AS date),"
                        " country_code, category_key) AS key, {sums} FROM sales_totals"
                        " GROUP BY 1",
                        sums=SUMS,
                    ),
                ),
                _differences(
                    "categories of %s",
                    Fragment(
                        "SELECT concat_ws(' ', day, country_code, category_key) AS key,"
                        " {columns} FROM sales_totals WHERE category_key <> ''",
                        columns=COLUMNS,
                    ),
                    Fragment(
                        "SELECT concat_ws(' ', day, country_code, category_key)"
                        " AS key, {sums} FROM sales_days"
                        " JOIN sold_as ON sold_as.id = sold_as_id"
                        " CROSS JOIN unnest(category_keys(category_name))"
                        " AS category_key GROUP BY 1",
                        sums=SUMS,
                    ),
                ),
                _differences(
                    "quarters of an hour of %s",
                    Fragment(
                        "SELECT CAST(slot AT TIME ZONE 'UTC' AS date) AS key,"
                        " {sums} FROM sales_slots GROUP BY 1",
                        sums=SUMS,
                    ),
                    Fragment(
                        "SELECT day AS key, {sums} FROM sales_days GROUP BY 1",
                        sums=SUMS,
                    ),
                ),
                Fragment(
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
                    """
                ),
            ],
        ),
    ),
]
