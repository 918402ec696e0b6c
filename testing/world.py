"""A shop to tell tests about: people, products and orders, each minimal and valid."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from shopkeeper.models import Role, User
from shopkeeper.payments.gateways.choice import Gateways
from shopkeeper.payments.processor import PaymentProcessor
from shopkeeper.web.application import Shop

PASSWORD = "gusty-lantern-orchid"
_numbers = itertools.count(1)


def gateways_of(app: Flask) -> Gateways:
    """The payment providers that an application asks."""
    processor: PaymentProcessor = cast("Shop", app).dispatcher.provided["processor"]
    return processor.gateways


class Client:
    """Flask's test client, whose answers are JSON more often than not."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()

    def open(self, path: str, **options: Any) -> Any:
        return self._client.open(path, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self.open(path, method="GET", **options)

    def post(self, path: str, **options: Any) -> Any:
        return self.open(path, method="POST", **options)

    def put(self, path: str, **options: Any) -> Any:
        return self.open(path, method="PUT", **options)

    def delete(self, path: str, **options: Any) -> Any:
        return self.open(path, method="DELETE", **options)


@dataclass
class Person:
    """Somebody with an account, logged in."""

    client: Client
    id: int
    email: str
    access_token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}

    def get(self, path: str, **options: Any) -> Any:
        return self._send("GET", path, options)

    def post(self, path: str, **options: Any) -> Any:
        return self._send("POST", path, options)

    def put(self, path: str, **options: Any) -> Any:
        return self._send("PUT", path, options)

    def delete(self, path: str, **options: Any) -> Any:
        return self._send("DELETE", path, options)

    def _send(self, method: str, path: str, options: dict[str, Any]) -> Any:
        headers = self.headers | options.pop("headers", {})
        return self.client.open(path, method=method, headers=headers, **options)


class World:
    """Makes what a test needs, over HTTP where that is how it comes to be."""

    def __init__(self, client: Client, session: Session) -> None:
        self.client = client
        self.session = session
        self._manager: Person | None = None

    def person(self, role: Role = Role.CUSTOMER) -> Person:
        email = f"person-{next(_numbers)}@example.com"
        body = {"email": email, "password": PASSWORD, "full_name": "Ada Lovelace"}
        created = self.client.post("/users/add", json=body)
        assert created.status_code == 201, created.text
        if role is not Role.CUSTOMER:
            self.session.execute(
                update(User).where(User.id == created.json["id"]).values(role=role)
            )
            self.session.commit()
        return self.log_in(email)

    def log_in(self, email: str, password: str = PASSWORD) -> Person:
        body = {"email": email, "password": password}
        answer = self.client.post("/users/login", json=body)
        assert answer.status_code == 200, answer.text
        return Person(
            client=self.client,
            id=answer.json["user"]["id"],
            email=email,
            access_token=answer.json["access_token"],
            refresh_token=answer.json["refresh_token"],
        )

    @property
    def manager(self) -> Person:
        if self._manager is None:
            self._manager = self.person(Role.MANAGER)
        return self._manager

    def category(self, name: str | None = None) -> dict[str, Any]:
        name = name or f"Category {next(_numbers)}"
        answer = self.manager.post("/categories/add", json={"name": name})
        assert answer.status_code == 201, answer.text
        return dict(answer.json)

    def product(self, **fields: Any) -> dict[str, Any]:
        if "category" not in fields:
            fields["category"] = self.category()["name"]
        body = {
            "name": f"Product {next(_numbers)}",
            "quantity": 10,
            "price": "4.99",
            **fields,
        }
        answer = self.manager.post("/products/add", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json)

    def order(
        self, person: Person, lines: Iterable[tuple[dict[str, Any], int]]
    ) -> dict[str, Any]:
        items = [{"product_id": product["id"], "quantity": n} for product, n in lines]
        body = {"location": "Ireland", "items": items}
        answer = person.post("/orders/create", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json)

    def executed_order(
        self, person: Person, lines: Iterable[tuple[dict[str, Any], int]]
    ) -> dict[str, Any]:
        order = self.order(person, lines)
        answer = person.post("/orders/execute", json={"id": order["id"]})
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def stock(self, product: dict[str, Any]) -> int:
        return int(self.client.get(f"/products/{product['id']}").json["quantity"])


def problem(answer: Any) -> tuple[int, str]:
    """Status and code of a problem, insisting that it is one."""
    assert answer.content_type == "application/problem+json", answer.text
    body = answer.json
    assert body["status"] == answer.status_code
    assert {"type", "title", "detail", "request_id"} <= body.keys()
    return answer.status_code, body["code"]


def pointers(answer: Any) -> list[str]:
    """Which fields a validation problem names."""
    return [
        error.get("pointer") or error.get("parameter")
        for error in answer.json["errors"]
    ]
