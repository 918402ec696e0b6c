"""What can go wrong with products and categories."""

from collections.abc import Iterable
from typing import Protocol

from shopkeeper.models.category import MOST_LEVELS
from shopkeeper.utils.errors import ConflictError, NotFound, ProblemError

# Of a product of two thousand variants, so many are named.
MOST_NAMED = 20


class CategoryNotFound(NotFound):
    code, title = "category_not_found", "There is no such category."


class CategoryNameTaken(ConflictError):
    code, title = "category_name_taken", "Another category has this name."


class CategoryAmbiguous(ProblemError):
    code, status = "category_ambiguous", 422
    title = "Several categories have this name; say which by its path."


def category_ambiguous(words: str, paths: Iterable[str]) -> CategoryAmbiguous:
    """Say that a name does not tell which of several categories is meant."""
    known = sorted(paths)
    return CategoryAmbiguous(
        f"{words!r} is the name of {len(known)} categories; say which by its path.",
        paths=known[:MOST_NAMED],
    )


class CategoryCircle(ConflictError):
    code, title = "category_circle", "A category cannot stand below itself."


class CategoryTooDeep(ConflictError):
    code = "category_too_deep"
    title = f"The tree of categories has at most {MOST_LEVELS} levels."


class CategoryRemoved(ConflictError):
    code, title = "category_removed", "What it stood in, or below, is removed."


class RestoreExpired(ConflictError):
    code, title = "restore_expired", "It was removed too long ago to be restored."


class ProductCountDiffers(ConflictError):
    code = "product_count_differs"
    title = "There are not as many products as expected."


class ProductNotFound(NotFound):
    code, title = "product_not_found", "There is no such product."


class ProductNameTaken(ConflictError):
    code, title = "product_name_taken", "Another product has this name."


class SkuTaken(ConflictError):
    code, title = "sku_taken", "Another product has this sku."


class SlugTaken(ConflictError):
    code, title = "slug_taken", "Another product has this slug."


class VariantNotFound(NotFound):
    code, title = "variant_not_found", "There is no such variant."


class OptionNotFound(NotFound):
    code, title = "option_not_found", "The product has no such option."


class BackordersWaiting(ConflictError):
    code = "backorders_waiting"
    title = "Sold pieces of it are waited for."


class LastVariant(ConflictError):
    code, title = "last_variant", "A product on sale has a variant."


class VariantTaken(ConflictError):
    code, title = "variant_taken", "The product has such a variant."


class VariantRequired(ProblemError):
    code, status = "variant_required", 422
    title = "The product has several variants; say which."


class BulkUpdateFailed(ConflictError):
    code, title = "bulk_update_failed", "Some products cannot be changed so."


class _Named(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def sku(self) -> str | None: ...
    @property
    def title(self) -> str: ...


def variant_required(
    product_id: int, name: str, variants: Iterable[_Named]
) -> VariantRequired:
    """Say that a product does not tell which of its variants is meant."""
    named = [
        {"variant_id": variant.id, "sku": variant.sku, "title": variant.title}
        for variant, _ in zip(variants, range(MOST_NAMED), strict=False)
    ]
    return VariantRequired(
        f"{name!r} has several variants; say which by variant_id or sku.",
        product_id=product_id,
        variants=named,
    )
