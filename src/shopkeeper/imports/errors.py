"""What can go wrong with files and their imports."""

from shopkeeper.utils.errors import (
    ConflictError,
    NotFound,
    ProblemError,
    TooManyRequests,
)


class TooManyImports(TooManyRequests):
    code = "too_many_imports"
    title = "Too many imports of this account are waiting already."


class UnreadableFile(ProblemError):
    code, status = "unreadable_file", 422
    title = "The file cannot be read as a table."


class ImportNotFound(NotFound):
    code, title = "import_not_found", "There is no such import."


class ImportFinished(ConflictError):
    code, title = "import_finished", "The import has ended already."
