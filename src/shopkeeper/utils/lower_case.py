"""Lower case as the database has it, by which names and skus are told apart."""

# Of which alone the lower case of a single character is two (Unicode, SpecialCasing).
_LONGER = str.maketrans({"\u0130": "i"})


def lowered(text: str) -> str:
    """A text in lower case, each letter by itself, whatever stands beside it.

    As `lower()` of PostgreSQL's collation `pg_c_utf8` does it. Python's looks at words:
    a sigma at the end of one would be another letter.
    """
    if text.isascii():
        return text.lower()
    return "".join([letter.lower() for letter in text.translate(_LONGER)])
