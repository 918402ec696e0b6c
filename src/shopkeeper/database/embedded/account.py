"""Under which account PostgreSQL runs. It refuses to run as root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from shopkeeper.database.embedded.errors import EmbeddedServerError

# An account made for PostgreSQL if there is one; else the one that owns nothing.
ACCOUNTS_FOR_ROOT = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int


def choose_account(data_folder: Path) -> Account | None:
    """The account to run as, or None to run as ourselves.

    Root takes the owner of an existing data folder, so that a folder made
    under one account is never opened under another.
    """
    if os.geteuid() != 0:
        return None
    if data_folder.exists() and data_folder.stat().st_uid != 0:
        owner = data_folder.stat()
        return Account(owner.st_uid, owner.st_gid)
    for name in ACCOUNTS_FOR_ROOT:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedServerError(
        "PostgreSQL does not run as root, and this system has neither an account"
        " 'postgres' nor 'nobody' to run it as. Run Shopkeeper as an ordinary user,"
        " or set DATABASE_URL."
    )


def can_reach(account: Account, path: Path) -> bool:
    """Whether the account may pass through every folder above `path`.

    Access lists are not looked at: a wrong "no" costs one capability more
    (see `launcher`), never a start.
    """
    for folder in path.resolve().parents:
        status = folder.stat()
        if status.st_uid == account.uid:
            allowed = status.st_mode & stat.S_IXUSR
        elif status.st_gid == account.gid:
            allowed = status.st_mode & stat.S_IXGRP
        else:
            allowed = status.st_mode & stat.S_IXOTH
        if not allowed:
            return False
    return True
