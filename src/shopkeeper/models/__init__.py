"""The tables, one file per noun. Importing this package registers them all."""

from shopkeeper.models.activity import Activity, ActivityChange
from shopkeeper.models.audit import Audit, AuditStatus
from shopkeeper.models.backorder import Backorder
from shopkeeper.models.base import Base
from shopkeeper.models.category import Category
from shopkeeper.models.closed_sales import (
    Closing,
    SalesDay,
    SalesEver,
    SalesMonth,
    SalesMonthTotal,
    SalesSlot,
    SalesTotal,
    SoldAs,
)
from shopkeeper.models.gateway import (
    GatewayEvent,
    TestGatewayCharge,
    TestGatewayRefund,
)
from shopkeeper.models.idempotency_key import IdempotencyKey
from shopkeeper.models.location import Location
from shopkeeper.models.login import Login
from shopkeeper.models.login_throttle import LoginThrottle
from shopkeeper.models.number_series import NumberSeries
from shopkeeper.models.option import OptionValue, ProductOption
from shopkeeper.models.order import (
    AdjustmentKind,
    Order,
    OrderAdjustment,
    OrderItem,
    OrderStatus,
)
from shopkeeper.models.outside_money import Dispute, DisputeStatus, OutsideRefund
from shopkeeper.models.password_reset import PasswordReset
from shopkeeper.models.payment import Payment, PaymentMethod, PaymentStatus
from shopkeeper.models.product import FormerSlug, Product
from shopkeeper.models.product_import import (
    ImportFault,
    ImportPart,
    ImportRejectedRow,
    ImportStatus,
    ProductImport,
)
from shopkeeper.models.rate_limit import RateLimit
from shopkeeper.models.receipt import Receipt
from shopkeeper.models.refund import PaidBy, Refund, RefundItem, RefundStatus
from shopkeeper.models.revision import (
    CategoryRevision,
    ProductRevision,
    VariantRevision,
)
from shopkeeper.models.shop import Shop
from shopkeeper.models.stock import Stock
from shopkeeper.models.stock_movement import MovementReason, StockMovement
from shopkeeper.models.user import Role, User
from shopkeeper.models.variant import Variant

__all__ = [
    "Activity",
    "ActivityChange",
    "AdjustmentKind",
    "Audit",
    "AuditStatus",
    "Backorder",
    "Base",
    "Category",
    "CategoryRevision",
    "Closing",
    "Dispute",
    "DisputeStatus",
    "FormerSlug",
    "GatewayEvent",
    "IdempotencyKey",
    "ImportFault",
    "ImportPart",
    "ImportRejectedRow",
    "ImportStatus",
    "Location",
    "Login",
    "LoginThrottle",
    "MovementReason",
    "NumberSeries",
    "OptionValue",
    "Order",
    "OrderAdjustment",
    "OrderItem",
    "OrderStatus",
    "OutsideRefund",
    "PaidBy",
    "PasswordReset",
    "Payment",
    "PaymentMethod",
    "PaymentStatus",
    "Product",
    "ProductImport",
    "ProductOption",
    "ProductRevision",
    "RateLimit",
    "Receipt",
    "Refund",
    "RefundItem",
    "RefundStatus",
    "Role",
    "SalesDay",
    "SalesEver",
    "SalesMonth",
    "SalesMonthTotal",
    "SalesSlot",
    "SalesTotal",
    "Shop",
    "SoldAs",
    "Stock",
    "StockMovement",
    "TestGatewayCharge",
    "TestGatewayRefund",
    "User",
    "Variant",
    "VariantRevision",
]
