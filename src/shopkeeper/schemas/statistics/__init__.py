"""Questions to the books, and what they answer."""
