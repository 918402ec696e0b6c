"""Where things are in DATA_DIR."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DataDir:
    """The layout of DATA_DIR."""

    root: Path

    @property
    def cluster(self) -> Path:
        return self.root / "postgresql"

    @property
    def password(self) -> Path:
        return self.root / "postgresql.password"

    @property
    def runtime_password(self) -> Path:
        return self.root / "postgresql.runtime.password"

    @property
    def logfile(self) -> Path:
        return self.root / "postgresql.log"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def sockets(self) -> Path:
        return self.root / "sockets"

    @property
    def running(self) -> Path:
        return self.root / "postgresql.json"
