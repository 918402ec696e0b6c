"""Request ids, one log line and two metrics for each request."""

import logging
import os
import re
import sys
import time
import uuid
from functools import cache

import structlog
from flask import Flask, Response, g, request
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

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
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level]
        ),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=for_good,
    )


def observe_requests(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    g.started = time.perf_counter()
    offered = request.headers.get("X-Request-ID", "")
    sane = SANE_REQUEST_ID.fullmatch(offered)
    g.request_id = offered if sane else uuid.uuid4().hex
    g.user_id = None


def _finish(response: Response) -> Response:
    seconds = time.perf_counter() - g.started
    route = request.url_rule.rule if request.url_rule else "unmatched"
    # Anybody can invent methods; each would be a series of its own for good.
    method = request.method if request.method in METHODS else "other"
    _counter(method, route, response.status_code).inc()
    _histogram(method, route).observe(seconds)
    response.headers["X-Request-ID"] = g.request_id
    if route not in QUIET or response.status_code >= 400:  # noqa: PLR2004
        log.info(
            "request",
            request_id=g.request_id,
            method=request.method,
            route=route,
            status=response.status_code,
            ms=round(seconds * 1000, 2),
            user_id=g.user_id,
        )
    return response


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
