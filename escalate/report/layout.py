"""Plain text that a projector shows: wrapped lines, hanging indents, headings; colour only on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import TextWrapper

from escalate.problems import printable

_COLOURS = {"green": 32, "yellow": 33, "red": 31, "cyan": 36, "bold": 1, "dim": 2}


class Page:
    """Lines of a text report, `width` columns wide; `colour` adds terminal colours to headings and words."""

    def __init__(self, width: int = 100, colour: bool = False) -> None:
        self._width, self._colour = width, colour
        self._lines: list[str] = []

    def heading(self, text: str) -> None:
        """A section heading, set apart by a blank line and underlined."""
        text = printable(text)
        self._lines += ["", self.paint(text.upper(), "bold"), "-" * min(len(text), self._width)]

    def line(self, text: str, indent: int = 0, first: str = "") -> None:
        """One paragraph; `first` is what stands before its first line (a bullet, a number)."""
        lead = " " * indent + first
        wrapper = TextWrapper(
            width=self._width,
            initial_indent=lead,
            subsequent_indent=" " * len(lead),
            break_long_words=True,
            break_on_hyphens=False,
        )
        self._lines += wrapper.wrap(printable(text)) or [lead.rstrip()]

    def bullets(self, texts: Iterable[str], indent: int = 2, sign: str = "- ") -> None:
        """One paragraph per text."""
        for text in texts:
            self.line(text, indent, sign)

    def blank(self) -> None:
        self._lines.append("")

    def raw(self, text: str) -> None:
        """A line that is already laid out."""
        self._lines.append(text)

    def paint(self, text: str, *colours: str) -> str:
        """The text in colours, where the page has any."""
        if not self._colour or not colours:
            return text
        codes = ";".join(str(_COLOURS[c]) for c in colours)
        return f"\x1b[{codes}m{text}\x1b[0m"

    def text(self) -> str:
        """The page, ending in one newline."""
        return "\n".join(self._lines).strip("\n") + "\n"
