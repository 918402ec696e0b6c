"""Finding out in which encoding a text is, or asking for it.

UTF-8 and UTF-16 tell themselves apart. The encodings of Windows do not: each gives
every byte some letter. So the words are looked at. Those of one language have only its
letters, its signs do not stand in the middle of words, and small letters are not
followed by capitals. Statistical guessing (charset-normalizer) was tried and takes a
file of twenty names for Central European, whatever it is: a catalogue is no prose.
"""

import codecs
import itertools
import re
import unicodedata
from collections.abc import Set as AbstractSet
from pathlib import Path

from shopkeeper.imports.errors import UnreadableFile
from shopkeeper.imports.sheets.words import meanings

BLOCK = 1024 * 1024
SAMPLE = 64 * 1024
SHOWN = 40
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
WESTERN = "cp1252"
# The letters beyond ASCII that words of a language are written with.
ALPHABETS: dict[str, tuple[str, ...]] = {
    WESTERN: (
        "àâæçéèêëîïôœùûüÿ",
        "äöüßéè",
        "áéíñóúüªº",
        "áâãàçéêíóôõúüªº",
        "àèéìíîòóùºª",
        "æøåéèêóòôäöü",
        "åäöéèàüšž",
        "áàâäéèêëíïóôöúüç",
        "áðéíóúýþæö",
        "àçéèíïòóúü",
        "éèêëñçïöüäáóíâôàûîœ",
    ),
    "cp1250": (
        "ąćęłńóśźż",
        "áčďéěíňóřšťúůýž",
        "áäčďéíĺľňóôŕšťúýž",
        "áéíóöőúüű",
        "ăâîşţ",
        "čćđšž",
    ),
    "iso8859-2": (
        "ąćęłńóśźż",
        "áčďéěíňóřšťúůýž",
        "áäčďéíĺľňóôŕšťúýž",
        "áéíóöőúüű",
        "čćđšž",
    ),
    "cp1251": (
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
        "абвгдђежзијклљмнњопрстћуфхцчџш",
    ),
    "koi8-r": ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя",),
    "cp866": ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя",),
    "cp1253": ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",),
    "cp1254": ("çğıöşüâîûi̇",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),
    "cp1255": ("אבגדהוזחטיךכלםמןנסעףפץצקרשת",),
    "cp1256": ("ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگ",),
    "mac-roman": ("àâæçéèêëîïôœùûüÿ", "äöüßéè", "áéíñóúü"),
    "cp850": ("àâæçéèêëîïôùûüÿ", "äöüßéè", "áéíñóúü", "æøåéäö"),
    "cp852": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áéíóöőúüű"),
    "cp932": (),  # Told by its kana.
}
# Of DOS and of old Macs: rarely met, so that all others go before.
OLD = frozenset({"cp850", "cp852", "cp866", "mac-roman"})
KANA = re.compile("[\u3040-\u30ff]")
# So many letters of another script are no accident; of a Latin one, fewer.
EVIDENCE, LATIN_EVIDENCE = 8, 3
LATIN = frozenset({"cp1250", "iso8859-2", "cp1254", "cp1257", "mac-roman", "cp850"}) | {
    "cp852"
}
# Signs that stand beside words, and where: what may be before and behind them.
_BEFORE, _BEHIND = "“‘„‚«»‹›–—•¿¡\u00a0", "”’“‘»«›‹–—…•®™©°ªº²³¹½¼¾€¢\u00a0"
_SIGNS = frozenset(_BEFORE + _BEHIND + "±×÷·§†‡£¥")
# Letters that cp1252 has for few languages, where other encodings have common ones.
RARE = re.compile("[ðþýÐÞÝ]")
# What words of those languages never have: a cedilla before anything but a, o and u, a
# diaeresis that parts no vowels, and so on.
_NEVER = re.compile(
    "ç[b-np-tv-zç]|(?<![aeiouyéáóôâ])[ëï](?![aeioué])|œ(?![uidtscn])|^ð|ì\\w|ù\\w|^è"
    "|ê[bcdfghjkwz]|ñ[b-df-hj-np-tv-z]|õ(?![eiszm]|$)|û[zx]"
)
_WORD = re.compile(r"[^\s,;|\t\"'()/\\\d.:!?&+*#<>=_\-]+")
ENOUGH = 0.9
# So many lines of UTF-8 to each that is none, and that one is the mistake.
FEW = 3


def find_encoding(path: Path) -> tuple[str, bool]:
    """The encoding of a text, and whether its bytes leave no doubt of it.

    Raises:
        UnreadableFile: If it may be one of several, or is none that we know.
    """
    with path.open("rb") as file:
        begins = file.read(SAMPLE)
    for bom, encoding in BOMS.items():
        if begins.startswith(bom):
            return encoding, True
    # UTF-16 of Latin text without a mark: every other byte is zero.
    for encoding, zeros in (
        ("utf-16-le", begins[1::2]),
        ("utf-16-be", begins[::2]),
    ):
        if begins and zeros.count(0) > len(begins) * 0.4:
            return encoding, True
    if _decodes(path, "utf-8"):
        return "utf-8", True
    _check_nearly_utf8(path)
    return _by_its_words(path), False


def show_words(path: Path, encoding: str) -> str | None:
    """The first line with letters beyond ASCII, as it reads in an encoding."""
    try:
        for line in _lines(path)[:1]:
            return _shown(line.decode(encoding))
    except UnicodeDecodeError:
        return None
    return None


def _check_nearly_utf8(path: Path) -> None:
    """Refuse a text that is UTF-8 but for a few lines: no other encoding reads it."""
    good, bad, first = 0, 0, 0
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(BLOCK), b""), start=1):
            if line.isascii():
                continue
            try:
                line.decode()
            except UnicodeDecodeError:
                bad += 1
                first = first or number
            else:
                good += 1
    if bad and good > bad * FEW:
        raise UnreadableFile(
            f"The text is UTF-8, but for line {first}"
            f"{f' and {bad - 1} more' if bad > 1 else ''}; write it anew in UTF-8."
        )


def _by_its_words(path: Path) -> str:
    sample = b"\n".join(_lines(path))
    readings = _readings(path, sample, ALPHABETS.keys() - OLD)
    if not readings:
        readings = _readings(path, sample, OLD)
    western = next((t for t, name in readings.items() if name == WESTERN), None)
    if western is not None and _may_be_polish(western):
        raise _asking(path, [WESTERN, "cp1250"])
    if western is not None and not RARE.search(western):
        return WESTERN  # Whatever else: letters that its languages have every day.
    told = [encoding for text, encoding in readings.items() if _has_headers(text)]
    found = told if len(told) == 1 else list(readings.values())
    if len(found) == 1:
        return found[0]
    raise _asking(path, found)


def _may_be_polish(western: str) -> bool:
    """Whether the only letter is one that Polish has in its place."""
    letters = {c for c in western.lower() if c.isalpha() and not c.isascii()}
    return letters == {"ê"} and not re.search("ê[lmnqrv]", western.lower())


def _readings(path: Path, sample: bytes, encodings: AbstractSet[str]) -> dict[str, str]:
    """What the words are in those encodings in which they are words."""
    found: dict[str, str] = {}
    # The Western one first: of those that read the same it is the one that is told.
    for encoding in sorted(encodings, key=lambda name: (name != WESTERN, name)):
        if _reads(sample, encoding) and _decodes(path, encoding):
            found.setdefault(sample.decode(encoding), encoding)
    return found


def _asking(path: Path, found: list[str]) -> UnreadableFile:
    likely = found or [WESTERN, "cp1251", "gb18030", "cp949"]
    read = [
        f"{shown!r} as {encoding}"
        for encoding in likely[:4]
        if (shown := show_words(path, encoding)) is not None
    ]
    example = likely[0] if found else "cp1250"
    return UnreadableFile(
        "The text is neither UTF-8 nor UTF-16, and its encoding cannot be told for"
        f" sure: it reads {', '.join(read) or 'like nothing we know'}. Say which it is"
        f" with `encoding`, such as encoding={example}, or save it as UTF-8."
    )


def _has_headers(text: str) -> bool:
    """Whether a header that we know stands in the first line, in letters of its own."""
    first = text.splitlines()[0] if text else ""
    cells = [cell for cell in re.split(r"[,;|\t]", first) if not cell.isascii()]
    return any(meanings(cell) for cell in cells)


def _lines(path: Path) -> list[bytes]:
    """Lines with bytes beyond ASCII, as many as make a sample."""
    found: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while size < SAMPLE and (line := file.readline(SAMPLE)):
            if not line.isascii():
                found.append(line.strip())
                size += len(line)
    return found


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _reads(sample: bytes, encoding: str) -> bool:
    """Whether nearly all words that are not ASCII are words of one language."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return False
    words = {word for word in _WORD.findall(text) if not word.isascii()}
    needed = 0 if encoding == WESTERN else EVIDENCE
    needed = LATIN_EVIDENCE if encoding in LATIN else needed
    letters = (c for word in words for c in word if c.isalpha() and not c.isascii())
    if sum(1 for _ in letters) < needed:
        return False
    if encoding == "cp932":
        return bool(KANA.search(text)) and all(map(_is_japanese, words))
    return any(
        sum(
            _is_word(word, letters)
            and (encoding != WESTERN or not _NEVER.search(word.lower()))
            for word in words
        )
        >= len(words) * ENOUGH
        for letters in ALPHABETS[encoding]
    )


def _is_word(word: str, letters: str) -> bool:
    """Whether a word has only these letters, in a way that words have them."""
    bare = word.lstrip(_BEFORE).rstrip(_BEHIND)
    if all(c in _SIGNS for c in bare):
        return True
    if bare in {"", "µ", "µm", "µl", "×"} or bare.isascii():
        return True
    others = [c for c in bare if not c.isascii() and c not in "’·®"]
    if not all(c.lower() in letters or c in letters for c in others):
        return False
    if "’" in bare and not all(part for part in bare.split("’")):
        return False
    latin = any(c.isascii() and c.isalpha() for c in bare)
    is_latin = unicodedata.name(others[0], "").startswith("LATIN") if others else True
    if latin and not is_latin:
        return False  # No word has letters of two scripts.
    return not re.search(r"[^\W\d_A-Z]", bare) or not _has_inner_capitals(bare)


def _has_inner_capitals(word: str) -> bool:
    return any(
        before.islower() and after.isupper() and not after.isascii()
        for before, after in itertools.pairwise(word)
    )


def _is_japanese(word: str) -> bool:
    return all(
        c.isascii()
        or "\u3000" <= c <= "\u30ff"
        or "\u4e00" <= c <= "\u9fff"
        or "\uff00" <= c <= "\uffef"
        for c in word
    )


def _shown(text: str) -> str:
    """The part of a line around its first letter beyond ASCII."""
    place = next((n for n, c in enumerate(text) if not c.isascii()), 0)
    start = max(0, place - SHOWN // 2)
    return text[start : start + SHOWN].strip()
