"""The catalogue: products and categories, listed, searched and changed."""
