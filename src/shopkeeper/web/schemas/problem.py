from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class FieldError(BaseModel):
    """One fault of a request: where it is, and what it is."""

    pointer: Annotated[
        str | None,
        Field(description="JSON Pointer (RFC 6901) into the body."),
    ] = None
    parameter: Annotated[
        str | None, Field(description="Name of the query parameter or form field.")
    ] = None
    message: str


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: Annotated[str, Field(description="Stable; for programs to act on.")]
    request_id: str
    errors: list[FieldError] = Field(default_factory=list)
