"""Stock: the ledger that moves it, its locks, what pieces cost, the books' moment."""

HANDS_OUT = ("books", "costing", "errors", "repository", "schemas", "shortages")
