"""What a variant has cost before, or is said to be worth."""

from decimal import Decimal

from shopkeeper.imports.columns.column import ProductColumn
from shopkeeper.imports.columns.number_cells import amount_cells
from shopkeeper.utils.money import shop_currency
from shopkeeper.web.schemas.fields.money import PriceInput

COMPARE_AT_PRICE = ProductColumn(
    name="compare_at_price",
    sql_type="numeric",
    cells=lambda notation: amount_cells(
        "compare_at_price",
        PriceInput,
        shop_currency().digits,
        notation,
        is_zero_nothing=True,
    ),
    written=lambda product: product.compare_at_price,
    examples=(Decimal(49), None),
    decimals=lambda: shop_currency().digits,
    is_optional=True,
    is_of_variant=True,
    headers=frozenset(
        {"compare at price", "variant compare at price", "compare price", "msrp"}
        | {"compareatprice", "original price", "was price", "strike price", "rrp"}
        | {"streichpreis", "uvp", "prix barre", "precio comparativo", "precio anterior"}
        | {"prezzo barrato", "adviesprijs", "van prijs", "cena przed obnizka"}
        | {"старая цена", "цена до скидки"}
    ),
)
