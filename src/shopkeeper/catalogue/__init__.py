"""The catalogue: products and categories, listed, searched and changed."""

HANDS_OUT = ("errors", "service")
