"""What was sold, where, when and at what profit, as of any moment.

`service` has a module for each report and closes days, `repository` adds up by SQL what
is closed and what is not yet, `shares` divides a hundred so that it adds up.
"""

HANDS_OUT = ("service",)
