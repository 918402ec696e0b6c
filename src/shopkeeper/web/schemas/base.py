"""What all schemas share."""

from collections.abc import Iterator
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from shopkeeper.web.schemas.fields.query import Cursor, Limit

Item = TypeVar("Item", bound=BaseModel)


class Input(BaseModel):
    """A request body: nothing unknown, nothing converted from another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(BaseModel):
    """A query string: nothing unknown; values come as text."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PageQuery(Query):
    limit: Limit = 20
    cursor: Cursor | None = None


class Output(BaseModel):
    """An answer. Fields have no defaults: what is not there is said to be null."""

    model_config = ConfigDict(
        from_attributes=True,
        frozen=True,
        # What is filled in is there, as whoever reads the document has to know.
        json_schema_serialization_defaults_required=True,
    )


class VersionedOutput(Output):
    """An answer that carries an entity tag."""

    version_tag: Annotated[str, Field(exclude=True)]

    @property
    def etag(self) -> str:
        """The opaque part of the tag, without its quotes."""
        return self.version_tag


class TabularOutput(Output):
    """An answer that can be had as CSV too: of itself one row, or of its items."""

    @classmethod
    def row_schema(cls) -> type[Output]:
        """What each row is."""
        return cls

    def rows(self) -> Iterator[Output]:
        yield self


class Page(Output, Generic[Item]):
    """A page of a list, and where the next begins."""

    items: list[Item]
    next_cursor: str | None
