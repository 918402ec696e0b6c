"""The README's tour, by the client that openapi-python-client generates.

python python_tour.py URL ADMIN_EMAIL PASSWORD
"""

import io
import sys

from shopkeeper_client import AuthenticatedClient, Client
from shopkeeper_client.api.accounts import login, register
from shopkeeper_client.api.catalogue import (
    add_category,
    add_product,
    list_products,
    show_product,
)
from shopkeeper_client.api.imports import import_products
from shopkeeper_client.api.orders import (
    create_order,
    execute_order,
    list_own_orders,
    refund_order,
)
from shopkeeper_client.api.statistics import show_profit
from shopkeeper_client.models import (
    CategoryCreate,
    Credentials,
    ImportProductsBody,
    ImportReport,
    ManagedProduct,
    ManagedProductPage,
    OnError,
    Order,
    OrderCreate,
    OrderExecute,
    OrderLine,
    OrderPage,
    OrderRefund,
    OrderStatus,
    Problem,
    ProblemCode,
    ProductCreate,
    Profit,
    TokenPair,
    User,
    UserCreate,
)
from shopkeeper_client.types import File

URL, ADMIN, PASSWORD = sys.argv[1:]


def signed_in(email: str) -> AuthenticatedClient:
    tokens = login.sync(
        client=Client(base_url=URL), body=Credentials(email=email, password=PASSWORD)
    )
    assert isinstance(tokens, TokenPair), tokens
    return AuthenticatedClient(base_url=URL, token=tokens.access_token)


def main() -> None:
    boss = signed_in(ADMIN)
    body = UserCreate(email="ada@example.com", password=PASSWORD, full_name="Ada")
    ada_herself = register.sync(client=Client(base_url=URL), body=body)
    assert isinstance(ada_herself, User), ada_herself
    ada = signed_in("ada@example.com")

    add_category.sync(client=boss, body=CategoryCreate(name="Stationery"))
    made = add_product.sync(
        client=boss,
        body=ProductCreate(
            name="Gel pen",
            quantity=100,
            price="0.50",
            category="Stationery",
            cost="0.2",
        ),
        idempotency_key="pen-1",
    )
    assert isinstance(made, ManagedProduct), made
    assert (made.price, made.cost, made.currency) == ("0.50", "0.2000", "USD")

    # What a manager is shown keeps its cost.
    shown = show_product.sync(made.id, client=boss)
    assert isinstance(shown, ManagedProduct), shown
    page = list_products.sync(client=boss, in_stock=True)
    assert isinstance(page, ManagedProductPage), page
    assert page.items[0].cost == "0.2000"

    upload = File(
        io.BytesIO(b"Title;Qty;Unit price;Type\nInk;30;1,50;Ink\n"), "a.csv", "text/csv"
    )
    for is_dry in (True, False):
        upload.payload.seek(0)
        report = import_products.sync(
            client=boss,
            body=ImportProductsBody(
                file=upload, dry_run=is_dry, on_error=OnError.SKIP_ROWS
            ),
        )
        assert isinstance(report, ImportReport), report
        assert (report.created, report.dry_run) == (1, is_dry)

    wanted = OrderCreate(
        location="EIRE", items=[OrderLine(product_id=made.id, quantity=3)]
    )
    orders = [
        create_order.sync(client=ada, body=wanted, idempotency_key="ada-1")
        for _ in range(2)
    ]
    order, again = orders
    assert isinstance(order, Order), order
    assert isinstance(again, Order), again
    assert (order.id, order.location, order.total) == (again.id, "Ireland", "1.50")

    executed = execute_order.sync(client=ada, body=OrderExecute(id=order.id))
    assert isinstance(executed, Order), executed
    assert executed.status is OrderStatus.EXECUTED
    problem = execute_order.sync(client=ada, body=OrderExecute(id=order.id))
    assert isinstance(problem, Problem), problem
    assert problem.code is ProblemCode.ALREADY_EXECUTED
    assert problem.order_id == order.id
    mine = list_own_orders.sync(client=ada)
    assert isinstance(mine, OrderPage), mine
    assert [found.id for found in mine.items] == [order.id]

    line = OrderLine(product_id=made.id, quantity=1)
    refunded = refund_order.sync(
        client=boss, body=OrderRefund(id=order.id, items=[line])
    )
    assert isinstance(refunded, Order), refunded
    profit = show_profit.sync(client=boss)
    assert isinstance(profit, Profit), profit
    assert (profit.total_revenue, profit.total_cost) == ("1.00", "0.4000")
    assert profit.currency == "USD"
    print("the tour is done")  # noqa: T201  # What the test looks for.


main()
