"""Whose turn it is: at what anybody may read, at an account's own, at paying.

A turn is for as long as a request is worked at with the database. While it waits
for a payment provider it has a turn of that kind alone.
"""

from contextlib import AbstractContextManager, nullcontext
from functools import cache

from shopkeeper.utils.errors import TooBusy
from shopkeeper.utils.network import network_of
from shopkeeper.utils.settings import get_settings
from shopkeeper.utils.turns import Turns
from shopkeeper.web.calls import Call
from shopkeeper.web.operation import Access

# Longer than a crowd takes, and no longer than people wait.
SECONDS = 10.0


def turn_at_work(call: Call) -> AbstractContextManager[None]:
    """A turn at the database.

    Raises:
        TooBusy: If too many wait already, or none comes in time.
    """
    account = call.claims.user_id if call.claims else None
    if call.operation.access is Access.PUBLIC:
        client = account or network_of(call.request.remote_addr or "")
        return _of_anybody().turn(client, _refuse)
    if account is None:
        return nullcontext()  # They log in or register, in turns of their own.
    return _of_accounts().turn(account, _refuse)


def turn_outside(call: Call) -> AbstractContextManager[None]:
    """A turn at what may wait for a payment provider.

    Raises:
        TooBusy: As above.
    """
    if not call.operation.may_wait or call.claims is None:
        return nullcontext()
    return _at_paying().turn(call.claims.user_id, _refuse)


def _refuse() -> TooBusy:
    return TooBusy(seconds=1)


@cache
def _of_anybody() -> Turns:
    settings = get_settings()
    connections = settings.public_connections
    return Turns(
        "public",
        at_once=connections,
        each=max(1, connections * 2 // 3),
        waiting=settings.threads * 5 // 16,
        seconds=settings.database_pool_timeout,
    )


@cache
def _of_accounts() -> Turns:
    settings = get_settings()
    return Turns(
        "account",
        at_once=settings.database_pool_size,
        each=max(1, settings.database_pool_size // 3),
        waiting=settings.threads * 7 // 16,
        seconds=SECONDS,
    )


@cache
def _at_paying() -> Turns:
    threads = get_settings().threads
    return Turns(
        "paying",
        at_once=threads // 2,
        each=max(2, threads // 32),
        waiting=threads * 7 // 16,
        seconds=SECONDS,
    )
