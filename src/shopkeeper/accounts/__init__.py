"""People: accounts and roles, passwords, logins, and what throttles guessing."""

HANDS_OUT = ("errors", "schemas", "service", "throttling")
