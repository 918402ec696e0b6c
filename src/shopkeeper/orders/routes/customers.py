from sqlalchemy.orm import Session

from shopkeeper.accounts.schemas import Customer
from shopkeeper.orders.errors import OrderNotFound
from shopkeeper.orders.service import customers
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.operation import Access, Api

api = Api("customers", "/orders", tag="Orders")


@api.operation(
    "GET", "/<id:order_id>/customer", access=Access.MANAGER, errors=[OrderNotFound]
)
def show_customer(session: Session, caller: CurrentUser, order_id: int) -> Customer:
    """Show who has placed an order. That somebody looked is logged.

    Of an account that was closed nothing is left but its id.
    """
    return Customer.model_validate(
        customers.look_up_customer(session, caller, order_id)
    )
