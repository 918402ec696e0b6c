"""Names: what can be seen of them, and nothing else.

Two names that look the same are the same, so what nobody sees is left out, and
spaces in a row are one. What joins letters in scripts that need it, or makes one
picture of several, stays where it does so (Unicode, sections 23.2 and 23.3).
"""

import re
import unicodedata

from pydantic_core import PydanticCustomError

JOINERS = r"\u200c\u200d"
# Of Unicode's Default_Ignorable_Code_Point all but the joiners and what chooses a
# variant; and the blank of Braille, which looks like a space and is none.
UNSEEN_IN_PLANE_0 = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    r"\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb"
)
UNSEEN = (
    UNSEEN_IN_PLANE_0
    + r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Spaces other than the one of ASCII.
SPACES = r"\t-\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# What may not be left as it is; two spaces in a row neither.
SUSPICIOUS = UNSEEN + JOINERS + SPACES
# Hebrew begins here: the letters before it are not joined.
FIRST_JOINED = 0x0590
_UNSEEN = re.compile(f"[{UNSEEN}]")
_JOINER = re.compile(f"[{JOINERS}]")
# What chooses a variant of the character before it.
_ALONE_INVISIBLE = re.compile("[\ufe00-\ufe0f]")
_SPACES = re.compile(r"\s+")


def without_the_unseen(text: str) -> str:
    """A name without what nobody can see.

    Raises:
        PydanticCustomError: If nothing would be left of it.
    """
    if text.isascii():
        return _SPACES.sub(" ", text)
    seen = _JOINER.sub(_if_it_joins, _UNSEEN.sub("", text))
    seen = unicodedata.normalize("NFC", _SPACES.sub(" ", seen).strip())
    if not _ALONE_INVISIBLE.sub("", seen):
        raise PydanticCustomError("invisible", "must have something that can be seen")
    return seen


def _if_it_joins(found: re.Match[str]) -> str:
    """The joiner, if there is something to be joined on both sides."""
    text, place = found.string, found.start()
    if not 0 < place < len(text) - 1:
        return ""
    neighbours = text[place - 1] + text[place + 1]
    if _JOINER.search(neighbours) or min(map(ord, neighbours)) < FIRST_JOINED:
        return ""
    return found[0]
