"""Shares of products, of all that was sold and within their categories."""

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import Field

from shopkeeper.statistics.service import products, variants
from shopkeeper.web.schemas.base import Output, TabularOutput
from shopkeeper.web.schemas.fields.money import CostMoney, Money, Percentage
from shopkeeper.web.schemas.fields.time import MomentOutput


def _sold(share: products.ProductShare | variants.VariantShare) -> dict[str, Any]:
    """What every share tells, whatever it is of."""
    return {
        "total_quantity_sold": share.figures.units,
        "revenue": share.figures.revenue,
        "profit": share.figures.profit,
        "sales_percentage": share.sales_percentage,
    }


def _page(shares: products.ProductShares | variants.VariantShares) -> dict[str, Any]:
    """What every page of shares tells beside these."""
    return {
        "total_quantity_sold": shares.total_quantity_sold,
        "next_cursor": shares.next_cursor,
        "as_of": shares.scope.as_of,
    }


class ProductSales(Output):
    product_id: int
    product_name: str
    total_quantity_sold: int
    revenue: Money
    profit: CostMoney
    sales_percentage: Percentage


class ProductSalesPage(TabularOutput):
    total_quantity_sold: int
    items: list[ProductSales]
    next_cursor: str | None
    as_of: MomentOutput

    @classmethod
    def of(cls, answer: products.ProductShares) -> Self:
        items = [
            ProductSales(
                product_id=item.product_id,
                product_name=item.product_name,
                **_sold(item),
            )
            for item in answer.items
        ]
        return cls(items=items, **_page(answer))

    @classmethod
    def row_schema(cls) -> type[Output]:
        return ProductSales

    def rows(self) -> Iterator[Output]:
        yield from self.items


class VariantSales(Output):
    product_id: int
    variant_id: int
    product_name: str
    variant_title: Annotated[str, Field(examples=["M / Red"])]
    sku: str | None
    total_quantity_sold: int
    revenue: Money
    profit: CostMoney
    sales_percentage: Percentage


class VariantSalesPage(TabularOutput):
    """What was sold of each variant, under what it was called when it was last sold."""

    total_quantity_sold: int
    items: list[VariantSales]
    next_cursor: str | None
    as_of: MomentOutput

    @classmethod
    def of(cls, answer: variants.VariantShares) -> Self:
        items = [
            VariantSales(
                product_id=item.product_id,
                variant_id=item.variant.variant_id,
                product_name=item.variant.product_name,
                variant_title=item.variant.title,
                sku=item.variant.sku,
                **_sold(item),
            )
            for item in answer.items
        ]
        return cls(items=items, **_page(answer))

    @classmethod
    def row_schema(cls) -> type[Output]:
        return VariantSales

    def rows(self) -> Iterator[Output]:
        yield from self.items


class CategoryProduct(Output):
    product_id: int
    product_name: str
    quantity_sold: int
    sales_percentage_within_category: Percentage


class _Category(Output):
    category_id: int
    category_name: str
    total_category_quantity: int


class CategorySales(_Category):
    products: list[CategoryProduct]


class CategoryProductRow(CategoryProduct, _Category):
    """A product of a category, beside the category."""


class CategorySalesList(TabularOutput):
    items: list[CategorySales]
    as_of: MomentOutput

    @classmethod
    def of(cls, answer: products.AllCategoryShares) -> Self:
        sales = [CategorySales.model_validate(item) for item in answer.items]
        return cls(items=sales, as_of=answer.scope.as_of)

    @classmethod
    def row_schema(cls) -> type[Output]:
        return CategoryProductRow

    def rows(self) -> Iterator[Output]:
        for item in self.items:
            for product in item.products:
                yield CategoryProductRow(
                    category_id=item.category_id,
                    category_name=item.category_name,
                    total_category_quantity=item.total_category_quantity,
                    **dict(product),
                )
