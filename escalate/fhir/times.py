"""FHIR dates: a day, a month or a year, with or without a time; each as the days it may be."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from escalate.fhir.shapes import mapping, text

_TIME = r"T(\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?"
_DATE = re.compile(rf"(\d{{4}})(?:-(\d{{2}})(?:-(\d{{2}})(?:{_TIME})?)?)?", re.ASCII)
_YEARS = range(1900, 2201)


@dataclass(frozen=True, slots=True)
class When:
    """The first and the last day that a date may be; `instant` where it states time and zone."""

    first: date
    last: date
    given: str
    instant: datetime | None = None

    @property
    def day(self) -> str:
        """The day, or the empty text where only month or year are known."""
        return self.first.isoformat() if self.first == self.last else ""

    @property
    def month(self) -> str:
        """The day or the month, or the empty text where only the year is known."""
        if self.day:
            return self.day
        same = (self.first.year, self.first.month) == (self.last.year, self.last.month)
        return self.first.isoformat()[:7] if same else ""

    def after(self, other: When) -> bool:
        """Whether it is certainly later than another."""
        if self.instant is None or other.instant is None:
            return self.first > other.last
        return self.instant > other.instant


def when(value: Any) -> When | None:
    """A FHIR date, dateTime or instant; None for anything else, and for a year that is a typing error.

    >>> when("2026-02").first, when("2026-02").last
    (datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))
    """
    written = text(value)
    hit = _DATE.fullmatch(written) if len(written) <= 40 else None
    if hit is None or int(hit[1]) not in _YEARS:
        return None
    year = int(hit[1])
    try:
        if hit[3]:
            day = date(year, int(hit[2]), int(hit[3]))
            return When(day, day, written, _instant(written) if hit[5] else None)
        if hit[2]:
            first = date(year, int(hit[2]), 1)
            return When(first, first.replace(day=calendar.monthrange(year, first.month)[1]), written)
    except (ValueError, OverflowError):
        return None
    return When(date(year, 1, 1), date(year, 12, 31), written)


def _instant(written: str) -> datetime:
    return datetime.fromisoformat(re.sub(r"\.\d+", "", written)).astimezone(UTC)


def observed(resource: Mapping[str, Any]) -> When | None:
    """`effectiveDateTime`, the end (else the start) of `effectivePeriod`, `effectiveInstant`, `issued`.

    `issued` only where nothing says when it was observed: what says so and cannot be read may be years older.
    """
    if not says_when(resource):
        return when(resource.get("issued"))
    period = mapping(resource.get("effectivePeriod"))
    for value in (
        resource.get("effectiveDateTime"),
        period.get("end"),
        period.get("start"),
        resource.get("effectiveInstant"),
    ):
        found = when(value)
        if found is not None:
            return found
    return None


def says_when(resource: Mapping[str, Any]) -> bool:
    """Whether a resource says when it was observed, in a form that is read or not."""
    return any(key.startswith("effective") and value is not None for key, value in resource.items())
