"""What an option waits for on the day of its first dose: a test that is fresh today may be too old by then.

The same file is assessed once more as of that day. Nothing in the file changes, so that only time closes an
option here: a work-up that has aged, a cancer search that has run out. What only time would open is not told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from escalate.assessment import Assessment, assess
from escalate.options.model import NotIndicated, Option
from escalate.options.verdict import Verdict
from escalate.plan.calendar import WEEKS, CalendarEvent, calendar
from escalate.texts import _, speaking


def on_day(assessment: Assessment, start: date) -> Assessment:
    """The same file as of a later day."""
    if start <= assessment.patient.assessed_on:
        return assessment
    return assess(assessment.patient.model_copy(update={"assessed_on": start}), assessment.library)


def dated(
    assessment: Assessment,
    option: Option | NotIndicated,
    start: date,
    *,
    regimen: str | None = None,
    weeks: int = WEEKS,
    then: Assessment | None = None,
) -> tuple[CalendarEvent, ...]:
    """The calendar of an open option, and before its first dose what the file no longer settles on that day.

    Args:   as `plan.calendar.calendar`; then, the file as of `start` where it is known already.
    Raises: UsageError as `plan.calendar.calendar`.
    """
    events = calendar(assessment, option, start, regimen=regimen, weeks=weeks)
    with speaking(assessment.library.language):
        later = (then or on_day(assessment, start)).option(option.therapy.id)
        # Before everything else of its day; what has no date stays behind.
        return tuple(sorted((*_unsettled(later, start), *events), key=lambda e: e.first or date.max))


def _unsettled(later: Option | NotIndicated, start: date) -> Iterator[CalendarEvent]:
    if later.verdict.is_open:
        return
    for title, source in dict.fromkeys(_reasons(later)):
        said = _("not open on this day as the file stands: {reason}").format(reason=title)
        yield CalendarEvent(start, start, "safety", said, said, source)


def _reasons(later: Option | NotIndicated) -> Iterator[tuple[str, str]]:
    if isinstance(later, NotIndicated):
        yield from ((why, later.therapy.id) for why in later.because)
    elif later.verdict is Verdict.DATA_NEEDED:
        yield from ((reason.rule.title, reason.rule.id) for reason in later.unsettled)
    else:
        for reason in (*later.excluded_by, *later.deferred_by):
            yield reason.rule.title, reason.rule.id
