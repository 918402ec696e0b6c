class EmbeddedServerError(Exception):
    """The embedded PostgreSQL cannot be used; the message says what to do."""
