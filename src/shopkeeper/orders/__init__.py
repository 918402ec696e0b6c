"""Orders: what is in them, where they go, their statuses, and lists of them."""
