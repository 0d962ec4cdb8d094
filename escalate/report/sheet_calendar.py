"""The calendar of an open option on a page: one row for each thing to do, with its days in short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from escalate.assessment import Assessment
from escalate.options.model import Option
from escalate.problems import UsageError
from escalate.report.days import short_days

if TYPE_CHECKING:
    from escalate.plan.calendar import CalendarEvent


@dataclass(frozen=True, slots=True)
class Dated:
    """One thing to do and its days; `kind` is that of the calendar."""

    kind: str
    title: str
    days: str


def calendar_rows(
    assessment: Assessment, option: Option, start: date | None, then: Assessment | None
) -> tuple[Dated, ...]:
    """What has days, in the order of the first; nothing without a start. The rest stands in the lists.

    Args: then, the same file as of `start`.
    """
    if start is None:
        return ()
    # numpy comes with this module: only a page with calendars pays for it.
    from escalate.start_day import dated

    found: dict[tuple[str, str], list[CalendarEvent]] = {}
    try:
        events = dated(assessment, option, start, then=then)
    except UsageError as refusal:  # a start before the last dose of a running course: the page says so
        return (Dated("undated", str(refusal), ""),)
    for event in events:
        if event.first is not None:
            found.setdefault((event.kind, event.title), []).append(event)
    return tuple(Dated(kind, title, _days(days)) for (kind, title), days in found.items())


def _days(events: Sequence[CalendarEvent]) -> str:
    spans: Iterable[tuple[date, date]] = ((e.first, e.last or e.first) for e in events if e.first is not None)
    return short_days(spans)
