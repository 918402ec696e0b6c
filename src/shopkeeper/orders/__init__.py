"""Orders: what is in them, where they go, their statuses, and lists of them."""

HANDS_OUT = ("errors", "lines", "schemas", "service", "statuses", "repository.views")
