from sqlalchemy.orm import Session

from shopkeeper import models
from shopkeeper.catalogue.errors import (
    BackordersWaiting,
    LastVariant,
    ProductNotFound,
    SkuTaken,
    VariantNotFound,
    VariantTaken,
)
from shopkeeper.catalogue.routes.shown import may_see, variant_shown_to
from shopkeeper.catalogue.schemas.products import ManagedProduct
from shopkeeper.catalogue.schemas.variants import (
    OneCoarseVariant,
    OneManagedVariant,
    OneVariant,
    VariantRemove,
    VariantsAdd,
    VariantsUpdate,
    VariantUpdate,
    new_variants,
)
from shopkeeper.catalogue.service import variants
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import PreconditionFailed
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.results import Created

api = Api("variants", "/variants", tag="Catalogue")


@api.operation(
    "GET",
    "/<id:variant_id>",
    access=Access.PUBLIC,
    errors=[VariantNotFound],
)
def show_variant(
    session: Session, caller: CurrentUser | None, variant_id: int
) -> OneVariant | OneCoarseVariant | OneManagedVariant:
    """Show one variant, also the only one of a product without options."""
    variant, product = variants.get_variant(session, variant_id)
    if not may_see(caller, product):
        raise variants.not_found(variant_id)
    return variant_shown_to(caller).model_validate(variant)


@api.operation(
    "POST",
    "/add",
    access=Access.MANAGER,
    status=201,
    errors=[ProductNotFound, VariantTaken, SkuTaken, PreconditionFailed],
    makes=models.Product,
)
def add_variants(
    session: Session, caller: CurrentUser, body: VariantsAdd, precondition: Precondition
) -> Created[ManagedProduct]:
    """Put variants more of a product with options on sale, all at once.

    Its options get the values that they have not yet. The answer is the product.
    """
    product = variants.add_variants(
        session,
        caller.id,
        body.product_id,
        new_variants(body.variants),
        precondition,
    )
    location = f"/products/{product.id}"
    return Created(ManagedProduct.model_validate(product), location)


@api.operation(
    "PUT",
    "/update",
    access=Access.MANAGER,
    errors=[VariantNotFound, SkuTaken, BackordersWaiting, PreconditionFailed],
    makes=models.Product,
)
def update_variant(
    session: Session,
    caller: CurrentUser,
    body: VariantUpdate,
    precondition: Precondition,
) -> ManagedProduct:
    """Change a variant. What is absent stays; null clears what may be empty.

    The answer is its product, whose entity tag `If-Match` takes.
    """
    changes = body.model_dump(exclude_unset=True, exclude={"id"})
    product = variants.update_variant(
        session, caller.id, body.id, changes, precondition
    )
    return ManagedProduct.model_validate(product)


@api.operation(
    "PUT",
    "/update-several",
    access=Access.MANAGER,
    errors=[
        ProductNotFound,
        VariantNotFound,
        SkuTaken,
        BackordersWaiting,
        PreconditionFailed,
    ],
    makes=models.Product,
)
def update_variants(
    session: Session,
    caller: CurrentUser,
    body: VariantsUpdate,
    precondition: Precondition,
) -> ManagedProduct:
    """Change several variants of a product, all of them or none.

    What is absent stays; null clears what may be empty. The answer is the product,
    whose entity tag `If-Match` takes.
    """
    product = variants.update_variants(
        session, caller.id, body.product_id, body.changes(), precondition
    )
    return ManagedProduct.model_validate(product)


@api.operation(
    "DELETE",
    "/remove",
    access=Access.MANAGER,
    status=204,
    errors=[VariantNotFound, LastVariant, PreconditionFailed],
    about=models.Variant,
)
def remove_variant(
    session: Session, query: VariantRemove, precondition: Precondition
) -> None:
    """Take a variant off sale. Past orders and statistics keep it."""
    variants.remove_variant(session, query.id, precondition)
