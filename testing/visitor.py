"""Somebody at the console, whose browser runs no script: links, forms and a cookie."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from testing.world import PASSWORD
from werkzeug.test import TestResponse

FROM_HERE = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Form:
    """A form of a page, filled in as the page has it."""

    action: str
    method: str
    id: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    choices: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.open: Form | None = None
        self.select: tuple[Form, str] | None = None
        self.text: tuple[Form, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Form(
                told.get("action", ""), told.get("method", "get"), told.get("id")
            )
            self.forms.append(self.open)
            if self.open.id:
                self.by_id[self.open.id] = self.open
        elif tag in {"input", "select", "textarea"} and "name" in told:
            form = self.by_id.get(told.get("form", ""), self.open)
            if form is not None:
                self._field(tag, told, form)
        elif tag == "option" and self.select is not None:
            form, name = self.select
            if "selected" in told or name not in form.values:
                form.values[name] = told.get("value", "")

    def _field(self, tag: str, told: Mapping[str, str], form: Form) -> None:
        name, kind = told["name"], told.get("type", "text")
        if tag == "select":
            self.select = (form, name)
        elif tag == "textarea":
            form.values[name] = ""
            self.text = (form, name)
        elif kind == "checkbox":
            form.choices.add(told.get("value", "on"))
            if "checked" in told:
                form.values[name] = told.get("value", "on")
        elif kind != "file":
            form.values[name] = told.get("value", "")

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            form, name = self.text
            form.values[name] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.text = None


class Visitor:
    """A browser without scripts, in which somebody looks at the console."""

    def __init__(self, app: Flask, language: str = "en") -> None:
        self._client = app.test_client()
        self.language = language

    def sign_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        answer = self.send("/console/sign-in", email=email, password=password)
        assert answer.status_code == 303, answer.text
        return answer

    def visit(self, path: str, **headers: str) -> TestResponse:
        told = {"Accept-Language": self.language, **headers}
        return self._client.get(f"/console{path}", headers=told)

    def send(
        self, where: str, headers: Mapping[str, str] = FROM_HERE, **values: Any
    ) -> TestResponse:
        told = {"Accept-Language": self.language, **headers}
        return self._client.post(where, data=values, headers=told)

    def submit(self, page: TestResponse, action: str, **typed: Any) -> TestResponse:
        """Send a form of a page as it stands there, but for what is typed."""
        form = form_of(page, action)
        unknown = typed.keys() - form.values.keys() - {"id", "file", "restock"}
        assert not unknown, f"the form has no {unknown}"
        return self.send(action, **{**form.values, **typed})

    def follow(self, answer: TestResponse) -> TestResponse:
        assert answer.status_code == 303, answer.text
        return self._client.get(
            answer.location, headers={"Accept-Language": self.language}
        )

    def cookie(self, name: str) -> str | None:
        found = self._client.get_cookie(name, path="/console")
        return found.value if found is not None else None


def forms_of(page: TestResponse) -> list[Form]:
    parser = _Forms()
    parser.feed(page.text)
    return parser.forms


def form_of(page: TestResponse, action: str) -> Form:
    """The form of a page that is sent there."""
    found = [form for form in forms_of(page) if form.action == action]
    assert found, (action, [form.action for form in forms_of(page)])
    return found[0]
