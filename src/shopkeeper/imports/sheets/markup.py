"""The text of a description that a shop program keeps as HTML."""

import re
from html.parser import HTMLParser

# What begins on a line of its own.
BLOCKS = frozenset(
    {"p", "div", "br", "ul", "ol", "li", "tr", "table", "h1", "h2", "h3", "h4", "h5"}
    | {"h6", "section", "article", "blockquote", "hr", "dt", "dd", "figure"}
)
UNREAD = frozenset({"script", "style", "template", "title"})
# Blanks and line breaks that are meant as they stand (`pre`), until the rest is put in
# order: characters that no text has.
KEPT = {ord(" "): "\ufdd0", ord("\t"): "\ufdd1", ord("\n"): "\ufdd2"}
GIVEN_BACK = {ord(kept): chr(blank) for blank, kept in KEPT.items()}


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unread = self._kept = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # As it is called.
        if tag in UNREAD:
            self._unread += 1
        elif tag == "pre":
            self._kept += 1
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in BLOCKS:
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in UNREAD:
            self._unread = max(0, self._unread - 1)
        elif tag == "pre":
            self._kept = max(0, self._kept - 1)
            self.parts.append("\n")
        elif tag in BLOCKS - {"br", "hr", "li"}:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self._kept and not self._unread:
            self.parts.append(data.replace("\r\n", "\n").translate(KEPT))
        elif not self._unread:
            # A line break of the source is a space of the text.
            self.parts.append(re.sub(r"\s+", " ", data))


def text_of_html(markup: str) -> str:
    """The text of a piece of HTML: paragraphs and points as lines, nothing to run."""
    parser = _Text()
    parser.feed(markup)
    parser.close()
    lines = ("".join(parser.parts)).split("\n")
    kept = [re.sub(r" {2,}", " ", line).strip() for line in lines]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(kept))
    return text.strip().translate(GIVEN_BACK).strip()
