"""Reading a request into what a view takes, or saying what is wrong with it."""

import hashlib
import math
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from shopkeeper.utils import json_body
from shopkeeper.utils.body_readers import signed_in, strangers
from shopkeeper.utils.errors import (
    BodyTooLarge,
    BodyTooSlow,
    MalformedRequest,
    UnsupportedCoding,
    UnsupportedMediaType,
    ValidationFailed,
)
from shopkeeper.utils.fingerprint import Fingerprint
from shopkeeper.utils.in_flight import note_reading, peer_of
from shopkeeper.utils.network import network_of
from shopkeeper.utils.settings import get_settings
from shopkeeper.utils.tokens import Claims
from shopkeeper.web.errors import FileTooLarge
from shopkeeper.web.operation import Operation
from shopkeeper.web.schemas.base import Query

Options = TypeVar("Options", bound=Query)
Schema = TypeVar("Schema", bound=BaseModel)

LONGEST_KEY = 255
# An answer is not to be larger than what it answers.
MOST_FAULTS = 100
LONGEST_NAME = 200
SENTENCES = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this call",
    "model_type": "must be a JSON object",
}


@dataclass(frozen=True)
class Upload(Generic[Options]):
    """A multipart form: a file, and options in the fields beside it."""

    file: FileStorage
    options: Options


# What a view takes of a request, by the names of `web.operation`.
Inputs = dict[str, Any]


def receive(operation: Operation, request: Request, claims: Claims | None) -> bytes:
    """Take the whole body off the wire, before a transaction is begun.

    Those who show a good token have readers of their own.

    Raises:
        TooManyBodies: If no reader is free for this client.
        BodyTooSlow: If it does not come in time.
        UnsupportedCoding: If it is packed.
        MalformedRequest: If it ends early.
        BodyTooLarge, RequestEntityTooLarge: If it is larger than the operation takes.
    """
    coding = request.environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if coding not in {"", "identity"}:
        raise UnsupportedCoding(f"The body is sent as {coding[:40]}.")
    if operation.takes_upload:
        seconds = get_settings().upload_seconds
        with _reader(request, claims, seconds), _file_within_limit():
            _ = request.files  # Parsed now, and kept by the request.
    if operation.body is None and not operation.takes_message:
        return b""
    with _reader(request, claims, get_settings().body_seconds):
        data = request.get_data(cache=False)
    declared = request.content_length
    if declared is not None and len(data) < declared:
        raise MalformedRequest("The body ends before its declared length.")
    # A body without a declared length is cut off at the limit, silently.
    if declared is None and len(data) >= (request.max_content_length or math.inf):
        raise BodyTooLarge
    return data


def receive_form(
    request: Request, claims: Claims | None, *, has_file: bool = False
) -> None:
    """Take a whole form off the wire, as `receive` takes what is sent to operations.

    Raises:
        TooManyBodies: If no reader is free for this client.
        BodyTooSlow: If it does not come in time.
        FileTooLarge, RequestEntityTooLarge: If it is larger than it may be.
    """
    settings = get_settings()
    seconds = settings.upload_seconds if has_file else settings.body_seconds
    sent = request.content_length or 0
    is_of_file = has_file and sent > settings.import_max_bytes
    limit = _file_within_limit() if is_of_file else nullcontext()
    with _reader(request, claims, seconds), limit:
        _ = request.form  # Parsed now, with its files, and kept by the request.


@contextmanager
def _file_within_limit() -> Iterator[None]:
    try:
        yield
    except RequestEntityTooLarge as error:
        limit = get_settings().import_max_bytes
        raise FileTooLarge(
            f"The file is sent in more than {limit} bytes (IMPORT_MAX_BYTES).",
            limit=limit,
            setting="IMPORT_MAX_BYTES",
        ) from error


@contextmanager
def _reader(request: Request, claims: Claims | None, seconds: float) -> Iterator[None]:
    """A place to wait for a body; what is read of one that is late is not taken."""
    readers = strangers() if claims is None else signed_in()
    client = claims.user_id if claims else network_of(request.remote_addr or "")
    environ = request.environ
    with readers.place(client, peer_of(environ), seconds) as reading:
        note_reading(environ, reading)
        try:
            yield
        except Exception as error:
            if reading.is_late:
                raise BodyTooSlow from error
            raise
        finally:
            note_reading(environ, None)
        if reading.is_late:
            raise BodyTooSlow


def read_inputs(operation: Operation, request: Request, data: bytes) -> Inputs:
    """Read a received request into what the operation takes.

    Raises:
        MalformedRequest: If the body cannot be parsed.
        UnsupportedMediaType: If it is not of the media type it has to be.
        ValidationFailed: If a field is wrong; it names each such field.
    """
    inputs: Inputs = {}
    if operation.query is not None or request.query_string:
        inputs["query"] = _read_query(operation.query, request.args)
    if operation.body is not None:
        inputs["body"] = _read_body(operation.body, request, data)
    if operation.takes_message:
        inputs["message"] = data
    if operation.form is not None:
        inputs["upload"] = _read_upload(operation.form, request)
    return inputs


def make_fingerprint(
    request: Request, data: bytes, inputs: Mapping[str, Any]
) -> Fingerprint:
    """What tells this request from another: of all that it says."""
    said = (request.method, request.full_path, request.environ.get("HTTP_IF_MATCH"))
    digest = hashlib.sha256(repr(said).encode())
    digest.update(data)
    upload = inputs.get("upload")
    if upload is not None:
        # The boundary of a form differs from try to try, its content does not.
        digest.update(upload.options.model_dump_json().encode())
        digest.update((upload.file.filename or "").encode())
        upload.file.stream.seek(0)  # A try before this one may have read it.
        digest.update(hashlib.file_digest(upload.file.stream, "sha256").digest())
        upload.file.stream.seek(0)
    return Fingerprint(digest.digest())


def _read_query(
    schema: type[Query] | None, arguments: "MultiDict[str, str]"
) -> Query | None:
    values = _once_each(arguments)
    if schema is None:
        return _validate(Query, values, "parameter") and None
    return _validate(schema, values, "parameter")


def _read_body(schema: type[Schema], request: Request, data: bytes) -> Schema:
    if not data and not schema_needs_a_body(schema):
        return _validate(schema, {}, "pointer")
    if request.mimetype != "application/json":
        raise UnsupportedMediaType(
            "The body has to be application/json"
            f" (Content-Type is {request.mimetype or 'missing'})."
        )
    # A byte order mark is not to be sent, and may be ignored (RFC 8259, section 8.1).
    return _validate(schema, json_body.parse(data.removeprefix(BOM_UTF8)), "pointer")


def schema_needs_a_body(schema: type[BaseModel]) -> bool:
    """Whether an empty body would lack something."""
    return any(field.is_required() for field in schema.model_fields.values())


def _read_upload(schema: type[Options], request: Request) -> Upload[Options]:
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType(
            "The body has to be multipart/form-data with the file in the field 'file'"
            f" (Content-Type is {request.mimetype or 'missing'})."
        )
    files = request.files.getlist("file")
    if len(files) != 1 or len(request.files) != 1:
        message = "send exactly one file, in the field 'file'"
        if "file" in request.form and not files:
            message = (
                "the part 'file' has no file name: send it as"
                ' Content-Disposition: form-data; name="file"; filename="products.csv"'
            )
        raise ValidationFailed([{"parameter": "file", "message": message}])
    options = _validate(schema, _once_each(request.form), "parameter")
    return Upload(files[0], options)


def _once_each(arguments: "MultiDict[str, str]") -> dict[str, str]:
    twice = [name for name, values in arguments.lists() if len(values) > 1]
    if twice:
        raise ValidationFailed(
            [
                {"parameter": name, "message": "is given more than once"}
                for name in twice
            ]
        )
    return dict(arguments.items())


def _validate(schema: type[Schema], values: Any, place: str) -> Schema:
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        raise ValidationFailed(_describe(error, place)) from None


def _describe(error: ValidationError, place: str) -> list[dict[str, str]]:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        {place: _locate(fault["loc"], place), "message": _sentence(fault)}
        for fault in faults[:MOST_FAULTS]
    ]


def _locate(location: tuple[int | str, ...], place: str) -> str:
    if place == "parameter":
        return str(location[0])[:LONGEST_NAME] if location else ""
    # RFC 6901, section 3: these two characters are escaped.
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in location)
    pointer = "".join("/" + part[:LONGEST_NAME] for part in parts)
    return pointer.encode("utf-8", "replace").decode()


def _sentence(fault: Any) -> str:
    message = SENTENCES.get(fault["type"]) or fault["msg"]
    message = message.removeprefix("Value error, ").removeprefix("Input ")
    return message.encode("utf-8", "replace").decode()


def read_idempotency_key(operation: Operation, request: Request) -> str | None:
    """The key of the request, if it is a write that takes one.

    Raises:
        ValidationFailed: If it has not 1 to 255 printable characters.
    """
    key: str | None = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is None or not operation.is_idempotent_by_key:
        return None
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        message = f"must have 1 to {LONGEST_KEY} characters that can be printed"
        raise ValidationFailed([{"parameter": "Idempotency-Key", "message": message}])
    return key
