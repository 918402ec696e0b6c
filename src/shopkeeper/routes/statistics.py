from sqlalchemy.orm import Session

from shopkeeper.repository.statistics import Period
from shopkeeper.routes.operation import Access, Api
from shopkeeper.schemas.statistics import (
    CategorySalesList,
    PeriodQuery,
    ProductSalesPage,
    ProductSalesQuery,
    Profit,
)
from shopkeeper.service.db import statistics as service

statistics = Api("statistics", "/statistics", tag="Statistics")


@statistics.operation("GET", "/profit", access=Access.MANAGER)
def show_profit(session: Session, query: PeriodQuery) -> Profit:
    """Count executed orders and tell revenue, cost and profit, net of refunds."""
    return Profit.of(service.get_profit(session, _period(query)))


@statistics.operation("GET", "/product-sales", access=Access.MANAGER)
def list_product_sales(session: Session, query: ProductSalesQuery) -> ProductSalesPage:
    """List each product's share of all pieces sold, the best sold first."""
    sales = service.get_product_sales(
        session, _period(query), limit=query.limit, after=query.cursor
    )
    return ProductSalesPage.model_validate(sales)


@statistics.operation("GET", "/category-product-sales", access=Access.MANAGER)
def list_category_sales(session: Session, query: PeriodQuery) -> CategorySalesList:
    """List each product's share within its category, as it was sold."""
    period = _period(query)
    items = service.get_category_sales(session, period)
    return CategorySalesList.of(items, period.as_of)


def _period(query: PeriodQuery) -> Period:
    return service.make_period(query.from_, query.to, query.as_of)
