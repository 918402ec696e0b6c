"""What is looked for: few words, none of which another one says already."""

import re
import unicodedata

# Each word costs PostgreSQL a look at every product that the index brings up.
MOST_WORDS = 8
# As `fold_text` of the database has them (migration 0023).
_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    "\u06ea-\u06ed\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_LETTERS = str.maketrans(
    dict(zip("łøđðħŧıĸŋىةکیۀ", "loddhtiknيهكيه", strict=True))
    | {"æ": "ae", "œ": "oe", "þ": "th", "ĳ": "ij"}
)


class TooManyWordsError(Exception):
    """More is looked for than a search takes."""


def search_words(text: str) -> tuple[str, ...]:
    """The words of a search, each as it was first written.

    A word that stands within another one, or again, finds nothing that the other
    does not: it is left away. Case and accents make no other word of it.

    Raises:
        TooManyWordsError: If more than `MOST_WORDS` are left.
    """
    by_fold: dict[str, str] = {}
    for word in text.split():
        fold = _fold(word)
        if fold:  # Of what nobody can see, nothing is left.
            by_fold.setdefault(fold, word)
    kept: list[str] = []
    for fold in sorted(by_fold, key=len, reverse=True):
        if not any(fold in longer for longer in kept):
            kept.append(fold)
            if len(kept) > MOST_WORDS:
                raise TooManyWordsError
    return tuple(by_fold[fold] for fold in by_fold if fold in kept)


def _fold(word: str) -> str:
    """As `fold_text` of the database does."""
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", word))
    return bare.casefold().translate(_LETTERS)
