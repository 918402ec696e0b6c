"""What can go wrong with the log of what staff does."""

from shopkeeper.utils.errors import NotFound


class ActivityNotFound(NotFound):
    code, title = "activity_not_found", "There is no such activity."
