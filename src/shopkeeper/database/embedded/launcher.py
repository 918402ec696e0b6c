"""Becomes a PostgreSQL program, after arranging its rights and its fate.

Run as a program of its own, between the supervisor and PostgreSQL, and not as
code in a forked child: the supervisor has threads, and Python code between
fork and exec is not safe then. The process id stays the same.

Usage: launcher.py '{"program": [...], "parent": 1, ...}'

It imports nothing but the standard library, so that it starts in a moment.
"""

import ctypes
import json
import os
import signal
import sys
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2


def main() -> None:
    orders: dict[str, Any] = json.loads(sys.argv[1])
    if orders["uid"] is not None:
        change_account(orders["uid"], orders["gid"], orders["through_closed_folders"])
    if orders["stop_with_parent"]:
        stop_when_parent_dies(orders["parent"])
    os.umask(0o077)
    os.execv(orders["program"][0], orders["program"])  # noqa: S606  # No shell is wanted.


def change_account(uid: int, gid: int, through_closed_folders: bool) -> None:
    """Stop being root.

    A checkout below /root is closed to everybody else. Rather than open those
    folders to the world, the new process keeps the one right to pass through
    them (capabilities(7): CAP_DAC_READ_SEARCH; where a container withholds
    it, CAP_DAC_OVERRIDE, which includes it).
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if through_closed_folders:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if through_closed_folders and not any(
        keep_capability(libc, capability)
        for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE)
    ):
        sys.exit(
            f"Account {uid} may not enter the folders above the PostgreSQL programs"
            " or the data, and this system lets root pass on no right to."
            " Run Shopkeeper as an ordinary user, or from a folder open to others."
        )


def keep_capability(libc: ctypes.CDLL, capability: int) -> bool:
    """Keep one capability across the exec that follows, and drop all others."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    # effective, permitted, inheritable; once for capabilities 0-31, once above.
    bit = 1 << capability
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    if libc.capset(ctypes.byref(header), ctypes.byref(data)) != 0:
        return False
    return bool(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0)


def stop_when_parent_dies(parent: int, platform: str = sys.platform) -> None:
    """Arrange for a fast shutdown (SIGINT) when the supervisor dies, however.

    Linux sends the signal itself. Elsewhere a child of ours waits for the end
    of the pipe that is our standard input, which the supervisor holds open.
    """
    if platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(
            PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0
        )
        if os.getppid() != parent:  # It died before the line above.
            sys.exit(1)
        return
    watch_standard_input()


def watch_standard_input() -> None:
    server = os.getpid()
    if os.fork() != 0:
        return
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while os.read(0, 1):
        pass
    if os.getppid() == server:
        os.kill(server, signal.SIGINT)
    os._exit(0)


if __name__ == "__main__":
    main()
