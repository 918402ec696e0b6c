from collections.abc import Sequence

from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import (
    BulkUpdateFailed,
    CategoryAmbiguous,
    CategoryNotFound,
)
from shopkeeper.catalogue.schemas.bulk import (
    MOST_PRODUCTS,
    BulkChanges,
    BulkResult,
    ProductsUpdate,
)
from shopkeeper.catalogue.service import bulk
from shopkeeper.catalogue.service.bulk import Changes
from shopkeeper.utils.errors import ValidationFailed
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.results import Trial

api = Api("bulk", "/products", tag="Catalogue")


@api.operation(
    "POST",
    "/bulk-update",
    access=Access.MANAGER,
    errors=[CategoryNotFound, CategoryAmbiguous, BulkUpdateFailed],
)
def update_products(
    session: Session, body: ProductsUpdate
) -> BulkResult | Trial[BulkResult]:
    """Change prices, status, category, brand or tags of many: all of them or none.

    With `dry_run` nothing is changed, and the answer is what would be of each.
    """
    ids = _chosen(session, body)
    result = bulk.update_products(
        session,
        ids,
        _changes(body.changes),
        category=body.changes.category,
        seen=body.updated_at,
        dry_run=body.dry_run,
        is_filtered="filter" in body.model_fields_set,
    )
    told = BulkResult.model_validate(result)
    return Trial(told) if body.dry_run else told


def _changes(said: BulkChanges) -> Changes:
    return Changes(
        price=said.price.change() if said.price else None,
        fields=said.model_dump(include={"status", "brand"}, exclude_unset=True),
        add_tags=said.tags.add if said.tags else (),
        remove_tags=said.tags.remove if said.tags else (),
    )


def _chosen(session: Session, body: ProductsUpdate) -> Sequence[int]:
    """The products that are meant, each once.

    Raises:
        ValidationFailed: If neither ids nor a filter tell them, or both do.
    """
    said = body.model_fields_set & {"ids", "filter"}
    if len(said) != 1:
        message = "give one of ids and filter"
        raise ValidationFailed([{"pointer": "", "message": message}])
    if "ids" in said:
        return list(dict.fromkeys(body.ids))
    return bulk.find_products(session, body.filter.filters(), MOST_PRODUCTS)
