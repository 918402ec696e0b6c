"""Entity tags and preconditions (RFC 9110, sections 8.8.3 and 13.1)."""

from dataclasses import dataclass

from shopkeeper.utils.errors import PreconditionFailed

# Another representation at the same address needs another tag (RFC 9110, section
# 8.8.3.3). What managers see carries this behind the version.
MANAGED = "-managed"


@dataclass(frozen=True)
class Precondition:
    """What `If-Match` says. Without the header it holds for every version."""

    tags: frozenset[str] | None = None

    def require(self, current: str) -> None:
        """Insist that the version the client has seen is the current one.

        Raises:
            PreconditionFailed: If it is not.
        """
        # The other representation of the same version will do as well.
        seen = {tag.removesuffix(MANAGED) for tag in self.tags or ()}
        if self.tags is not None and current not in seen:
            raise PreconditionFailed(current_etag=f'"{current}"')
