"""Plain text that a projector shows: wrapped lines, hanging indents, headings; colour only on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from textwrap import TextWrapper

from escalate.problems import printable
from escalate.texts import _

_COLOURS = {"green": 32, "yellow": 33, "red": 31, "cyan": 36, "bold": 1}


class Page:
    """Lines of a text report, `width` columns wide.

    `colour` adds terminal colours to headings and verdicts. `file` is the patient file that the head
    names once: in every later line a place in it is written `line:column`.
    """

    def __init__(self, width: int = 100, colour: bool = False, file: str = "") -> None:
        self._width, self._colour = width, colour
        # Only before `line:column`, and only as a whole: the file may be called `3`, or `NYHA class`.
        self._file = re.compile(rf"(?<![^\s(,]){re.escape(printable(file))}:(?=\d+:\d)") if file else None
        self._lines: list[str] = []

    def heading(self, text: str, colour: str = "bold") -> None:
        """A section heading, set apart by a blank line and underlined."""
        text = printable(text).upper()
        wrapped = TextWrapper(width=self._width).wrap(text)
        self._lines += [
            "",
            *(self.paint(line, "bold", colour) for line in wrapped),
            "-" * max(map(len, wrapped)),
        ]

    def line(self, text: str, indent: int = 0, first: str = "") -> None:
        """One paragraph; `first` is what stands before its first line (a bullet, a label)."""
        lead = " " * indent + first
        text = printable(text)
        if self._file:
            text = self._file.sub("", text)
        wrapper = TextWrapper(
            width=self._width,
            initial_indent=lead,
            subsequent_indent=" " * (indent + min(len(first), 9)),
            break_long_words=True,
            break_on_hyphens=False,
        )
        self._lines += wrapper.wrap(text) or [lead.rstrip()]

    def bullets(self, texts: Iterable[str], indent: int = 2, sign: str = "- ") -> None:
        """One paragraph per text."""
        for text in texts:
            self.line(text, indent, sign)

    def few(self, texts: Sequence[str], most: int) -> str:
        """The first of a list, and how many more there are."""
        more = _(" and {count} more").format(count=len(texts) - most) if len(texts) > most else ""
        return f"{', '.join(texts[:most])}{more}"

    def blank(self) -> None:
        """An empty line."""
        self._lines.append("")

    def raw(self, text: str) -> None:
        """A line that is laid out already and holds nothing from a patient file."""
        self._lines.append(text)

    def raw_line(self, text: str) -> None:
        """A line on its own, made harmless and not wrapped (a path must stay whole)."""
        self._lines.append(printable(text))

    def paint(self, text: str, *colours: str) -> str:
        """The text in colours, where the page has any."""
        if not self._colour or not colours:
            return text
        codes = ";".join(str(_COLOURS[c]) for c in dict.fromkeys(colours))
        return f"\x1b[{codes}m{text}\x1b[0m"

    def text(self) -> str:
        """The page, ending in one newline."""
        return "\n".join(self._lines).strip("\n") + "\n"
