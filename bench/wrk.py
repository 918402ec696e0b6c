"""wrk as the load generator: it takes less of the processor than one of Python.

Its requests are made before and read from a file, so that each can differ. Its
own script tells what came of it.
"""

import json
import resource
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import chain, islice, zip_longest

from bench.load import Client, Load

WRK = shutil.which("wrk")
# Of requests that can be sent again and again: so many different ones.
MOST_REQUESTS = 2000
SCRIPT = """
local requests, at, once = {}, 0, false

function init(arguments)
    once = arguments[2] == "once"
    local file = assert(io.open(arguments[1], "rb"))
    while true do
        local length = file:read("*n")
        if not length then break end
        file:read(1)
        requests[#requests + 1] = file:read(length)
    end
end

function request()
    at = at + 1
    if at > #requests then
        if once then wrk.thread:stop() end
        at = once and #requests or 1
    end
    return requests[at]
end

function done(summary, latency)
    io.write(string.format(
        '\\n{"us": %d, "answers": %d, "p50": %.3f, "p99": %.3f,'
            .. ' "refused": %d, "lost": %d}\\n',
        summary.duration, summary.requests, latency:percentile(50) / 1000,
        latency:percentile(99) / 1000, summary.errors.status,
        summary.errors.connect + summary.errors.read + summary.errors.write
            + summary.errors.timeout))
end
"""


def drive(
    address: tuple[str, int], clients: Sequence[Client], seconds: float, *, once: bool
) -> Load:
    """Send what the clients would, over as many connections.

    Args:
        address: Of the server.
        clients: Whose requests do not depend on the answers.
        seconds: How long; it ends earlier when there is nothing more to send.
        once: Whether no request may be sent twice.
    """
    assert WRK is not None
    with tempfile.NamedTemporaryFile() as told, tempfile.NamedTemporaryFile() as script:
        for request in _requests(clients, None if once else MOST_REQUESTS):
            told.write(b"%d\n" % len(request) + request)
        told.flush()
        script.write(SCRIPT.encode())
        script.flush()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [
                *(WRK, "--threads=1", f"--connections={len(clients)}"),
                *(f"--duration={max(1, round(seconds))}s", f"--script={script.name}"),
                *(f"http://{address[0]}:{address[1]}/", "--", told.name),
                "once" if once else "again",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = json.loads(done.stdout.splitlines()[-1])
    assert not found["lost"], done.stdout
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    statuses = Counter({200: found["answers"] - found["refused"]})
    if found["refused"]:
        statuses[400] = found["refused"]
    return Load(
        found["us"] / 1e6,
        used,
        found["answers"],
        found["p50"],
        found["p99"],
        statuses,
    )


def _requests(clients: Sequence[Client], most: int | None) -> list[bytes]:
    each = most // len(clients) if most else None
    rounds = zip_longest(*(islice(client, each) for client in clients))
    return [request for request in chain.from_iterable(rounds) if request is not None]
