"""What can go wrong with products and categories."""

from shopkeeper.utils.errors import ConflictError, NotFound


class CategoryNotFound(NotFound):
    code, title = "category_not_found", "There is no such category."


class CategoryNameTaken(ConflictError):
    code, title = "category_name_taken", "Another category has this name."


class ProductNotFound(NotFound):
    code, title = "product_not_found", "There is no such product."


class ProductNameTaken(ConflictError):
    code, title = "product_name_taken", "Another product has this name."


class SkuTaken(ConflictError):
    code, title = "sku_taken", "Another product has this sku."
