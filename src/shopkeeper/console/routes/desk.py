"""What a page works with: who is there, what they ask and type, and the API."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from flask import Response, redirect

from shopkeeper.console.routes.assets import asset_address
from shopkeeper.console.routes.languages import (
    LANGUAGES,
    Formats,
    choose_language,
    environment,
)
from shopkeeper.console.routes.session import PATH
from shopkeeper.console.routes.shop_api import Refused, Sheet, ShopApi, Wanted
from shopkeeper.utils.observability import ObservedRequest
from shopkeeper.utils.settings import get_settings
from shopkeeper.utils.tokens import Claims
from shopkeeper.web.inputs import receive_form

# Nothing but what is ours is loaded, run, sent to or framed.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
FAILURE, UNDER_WAY = 500, "idempotency_in_flight"
SEE_OTHER = 303
# What forms carry beside what is typed into them: the key under which it is done
# once, and the version that was looked at.
KEY, TAG = "_key", "_tag"
# The page that a form stands on.
THERE = "_there"


@dataclass(frozen=True)
class Person:
    """Who is at the desk."""

    id: int
    name: str
    role: str

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


class Desk:
    """What a page works with: who is there, what they ask, and the API under them."""

    def __init__(self, asked: ObservedRequest, claims: Claims | None) -> None:
        self.request = asked
        self.claims = claims
        self.api = ShopApi(asked, claims)
        self.person: Person | None = None
        self.has_received = False
        self.calls: Sequence[str] = ()
        # Of what was tried and refused: what is shown above the form.
        self.refused: Refused | None = None

    @cached_property
    def language(self) -> str:
        return choose_language(self.request, self.request.cookies.get("language"))

    def receive(self, *, has_file: bool = False) -> None:
        """Take what was typed, as one who may take a while.

        Raises:
            ProblemError, RequestEntityTooLarge: If it cannot be had.
        """
        receive_form(self.request, self.claims, has_file=has_file)
        self.has_received = True

    @property
    def form(self) -> Mapping[str, str]:
        """What was typed; nothing before it is received: to look is to wait for it."""
        return self.request.form if self.has_received else {}

    def every(self, name: str) -> list[str]:
        """All that was typed under a name."""
        return self.request.form.getlist(name) if self.has_received else []

    @cached_property
    def place(self) -> tuple[str, Mapping[str, str]]:
        """The page that is looked at, and how it was asked for: a form tells it."""
        path, _, query = self.form.get(THERE, "").partition("?")
        if path.startswith(f"{PATH}/"):
            return path, dict(parse_qsl(query))
        return self.request.path, self.request.args

    def asked(self, name: str, default: str = "") -> str:
        """A value of the query string."""
        return self.place[1].get(name, default).strip()

    def typed(self, name: str) -> str:
        """A line or lines that were typed, however a browser ends them."""
        return self.form.get(name, "").replace("\r\n", "\n").strip()

    def typed_or(self, name: str, value: object, action: str = "") -> str:
        """What a field of a form shows: what was typed, or else what there is.

        What somebody has left as it was is shown as it is now: saved once more, it
        would undo what another has changed.
        """
        typed, was = self.form.get(name), self.form.get(f"was-{name}")
        is_of_another = action and not self.was_sent(action)
        if is_of_another or typed is None or typed == was:
            return "" if value is None else str(value)
        return typed

    def enter(self) -> None:
        """Find out who is there.

        Raises:
            Refused: If their login is over.
        """
        me = self.api.get("/users/me")
        self.person = Person(me["id"], me["full_name"], me["role"])

    def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        sheet: Sheet | None = None,
        tag: str | None = None,
    ) -> Any:
        """Have an operation done, once for each form that was shown.

        Args:
            method: Of the operation.
            path: Of the operation.
            body: What it takes.
            query: What it takes in its address.
            sheet: A file that it takes.
            tag: Of the version that is meant, where it is not the form's.

        Raises:
            Refused: If it is refused.
            LookupError: If the form's action does not name it.
        """
        if not any(_fits(call, method, path) for call in self.calls):
            raise LookupError(f"{method} {path} is not what this form does")
        wanted = Wanted(
            method,
            path,
            query=query or {},
            body=body,
            sheet=sheet,
            key=" ".join(filter(None, [self.typed(KEY), tag])) or None,
            tag=tag or self.typed(TAG) or None,
        )
        return self.api.ask(wanted)[0]

    def page(self, template: str, status: int = 200, **told: Any) -> Response:
        """A page, of a template and what it tells."""
        refused = self.refused
        if refused is not None:
            status = refused.status
        shown = environment(self.language).get_template(template)
        text = shown.render(
            desk=self,
            person=self.person,
            shop=get_settings().shop_name,
            language=self.language,
            languages=LANGUAGES,
            theme=self.request.cookies.get("theme", "auto"),
            shortcuts=self.request.cookies.get("shortcuts", "on"),
            asset=asset_address,
            here=self.request.path,
            problem=refused.problem if refused else None,
            retry_after=refused.retry_after if refused else None,
            form=self.form,
            typed_or=self.typed_or,
            notice=NOTICES.get(self.asked("done")),
            formats=Formats(self.language),
            **told,
        )
        return as_page(text, status)

    def done(self, path: str, notice: str = "", /, **query: Any) -> Response:
        """Go on to another page, which says what was done."""
        told = {"done": notice, **query} if notice else query
        address = PATH + path + (f"?{urlencode(told)}" if told else "")
        return cast("Response", redirect(address, SEE_OTHER))

    def done_there(self, otherwise: str, notice: str) -> Response:
        """Go back to the page that the form stood on, as it was asked for."""
        path, asked = self.place
        if path != PATH + otherwise:
            return self.done(otherwise, notice)
        kept = {name: value for name, value in asked.items() if name != "done"}
        return self.done(otherwise, notice, **kept)

    def key(self, action: str) -> str:
        """The key of a form: the same again if nobody knows what became of it."""
        refused = self.refused
        if refused is not None and action == self.request.path:
            is_unknown = (
                refused.status >= FAILURE or refused.problem["code"] == UNDER_WAY
            )
            if is_unknown and self.typed(KEY):
                return self.typed(KEY)
        return str(uuid.uuid4())

    def was_sent(self, action: str) -> bool:
        """Whether it is this form that comes back with what was typed."""
        return self.has_received and self.request.path == action

    def address(self, **changes: Any) -> str:
        """This page, asked for with something else; None takes a value away."""
        path, asked = self.place
        told = {**{k: v for k, v in asked.items() if k != "done"}, **changes}
        kept = {name: value for name, value in told.items() if value}
        return path + (f"?{urlencode(kept)}" if kept else "")


NOTICES: dict[str, str] = {}


def notices(**texts: str) -> None:
    """Name what pages say once something is done; an address carries the name."""
    NOTICES.update(texts)


def _fits(call: str, method: str, path: str) -> bool:
    """Whether an operation, as it is declared, is what is called."""
    declared, _, rule = call.partition(" ")
    parts, told = rule.split("/"), path.split("/")
    return (
        declared == method
        and len(parts) == len(told)
        and all(
            rule_part.startswith("<") or rule_part == part
            for rule_part, part in zip(parts, told, strict=True)
        )
    )


def as_page(text: str, status: int = 200) -> Response:
    response = Response(text, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Vary"] = "Cookie, Accept-Language"
    # Without it, older browsers would not tell where a form comes from.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
