from sqlalchemy.orm import Session

from shopkeeper.accounts.schemas import Customer
from shopkeeper.orders.errors import CustomerNotFound, OrderNotFound
from shopkeeper.orders.schemas.customers import (
    CustomerAccount,
    CustomerPage,
    CustomerQuery,
)
from shopkeeper.orders.service import customers
from shopkeeper.web.identity import CurrentUser
from shopkeeper.web.operation import Access, Api

api = Api("customers", "/orders", tag="Orders")
directory = Api("customer_directory", "/customers", tag="Orders")


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


@directory.operation("GET", "", access=Access.MANAGER)
def list_customers(session: Session, query: CustomerQuery) -> CustomerPage:
    """List accounts that are open, with what they have bought; the newest first."""
    page = customers.list_customers(session, query.limit, query.cursor, query.search)
    return CustomerPage.model_validate(page)


@directory.operation(
    "GET", "/<id:user_id>", access=Access.MANAGER, errors=[CustomerNotFound]
)
def show_customer_account(session: Session, user_id: int) -> CustomerAccount:
    """Show a customer and what they have bought; of a closed account, no name."""
    return CustomerAccount.model_validate(customers.get_customer(session, user_id))
