"""Who is at the console: a cookie that stands for a login, and where it is taken from.

The cookie is good for pages alone, and a bearer token is good for none of them. Each
call that a page makes finds out anew whether the login is alive, so that one that was
ended is over at once.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import Request, Response

from shopkeeper.utils import clock
from shopkeeper.utils.errors import ProblemError
from shopkeeper.utils.tokens import (
    ACCESS,
    CONSOLE,
    Claims,
    issue_console_token,
    read_token,
)

PATH = "/console"
# A browser keeps a cookie of this prefix to itself unless it came by TLS
# (RFC 6265bis, section 4.1.3.1).
PLAIN, BY_TLS = "console", "__Secure-console"
# For as long as nobody touches it; and how often it is made anew meanwhile.
IDLE, RENEWED = timedelta(hours=12), timedelta(minutes=10)
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
SAFE = {"GET", "HEAD", "OPTIONS"}


def cookie_name(request: Request) -> str:
    return BY_TLS if request.is_secure else PLAIN


def read_session(request: Request) -> Claims | None:
    """What the cookie stands for, as if its login had shown an access token.

    None if there is no cookie, or none that is good.
    """
    cookie = request.cookies.get(cookie_name(request))
    if not cookie:
        return None
    try:
        claims = read_token(cookie)
    except ProblemError:
        return None
    return replace(claims, kind=ACCESS) if claims.kind == CONSOLE else None


def keep_session(
    request: Request, response: Response, claims: Claims, *, is_new: bool = False
) -> None:
    """Let the browser keep a login for as long as it is used."""
    if "Set-Cookie" in response.headers:  # It has just been ended, say.
        return
    now = clock.now()
    ends = datetime.fromtimestamp(claims.expires_at, UTC)
    if not is_new and ends - now > IDLE - RENEWED:
        return
    token = issue_console_token(claims.user_id, claims.login_id, now, now + IDLE)
    _set(request, response, token, int(IDLE.total_seconds()))


def forget_session(request: Request, response: Response) -> None:
    _set(request, response, "", 0)


def _set(request: Request, response: Response, value: str, seconds: int) -> None:
    response.set_cookie(
        cookie_name(request),
        value,
        max_age=seconds,
        path=PATH,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def may_keep_a_secret(request: Request) -> bool:
    """Whether nobody between here and the browser can read the cookie."""
    name = urlsplit(f"//{request.host}").hostname or ""
    return request.is_secure or name in LOOPBACK or name.endswith(".localhost")


def is_from_here(request: Request) -> bool:
    """Whether it is a page of ours that sends this.

    A browser says so of each request; one that does not says at least which origin
    sends a form. What only reads may come from anywhere.
    """
    if request.method in SAFE:
        return True
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == request.host_url.rstrip("/")
