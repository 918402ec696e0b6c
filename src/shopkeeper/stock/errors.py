"""What can go wrong with stock, and with its books."""

from shopkeeper.utils.errors import ConflictError, RetryLaterError


class InsufficientStock(ConflictError):
    code, title = "insufficient_stock", "There is not enough in stock."


class StockOverflow(ConflictError):
    code, title = "stock_overflow", "More pieces than a product may have."


class BooksBusy(RetryLaterError):
    code, status = "books_busy", 503
    title = "What happened before that moment is still being written."
