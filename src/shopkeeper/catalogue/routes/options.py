from sqlalchemy.orm import Session

from shopkeeper import models
from shopkeeper.catalogue.errors import OptionNotFound, ProductNotFound
from shopkeeper.catalogue.schemas.options import OptionAdd, OptionUpdate
from shopkeeper.catalogue.schemas.products import ManagedProduct
from shopkeeper.catalogue.service import options
from shopkeeper.utils.conditional import Precondition
from shopkeeper.utils.errors import PreconditionFailed
from shopkeeper.web.operation import Access, Api
from shopkeeper.web.results import Created

api = Api("options", "/options", tag="Catalogue")


@api.operation(
    "POST",
    "/add",
    access=Access.MANAGER,
    status=201,
    errors=[ProductNotFound, PreconditionFailed],
    makes=models.Product,
)
def add_option(
    session: Session, body: OptionAdd, precondition: Precondition
) -> Created[ManagedProduct]:
    """Let a product have an option more, of which its variants are the first value.

    One without options becomes one of one variant. The answer is the product.
    """
    product = options.add_option(
        session, body.product_id, body.name, body.values, precondition
    )
    location = f"/products/{product.id}"
    return Created(ManagedProduct.model_validate(product), location)


@api.operation(
    "PUT",
    "/update",
    access=Access.MANAGER,
    errors=[ProductNotFound, OptionNotFound, PreconditionFailed],
    makes=models.Product,
)
def update_option(
    session: Session, body: OptionUpdate, precondition: Precondition
) -> ManagedProduct:
    """Rename an option or its values, or put one or the others in another order.

    The answer is the product. Past orders keep the words they were made with.
    """
    product = options.update_option(
        session,
        body.product_id,
        body.name,
        body.new_name,
        body.position,
        body.rename_values,
        body.values,
        precondition,
    )
    return ManagedProduct.model_validate(product)
