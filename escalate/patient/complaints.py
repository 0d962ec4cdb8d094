"""Collects what is wrong with one patient file, so that all of it is said at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from escalate.nodes import Document
from escalate.problems import PatientRefused, Problem, Span
from escalate.texts import _

_LIMIT = 100


@dataclass(slots=True)
class Complaints:
    """The problems found so far in `document`."""

    document: Document
    problems: list[Problem] = field(default_factory=list)

    def add(self, at: Span, code: str, message: str, help: str = "") -> None:
        """Note one problem. Raises PatientRefused at the hundredth: nobody reads further."""
        self.problems.append(Problem(at, code, message, help, self.document.excerpt(at).replace("\t", " ")))
        if len(self.problems) >= _LIMIT:
            self.problems.append(Problem(at, "too-many-problems", _("the rest of the file was not read")))
            raise PatientRefused(self.problems)

    def refuse(self) -> None:
        """Raise PatientRefused if anything was noted."""
        if self.problems:
            raise PatientRefused(self.problems)


def quoted(text: str, length: int = 60) -> str:
    """The text between backticks, cut where it is long: messages quote what strangers wrote."""
    return f"`{text}`" if len(text) <= length else f"`{text[:length]}...`"


def listed(words: Iterable[str]) -> str:
    """`accepted: a, b, c`."""
    return _("accepted: {words}").format(words=", ".join(words))
