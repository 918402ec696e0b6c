from sqlalchemy.orm import Session

from shopkeeper.catalogue.errors import CategoryAmbiguous, ProductNotFound
from shopkeeper.orders.errors import UnknownCountry
from shopkeeper.statistics.schemas.answers import (
    CountrySalesList,
    Inventory,
    ProductSalesSeries,
    Profit,
    SalesSeries,
)
from shopkeeper.statistics.schemas.questions import (
    CategorySalesQuery,
    InventoryQuery,
    ProductSalesQuery,
    ProductSeriesQuery,
    SalesQuery,
    SeriesQuery,
    SoldBy,
)
from shopkeeper.statistics.schemas.shares import (
    CategorySalesList,
    ProductSalesPage,
    VariantSalesPage,
)
from shopkeeper.statistics.service.inventory import get_inventory
from shopkeeper.statistics.service.products import get_category_sales, get_product_sales
from shopkeeper.statistics.service.profit import get_country_sales, get_profit
from shopkeeper.statistics.service.series import get_product_series, get_series
from shopkeeper.statistics.service.variants import get_variant_sales
from shopkeeper.stock.errors import BooksBusy
from shopkeeper.web.operation import Access, Api

ERRORS = [UnknownCountry, CategoryAmbiguous, BooksBusy]

# Roll-ups are to stay as they are while an answer is made of them.
api = Api("statistics", "/statistics", tag="Statistics", transactions=True)


@api.operation("GET", "/profit", access=Access.MANAGER, errors=ERRORS)
def show_profit(session: Session, query: SalesQuery) -> Profit:
    """Count executed orders and tell revenue, cost and profit, net of refunds."""
    return Profit.of(get_profit(session, query.question()))


@api.operation("GET", "/product-sales", access=Access.MANAGER, errors=ERRORS)
def list_product_sales(
    session: Session, query: ProductSalesQuery
) -> ProductSalesPage | VariantSalesPage:
    """List each product's share of all pieces sold, the best sold first.

    Or each variant's, with `by=variant`.
    """
    if query.by is SoldBy.VARIANT:
        shares = get_variant_sales(
            session, query.question(), limit=query.limit, after=query.cursor
        )
        return VariantSalesPage.of(shares)
    sales = get_product_sales(
        session, query.question(), limit=query.limit, after=query.cursor
    )
    return ProductSalesPage.of(sales)


@api.operation("GET", "/category-product-sales", access=Access.MANAGER, errors=ERRORS)
def list_category_sales(
    session: Session, query: CategorySalesQuery
) -> CategorySalesList:
    """List each product's share within its category, as it was sold."""
    sales = get_category_sales(session, query.question(), limit=query.limit)
    return CategorySalesList.of(sales)


@api.operation("GET", "/sales-over-time", access=Access.MANAGER, errors=ERRORS)
def list_sales_over_time(session: Session, query: SeriesQuery) -> SalesSeries:
    """List what was sold in each hour, day, week or month, without a gap."""
    series = get_series(session, query.question(), query.granularity, query.timezone)
    return SalesSeries.of(series)


@api.operation("GET", "/countries", access=Access.MANAGER, errors=ERRORS)
def list_country_sales(session: Session, query: SalesQuery) -> CountrySalesList:
    """List what was sold to each country, and its share of all pieces."""
    return CountrySalesList.of(get_country_sales(session, query.question()))


@api.operation("GET", "/inventory", access=Access.MANAGER, errors=ERRORS)
def show_inventory(session: Session, query: InventoryQuery) -> Inventory:
    """Tell what is on the shelves, what it is worth, and how long it lasts."""
    inventory = get_inventory(session, query.question(), low=query.low_stock)
    return Inventory.of(inventory)


@api.operation(
    "GET",
    "/products/<id:product_id>",
    access=Access.MANAGER,
    errors=[*ERRORS, ProductNotFound],
)
def list_sales_of_product(
    session: Session, product_id: int, query: ProductSeriesQuery
) -> ProductSalesSeries:
    """List what was sold of a product over time; also of one that is removed."""
    name, series = get_product_series(
        session, query.question(product_id), query.granularity, query.timezone
    )
    return ProductSalesSeries.of(series, product_id=product_id, product_name=name)
