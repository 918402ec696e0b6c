"""Request ids, one log line and two metrics for each request."""

import json
import logging
import os
import random
import re
import sys
import time
from functools import cache, lru_cache
from typing import Any, Protocol

import structlog
from flask import Request, Response
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY
from pydantic_core import to_json

from shopkeeper.utils.network import network_of
from shopkeeper.utils.secret import derive_keys, digest

log = structlog.get_logger("shopkeeper.requests")

SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
MULTIPROCESS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
# Nobody reads of health checks that succeed.
QUIET = {"/health/live", "/health/ready", "/metrics"}

requests_total = Counter(
    "shopkeeper_http_requests_total",
    "Requests answered.",
    ["method", "route", "status"],
)
request_seconds = Histogram(
    "shopkeeper_http_request_duration_seconds",
    "Time from the first line of a request to its answer.",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def configure_logging(level: str, *, for_good: bool = False) -> None:
    """One JSON object a line, on standard error.

    Args:
        level: The least that is logged.
        for_good: Whether this process logs so, and there, until it ends; each
            logger is then put together once.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(_as_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level]
        ),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=for_good,
    )


class Bucket(Protocol):
    """How much somebody may still do of something."""

    def headers(self) -> dict[str, str]:
        """The header fields that tell it."""


class ObservedRequest(Request):
    """A request that knows since when it is, its id, and by and by who sends it."""

    # Whether a proxy that is trusted stands in front.
    trusts_proxy = False

    def __init__(self, environ: dict[str, Any], *args: Any, **options: Any) -> None:
        self.started = time.perf_counter()
        super().__init__(environ, *args, **options)
        # Only a proxy of ours tells: others could make their requests look like one.
        offered = environ.get("HTTP_X_REQUEST_ID") if self.trusts_proxy else None
        is_sane = offered is not None and SANE_REQUEST_ID.fullmatch(offered)
        self.request_id = str(offered) if is_sane else _make_id()
        self.user_id: int | None = None
        # What is left of what the caller may do, to be told with the answer.
        self.bucket: Bucket | None = None


def _make_id() -> str:
    return f"{random.getrandbits(128):032x}"  # A name, and no secret.


def observe(request: ObservedRequest, response: Response) -> None:
    """Count and log a request that is answered."""
    seconds = time.perf_counter() - request.started
    route = request.url_rule.rule if request.url_rule else "unmatched"
    # Anybody can invent methods; each would be a series of its own for good.
    method = request.method if request.method in METHODS else "other"
    status = response.status_code
    _counter(method, route, status).inc()
    _histogram(method, route).observe(seconds)
    if route not in QUIET or status >= 400:  # noqa: PLR2004
        log.info(
            "request",
            request_id=request.request_id,
            method=request.method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            user_id=request.user_id,
            client=client_of(request.remote_addr or ""),
        )


def client_of(address: str) -> str:
    """What a log calls whoever sends from an address: always the same, and not it."""
    return _client(network_of(address))


@lru_cache(maxsize=4096)
def _client(network: str) -> str:
    return digest(derive_keys("clients in logs")[-1], network)[:16]


def _as_json(event: dict[str, Any], **_: Any) -> str:
    try:
        return to_json(event, fallback=repr).decode()
    except ValueError:  # Half a character, say: it is told all the same.
        return json.dumps(event, default=repr)


@cache
def _counter(method: str, route: str, status: int) -> Counter:
    return requests_total.labels(method, route, status)


@cache
def _histogram(method: str, route: str) -> Histogram:
    return request_seconds.labels(method, route)


def render_metrics() -> bytes:
    """The metrics of all worker processes together."""
    if MULTIPROCESS_FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # Its stub has no types.
    return generate_latest(registry)
