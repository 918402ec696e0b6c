"""The API as the console calls it: its operations, in this process.

A call goes the way that one over HTTP goes, from finding out who calls to the one
place that commits, so that the console can do what the API can, and no more.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

from flask import current_app
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from shopkeeper.utils.errors import TokenMissing
from shopkeeper.utils.observability import ObservedRequest
from shopkeeper.utils.tokens import Claims
from shopkeeper.web.application import Shop
from shopkeeper.web.calls import Call
from shopkeeper.web.operation import Access, Operation
from shopkeeper.web.problems import make_answer, problem_of
from shopkeeper.web.service.idempotency import Answer

REFUSED = 400
ANYBODYS = {Access.OPEN, Access.PUBLIC}
MULTIPART = "multipart/form-data"


class Refused(Exception):  # It is what the API says, and a page shows it.
    """An operation was refused, or has failed: `problem` is as of RFC 9457."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.problem: dict[str, Any] = json.loads(answer.body)
        # Seconds after which to try again, if that may help.
        told = answer.headers.get("Retry-After")
        self.retry_after = int(told) if told is not None and told.isdigit() else None

    @property
    def status(self) -> int:
        return self._answer.status


@dataclass(frozen=True)
class Sheet:
    """A file that is passed on, with the options in the fields beside it."""

    file: FileStorage
    options: Mapping[str, str]


@dataclass(frozen=True)
class Wanted:
    """What is asked of the API, as a request over HTTP would ask it."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    sheet: Sheet | None = None
    # What makes that it is done once, and of which version it is thought.
    key: str | None = None
    tag: str | None = None

    def environ(self, request: ObservedRequest, data: bytes) -> dict[str, Any]:
        """As WSGI has a request, from where the console's own came."""
        given = {
            name: str(value)
            for name, value in self.query.items()
            if value is not None and value != ""
        }
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path,
            "QUERY_STRING": urlencode(given),
            "SERVER_NAME": "console",
            "SERVER_PORT": "0",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": request.remote_addr or "",
            "CONTENT_TYPE": MULTIPART if self.sheet else "application/json",
            "CONTENT_LENGTH": str(len(data)),
            "wsgi.url_scheme": request.scheme,
            "wsgi.input": io.BytesIO(data),
        }
        if self.key:
            environ["HTTP_IDEMPOTENCY_KEY"] = self.key
        if self.tag:
            environ["HTTP_IF_MATCH"] = f'"{self.tag}"'
        return environ


class ShopApi:
    """The API under one login, or under none."""

    def __init__(self, request: ObservedRequest, claims: Claims | None) -> None:
        self._request = request
        self._claims = claims

    def get(self, path: str, **query: Any) -> Any:
        """What an address shows.

        Raises:
            Refused: If it does not.
        """
        return self.ask(Wanted("GET", path, query))[0]

    def get_tagged(self, path: str) -> tuple[Any, str]:
        """What an address shows, and the entity tag that it has.

        Raises:
            Refused: If it shows nothing.
        """
        return self.ask(Wanted("GET", path))

    def ask(self, wanted: Wanted) -> tuple[Any, str]:
        """What an operation answers, with its entity tag.

        Raises:
            Refused: If it is refused.
        """
        answer = self.answer(wanted)
        tag = answer.headers.get("ETag", "").removeprefix("W/").strip('"')
        return json.loads(answer.body) if answer.body else None, tag

    def answer(self, wanted: Wanted) -> Answer:
        """The answer of an operation as it would be sent.

        Raises:
            Refused: If it is refused.
        """
        shop = cast("Shop", current_app)
        data = json.dumps(wanted.body).encode() if wanted.body is not None else b""
        inner = shop.request_class(wanted.environ(self._request, data))
        inner.request_id = self._request.request_id
        if wanted.sheet is not None:
            vars(inner)["files"] = MultiDict({"file": wanted.sheet.file})
            vars(inner)["form"] = MultiDict(wanted.sheet.options)
        try:
            operation = self._match(shop, inner)
            answer = shop.perform(Call(operation, inner, self._claims, data))
        except Exception as error:  # noqa: BLE001  # Each has its answer, as over HTTP.
            answer = make_answer(problem_of(error))
        self._request.user_id = inner.user_id or self._request.user_id
        if answer.status >= REFUSED:
            raise Refused(answer)
        return answer

    def _match(self, shop: Shop, inner: ObservedRequest) -> Operation:
        """The operation that is asked for, if whoever asks may ask it.

        Raises:
            ProblemError: If there is none there, or if it takes a login.
        """
        adapter = cast("MapAdapter", shop.create_url_adapter(inner))
        try:
            rule, variables = adapter.match(return_rule=True)
        except HTTPException as error:
            raise problem_of(error) from error
        inner.url_rule, inner.view_args = rule, dict(variables)
        operation: Operation = vars(shop.view_functions[rule.endpoint])["operation"]
        if self._claims is None and operation.access not in ANYBODYS:
            raise TokenMissing
        return operation
