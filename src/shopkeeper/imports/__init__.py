"""Files of products, brought into the catalogue and given out of it.

`columns` has all that is known of each column, `sheets` finds a table in whatever file
it is, `reader` holds its rows to the rules of a product in a process of its own,
`service` carries an import out as a job, and `repository` stages, matches and writes
the rows by SQL. What they hand on is in `files` and `frames`.
"""

HANDS_OUT = ("errors", "schemas", "service", "sheets.product_sheets")
