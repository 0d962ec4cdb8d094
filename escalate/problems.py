"""What can be wrong, where it stands, and how it is said.

EscalateError
|- UsageError          2   the command was used wrongly
|- MappingRefused      2   the mapping of a registry's columns cannot be read
|  `- LogUnreadable        there is no such log, or it cannot be read; its message names the address
|     `- NotInLog          the log does not hold what was asked for
|- PatientRefused      3   a patient file cannot be read safely; nothing is advised
|- KnowledgeRefused    4   the knowledge base does not load
|- LogFailed          70   an entry could not be recorded in the decision log; nothing is advised
`- InternalFault      70   our own mistake; nothing is advised
   `- EnginesDisagree
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from operator import attrgetter

from escalate.texts import _


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int
    end_column: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a stable code, what was found, and what would be accepted.

    `excerpt` is the source line, shown with a caret; `help` is one line of advice.
    """

    at: Span
    code: str
    message: str
    help: str = ""
    excerpt: str = ""

    def render(self) -> str:
        """`FILE:LINE:COLUMN: code: message`, then the line with a caret, then `help:`."""
        lines = [f"{printable(str(self.at))}: {self.code}: {printable(self.message)}"]
        if self.excerpt:
            text, caret = _excerpt(printable(self.excerpt), self.at)
            gutter = f"{self.at.line:>5} | "
            lines += [gutter + text, " " * (len(gutter) - 2) + "| " + caret]
        if self.help:
            lines.append("  " + _("help: {help}").format(help=printable(self.help)))
        return "\n".join(lines)


_EXCERPT_WIDTH = 120


def _excerpt(text: str, at: Span) -> tuple[str, str]:
    """A window of the line around the column, so that a hostile megabyte line stays one row."""
    start = max(0, at.column - 1 - _EXCERPT_WIDTH // 2) if len(text) > _EXCERPT_WIDTH else 0
    window = text[start : start + _EXCERPT_WIDTH]
    width = max(1, (at.end_column or at.column + 1) - at.column)
    offset = at.column - 1 - start
    return window, " " * offset + "^" * max(1, min(width, len(window) - offset))


def printable(text: str) -> str:
    """The text with control and bidirectional-override characters made visible.

    Error lines and reports go to terminals, where an escape sequence from a patient file
    could rewrite what the reader sees.
    """
    if text.isprintable():  # nearly always; a page has thousands of texts
        return text
    return "".join(
        c if c.isprintable() else f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}" for c in text
    )


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once, by place and then by words."""
    # Not by the problems themselves: a span may have no end, and that does not compare with one that has.
    place = attrgetter("at.file", "at.line", "at.column", "code", "message")
    return tuple(sorted(set(problems), key=place))


class EscalateError(Exception):
    """Base of every error this package raises on purpose; `exit_status` is the contract's."""

    exit_status = 70


class UsageError(EscalateError):
    """A command or a call was used wrongly."""

    exit_status = 2


class LogUnreadable(UsageError):
    """A decision log cannot be read; the message names its address, so it is for whoever gave that."""


class NotInLog(LogUnreadable):
    """A decision log does not hold what was asked for, or does not exist yet."""


class _Refused(EscalateError):
    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__("\n".join(p.render() for p in self.problems))

    def __reduce__(self) -> tuple[type[_Refused], tuple[tuple[Problem, ...]]]:
        # An exception is copied by its message alone; a worker process must hand over the problems.
        return type(self), (self.problems,)


class PatientRefused(_Refused):
    """A patient file has problems; all of them are in `problems`, sorted by place."""

    exit_status = 3


class KnowledgeRefused(_Refused):
    """The knowledge base has problems; all of them are in `problems`, sorted by place."""

    exit_status = 4


class MappingRefused(_Refused):
    """A mapping of a registry's columns has problems; all of them are in `problems`, sorted by place."""

    exit_status = UsageError.exit_status


class LogFailed(EscalateError):
    """The decision log did not take an entry, or it is not known whether it did."""


class InternalFault(EscalateError):
    """A fault of our own; nothing may be advised."""


class EnginesDisagree(InternalFault):
    """durable_rules and the evaluator gave different values for the same rule."""


def nearest(name: str, known: Iterable[str]) -> str:
    """`did you mean ...?` for the closest known names, or the empty string.

    >>> nearest("heart.echo.lvef_pct", ["heart.echo.lvef_percent", "labs.igg_g_per_l"])
    'did you mean `heart.echo.lvef_percent`?'
    """
    # difflib is quadratic: a hostile name of a megabyte is not worth a suggestion.
    if len(name) > 200:
        return ""
    folded: dict[str, str] = {}
    for k in known:
        folded.setdefault(k.casefold(), k)
    near = [folded[m] for m in get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)]
    return _("did you mean {names}?").format(names=_(" or ").join(f"`{n}`" for n in near)) if near else ""
