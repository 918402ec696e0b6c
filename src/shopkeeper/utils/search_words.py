"""What is looked for: few words, none of which another one says already."""

import re
import unicodedata

# Each word costs PostgreSQL a look at every product that the index brings up.
MOST_WORDS = 8
_ACCENTS = re.compile("[\u0300-\u036f]")


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
        by_fold.setdefault(_fold(word), word)
    kept: list[str] = []
    for fold in sorted(by_fold, key=len, reverse=True):
        if not any(fold in longer for longer in kept):
            kept.append(fold)
            if len(kept) > MOST_WORDS:
                raise TooManyWordsError
    return tuple(by_fold[fold] for fold in by_fold if fold in kept)


def _fold(word: str) -> str:
    """As `fold_text` of the database does.

    Letter by letter: a sigma at the end of a word is no other letter to PostgreSQL.
    """
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", word))
    return "".join(letter.lower() for letter in bare)
