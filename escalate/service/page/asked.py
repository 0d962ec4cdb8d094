"""What a page is asked: the file, the changes of its variants; it may cross to another process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from escalate.service.page.given import Given
from escalate.service.page.posted import PatientFile

Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to the page.

    `a` and `b` are the changes of the two variants; `root` is the path below which the service stands;
    `today` what the day of assessment is where the file does not say it.
    """

    file: PatientFile
    root: str
    today: date
    records: bool  # whether a decision can be recorded
    a: Rows = ()
    b: Rows = ()
    start: date | None = None  # the day of a first dose: with it, calendars have real days
    whole: bool = False  # the whole report of a what-if, not its differences alone
    more: int = 0  # empty rows beside the first
    given: Given | None = None  # of a form that is filled in
    row_for: str = ""  # the list of the form that gets another row


@dataclass(frozen=True, slots=True)
class Made:
    """A page: its HTML and the status of the answer."""

    html: str
    status: int = 200
