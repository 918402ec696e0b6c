"""Who is calling."""

from dataclasses import dataclass
from uuid import UUID

from shopkeeper.models import Role

RANK = {Role.CUSTOMER: 0, Role.MANAGER: 1, Role.ADMIN: 2}
ROLES_THAT_SEE_ALL = [role for role in RANK if RANK[role] >= RANK[Role.MANAGER]]


@dataclass(frozen=True)
class CurrentUser:
    """The person behind a token, as the database knows them at this moment."""

    id: int
    role: Role
    login_id: UUID

    def is_at_least(self, role: Role) -> bool:
        """Whether this role may do all that `role` may."""
        return RANK[self.role] >= RANK[role]

    @property
    def is_manager(self) -> bool:
        """Whether everybody's orders are theirs to see."""
        return self.role in ROLES_THAT_SEE_ALL
