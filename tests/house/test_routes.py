"""Every route: guarded or on a short public list, documented, and thin."""

import ast
import inspect
import re
import textwrap
import uuid
from typing import Any

import pytest
from testing.world import Client

from shopkeeper.web.application import Shop
from shopkeeper.web.openapi.document import build_document, list_operations
from shopkeeper.web.operation import Access, Operation

OPEN = {
    "POST /payments/stripe/webhook",
    "GET /",
    "GET /docs",
    "GET /docs/assets/<name>",
    "GET /docs/errors",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "GET /openapi.json",
    "POST /users/add",
    "POST /users/first-admin",
    "POST /users/login",
    "POST /users/reset",
}
PUBLIC = {
    "GET /categories",
    "GET /categories/products",
    "GET /products",
    "GET /products/<id:product_id>",
    "GET /products/by-slug/<slug>",
    "GET /variants/<id:variant_id>",
}
# What holds something, or sets something, for more than one statement.
IN_TRANSACTIONS = {
    "GET /orders/export",
    "GET /imports/<id:import_id>/errors",
    "GET /products/export",
    *(
        f"GET /statistics/{name}"
        for name in (
            "profit",
            "product-sales",
            "category-product-sales",
            "sales-over-time",
            "countries",
            "inventory",
            "products/<id:product_id>",
        )
    ),
}
# The paths that clients rely on for good.
FOR_GOOD = {
    "POST /users/add",
    "POST /users/login",
    "POST /users/refresh",
    "POST /users/logout",
    "PUT /users/update",
    "DELETE /users/delete",
    "GET /products",
    "POST /products/add",
    "PUT /products/update",
    "DELETE /products/remove",
    "POST /products/bulk-import",
    "GET /categories",
    "GET /categories/products",
    "PUT /categories/update",
    "DELETE /categories/delete",
    "POST /orders/create",
    "GET /orders/user",
    "POST /orders/execute",
    "PUT /orders/update",
    "DELETE /orders/delete",
    "GET /statistics/profit",
    "GET /statistics/product-sales",
    "GET /statistics/category-product-sales",
}


def named(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def test_every_route_is_an_operation_or_a_page(shared_app: Shop) -> None:
    declared = {operation.name for operation in list_operations(shared_app)}

    for rule in shared_app.url_map.iter_rules():
        view = shared_app.view_functions[rule.endpoint]
        is_operation = hasattr(view, "operation")
        assert not is_operation or rule.endpoint.rpartition(".")[2] in declared, rule
        is_page = rule.endpoint.startswith(("console.", "console_assets."))
        assert is_page is (rule.rule.split("/")[1] == "console"), rule
        assert is_operation is not is_page, rule


def test_what_is_open_is_on_a_short_list(shared_app: Shop) -> None:
    operations = list_operations(shared_app)

    assert {named(o) for o in operations if o.access is Access.OPEN} == OPEN
    assert {named(o) for o in operations if o.access is Access.PUBLIC} == PUBLIC


def test_only_what_needs_one_reads_in_a_transaction(shared_app: Shop) -> None:
    reading = [o for o in list_operations(shared_app) if o.method == "GET"]

    assert {named(o) for o in reading if not o.only_reads} == IN_TRANSACTIONS


def test_the_paths_of_the_contract_are_all_there(shared_app: Shop) -> None:
    assert {named(o) for o in list_operations(shared_app)} >= FOR_GOOD


def test_without_a_token_nothing_else_opens(shared_app: Shop, client: Client) -> None:
    guarded = [
        operation
        for operation in list_operations(shared_app)
        if named(operation) not in OPEN | PUBLIC
    ]
    assert len(guarded) > 20
    for operation in guarded:
        path = re.sub(r"<uuid:.*?>", str(uuid.uuid4()), operation.path)
        path = re.sub(r"<.*?>", "1", path)

        answer = client.open(path, method=operation.method)

        assert answer.status_code == 401, named(operation)
        assert answer.json["code"] == "token_missing"


def test_views_are_thin(shared_app: Shop) -> None:
    for operation in list_operations(shared_app):
        tree = ast.parse(textwrap.dedent(inspect.getsource(operation.view)))
        function = tree.body[0]
        assert isinstance(function, ast.FunctionDef)
        assert len(function.body) <= 6, operation.name
        for node in ast.walk(function):
            assert not isinstance(node, ast.Try), operation.name


@pytest.fixture
def document(shared_app: Shop) -> dict[str, Any]:
    with shared_app.app_context():
        return build_document(shared_app)


def test_every_operation_is_documented(
    shared_app: Shop, document: dict[str, Any]
) -> None:
    assert document["openapi"] == "3.1.0"
    for operation in list_operations(shared_app):
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", operation.path)
        described = document["paths"][path][operation.method.lower()]
        assert described["summary"], path
        assert str(operation.status) in described["responses"]
        for error in operation.errors:
            answer = described["responses"][str(error.status)]
            examples = answer["content"]["application/problem+json"]["examples"]
            assert error.code in examples
        if operation.access.role:
            assert described["security"] == [{"access_token": []}]


def test_every_reference_in_the_document_leads_somewhere(
    document: dict[str, Any],
) -> None:
    def references(node: Any) -> Any:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    found = set(references(document))
    assert len(found) > 10
    for reference in found:
        _, _, kind, name = reference.split("/")
        assert name in document["components"][kind], reference


def test_bounds_are_written_as_json_schema_knows_them(
    document: dict[str, Any],
) -> None:
    def keys(node: Any) -> Any:
        if isinstance(node, dict):
            yield from node
            for value in node.values():
                yield from keys(value)
        elif isinstance(node, list):
            for value in node:
                yield from keys(value)

    assert not set(keys(document)) & {"ge", "gt", "le", "lt"}
    line = document["components"]["schemas"]["OrderLine"]["properties"]["quantity"]
    assert (line["minimum"], line["maximum"]) == (1, 1_000_000)


def test_writes_under_a_token_take_a_key(
    shared_app: Shop, document: dict[str, Any]
) -> None:
    for operation in list_operations(shared_app):
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", operation.path)
        parameters = document["paths"][path][operation.method.lower()]["parameters"]
        shared = {parameter.get("$ref") for parameter in parameters}
        # Refreshing has a grace of its own.
        under_token = operation.access not in {Access.OPEN, Access.REFRESH}
        writes = operation.method != "GET" and under_token
        key = "#/components/parameters/IdempotencyKey"
        assert (key in shared) is writes, named(operation)
