"""The OpenAPI document, as those read it who generate clients from it."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

import shopkeeper
from shopkeeper.utils.errors import RetryLaterError
from shopkeeper.web.application import Shop
from shopkeeper.web.openapi.document import build_document
from shopkeeper.web.openapi.problems import MEMBERS, list_errors
from shopkeeper.web.schemas.fields.money import amount_pattern

SOURCES = Path(shopkeeper.__file__).parent


@pytest.fixture(scope="module")
def document(shared_app: Shop) -> Any:
    with shared_app.app_context():
        return build_document(shared_app)


def operations(document: Any) -> Iterator[tuple[str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def contents(document: Any) -> Iterator[tuple[str, str, Any]]:
    """Every body of a request or an answer: where, of which type, and what of it."""
    for where, operation in operations(document):
        bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for what, body in bodies.items():
            for media_type, content in body.get("content", {}).items():
                yield f"{where} {what}", media_type, content


def is_valid(document: Any, schema: Any, value: Any) -> bool:
    return validator(document, schema).is_valid(value)


def validator(document: Any, schema: Any) -> jsonschema_rs.Draft202012Validator:
    whole = {**schema, "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(whole)


def test_every_body_has_an_example_that_is_valid(document: Any) -> None:
    examples = document["components"]["examples"]
    for where, media_type, content in contents(document):
        if content["schema"].get("format") == "binary":
            continue
        shown = [content["example"]] if "example" in content else []
        referred = [each["$ref"] for each in content.get("examples", {}).values()]
        shown += [examples[name.rpartition("/")[2]]["value"] for name in referred]
        assert shown, (where, media_type)
        for example in shown:
            assert is_valid(document, content["schema"], example), (where, example)


def test_nothing_is_left_undescribed_that_a_reader_meets(document: Any) -> None:
    components = document["components"]
    for where, operation in operations(document):
        assert operation["description"].strip(), where
        assert operation["description"] == operation["description"].strip()
        for parameter in operation["parameters"]:
            if "$ref" in parameter:
                name = parameter["$ref"].rpartition("/")[2]
                assert components["parameters"][name]["description"]
            else:
                assert parameter["description"].strip(), (where, parameter["name"])
    assert all(tag["description"] for tag in document["tags"])
    assert '"description": ""' not in json.dumps(document)


def test_amounts_are_those_that_are_taken(document: Any) -> None:
    schema = document["components"]["schemas"]["ProductCreate"]["properties"]["price"]
    price = validator(document, schema)
    for cents in range(1, 10_001):
        assert price.is_valid(f"{cents / 100:.2f}"), cents
        assert price.is_valid(cents / 100), cents
    for taken in ("0.50", "00.50", "007", "5.100", "9999999999.99", 9999999999.99):
        assert price.is_valid(taken), taken
    for refused in ("0", "0.00", "5.123", "-1", "1e3", "12345678901", "1.", 0, -1):
        assert not price.is_valid(refused), refused
    assert "multipleOf" not in json.dumps(document)


@pytest.mark.parametrize("digits", [0, 2, 3, 4])
def test_patterns_of_amounts_fit_every_currency(digits: int) -> None:
    pattern = jsonschema_rs.Draft202012Validator(
        {"type": "string", "pattern": amount_pattern(digits, above_zero=True)}
    )
    smallest = "0." + "1".rjust(digits, "0") if digits else "1"
    too_small = "0." + "1".rjust(digits + 1, "0")

    assert pattern.is_valid(smallest)
    assert pattern.is_valid("10")
    assert not pattern.is_valid(too_small)
    assert not pattern.is_valid("0")


def test_fields_of_requests_need_not_be_sent_for_a_default(document: Any) -> None:
    for where, _, content in contents(document):
        if " request" in where:
            name = content["schema"].get("$ref", "").rpartition("/")[2]
            schema = document["components"]["schemas"].get(name, content["schema"])
            assert '"default"' not in json.dumps(schema), where


def test_the_richer_alternative_comes_first_and_once(document: Any) -> None:
    for where, _, content in contents(document):
        kinds = [kind.get("$ref") for kind in content["schema"].get("anyOf", [])]
        assert len(kinds) == len(set(kinds)), where
        names = [kind.rpartition("/")[2] for kind in kinds if kind]
        assert names == sorted(names, key=lambda n: not n.startswith("Managed")), where


def test_values_that_are_chosen_from_have_names(document: Any) -> None:
    for where, operation in operations(document):
        for parameter in operation["parameters"]:
            assert "enum" not in parameter.get("schema", {}), (where, parameter)


def test_whole_numbers_say_their_size(document: Any) -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "integer":
                assert node["format"] in {"int32", "int64"}, node
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(document["components"]["schemas"])
    walk(document["paths"])


def test_a_key_is_whatever_the_client_calls_it(document: Any) -> None:
    key = document["components"]["parameters"]["IdempotencyKey"]["schema"]

    assert "format" not in key
    assert is_valid(document, key, "ada-1")
    assert is_valid(document, key, "x" * 255)
    assert not is_valid(document, key, "x" * 256)
    assert not is_valid(document, key, "")


def test_what_is_always_there_is_required(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        if "currency" in schema.get("properties", {}):
            assert "currency" in schema["required"], name


def test_every_code_is_told(document: Any) -> None:
    codes = document["components"]["schemas"]["ProblemCode"]["enum"]

    assert codes == sorted({error.code for error in list_errors()})
    assert {"insufficient_stock", "head_too_large", "internal_error"} <= set(codes)


def test_every_member_of_a_problem_is_told(document: Any) -> None:
    """Whatever is given to an error by name is a member of its problem."""
    names = {error.__name__ for error in list_errors()} | {"RateLimited"}
    given: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in names:
                given |= {word.arg for word in node.keywords if word.arg}
    members = given - {"seconds", "errors"}

    assert members <= set(MEMBERS), members - set(MEMBERS)
    properties = document["components"]["schemas"]["Problem"]["properties"]
    assert members <= set(properties)


def test_header_fields_are_told_wherever_they_are_sent(document: Any) -> None:
    retried = {e.code for e in list_errors() if issubclass(e, RetryLaterError)}
    for where, operation in operations(document):
        for status, answer in operation["responses"].items():
            headers = answer["headers"]
            assert "X-Request-ID" in headers, (where, status)
            codes = answer.get("content", {}).get("application/problem+json", {})
            if set(codes.get("examples", {})) & retried:
                assert "Retry-After" in headers, (where, status)
            assert ("WWW-Authenticate" in headers) == (status == "401")
            assert all("$ref" in header for header in headers.values())
    sales = document["paths"]["/statistics/product-sales"]["get"]["responses"]["200"]
    assert {"Link", "Content-Disposition"} <= set(sales["headers"])
    made = document["paths"]["/orders/create"]["post"]["responses"]["201"]
    assert {"Location", "ETag", "RateLimit", "RateLimit-Policy"} <= set(made["headers"])


def test_what_to_do_next_is_there(document: Any) -> None:
    known = {operation["operationId"] for _, operation in operations(document)}
    found = 0
    for where, operation in operations(document):
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                assert link["operationId"] in known, where
                found += 1
    assert found >= 10
