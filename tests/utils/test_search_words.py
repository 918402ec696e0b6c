"""Few words, none of which another one says already."""

import pytest

from shopkeeper.utils.search_words import (
    MOST_WORDS,
    TooManyWordsError,
    search_words,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("pen", ("pen",)),
        ("pen pencil", ("pencil",)),
        ("Pencil PEN pencil", ("Pencil",)),
        ("café CAFE blue", ("café", "blue")),
        ("ΟΔΟΣ οδος οδοσ Straße STRASSE", ("ΟΔΟΣ", "Straße")),
    ],
)
def test_repeated_and_contained_words_are_dropped(
    text: str, words: tuple[str, ...]
) -> None:
    assert search_words(text) == words


def test_more_words_than_a_search_takes_are_refused() -> None:
    most = " ".join(f"{letter}{letter}" for letter in "abcdefgh")

    assert len(search_words(most)) == MOST_WORDS
    with pytest.raises(TooManyWordsError):
        search_words(f"{most} ii")
