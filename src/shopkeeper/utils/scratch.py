"""Folders for a while: gone with the process, however that ends."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """A folder of this process's own, until the context ends.

    Args:
        prefix: What its name begins with; `sweep` finds it by that.
    """
    with tempfile.TemporaryDirectory(prefix=f"{prefix}{os.getpid()}-") as folder:
        yield Path(folder)


def sweep(prefix: str) -> None:
    """Remove what processes left that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(prefix + "*"):
        pid = folder.name.removeprefix(prefix).partition("-")[0]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (ValueError, PermissionError):
            continue  # Not ours, or of somebody's that lives.
