"""A chosen option with real dates: doses, days in hospital, checks, prophylaxis, from the first dose on.

    calendar(assessment, option, date(2026, 12, 7))

Every date follows from the published regimen and from `knowledge/parameters/calendars.yaml`, which quotes the
therapy's own lines. What has no interval there stands at the end without a date; none is made up. An option
that is not open has no calendar.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from escalate.findings.reasons import Reasons
from escalate.language.evaluate import evaluate
from escalate.language.facts import Status
from escalate.language.parse import parse_condition
from escalate.language.tree import Condition
from escalate.library.model import Library, Regimen, Therapy
from escalate.nodes import Node
from escalate.options.model import NotIndicated, Option
from escalate.options.verdict import Verdict
from escalate.plan.calendar_doses import DOSE, STEP_UP, TARGET, CalendarDose, course_of, regimen_named
from escalate.plan.calendar_entries import Entry, entries_of, lines_of
from escalate.problems import InternalFault, Problem, UsageError
from escalate.texts import _, speaking
from escalate.truth import Truth

if TYPE_CHECKING:
    from escalate.patient.model import Patient

WEEKS = 26
"""How far ahead a check without an end is placed where nobody says otherwise: half a year."""


class Assessed(Protocol):
    """What of an assessment the calendar reads."""

    @property
    def patient(self) -> Patient: ...
    @property
    def library(self) -> Library: ...
    @property
    def reasons(self) -> Reasons: ...


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One thing to do. `first` and `last` are the same day, or the days between which it falls; None: no
    date.

    `kind` is one of calendar_entries.KINDS, or `undated`. `title` is short, `text` the whole line of the
    knowledge, `source` where it stands (and the citations of a regimen).
    """

    first: date | None
    last: date | None
    kind: str
    title: str
    text: str
    source: str


def calendar(
    assessment: Assessed,
    option: Option | NotIndicated,
    start: date,
    *,
    regimen: str | None = None,
    weeks: int = WEEKS,
) -> tuple[CalendarEvent, ...]:
    """What falls on which day, sorted by day; what has no date stands behind.

    Args:    start, the day of the first dose, or of the next one where a course is running; regimen, the id
             of one of the therapy's published regimens (default: the first); weeks, how far ahead repeated
             checks are placed.
    Raises:  UsageError where the option is not open, with the reasons, the regimen is not known, or `start`
             lies before the day on which the option was open.
    """
    with speaking(assessment.library.language):
        _refuse_closed(option)
        chosen = regimen_named(option.therapy, regimen)
        planning = _Planning(assessment, option.therapy, chosen, start, weeks)
        if start < assessment.patient.assessed_on:
            said = _("the calendar starts on {start}, before the day of the assessment, {day}")
            day = assessment.patient.assessed_on.isoformat()
            raise UsageError(said.format(start=start.isoformat(), day=day))
        return planning.events()


def _refuse_closed(option: Option | NotIndicated) -> None:
    if option.verdict.is_open:
        return
    reasons: Iterable[str] = ()
    if isinstance(option, NotIndicated):
        reasons = option.because
    elif option.verdict is Verdict.DATA_NEEDED:
        reasons = (missing.ask for missing in option.missing)
    else:
        reasons = (reason.rule.title for reason in (*option.excluded_by, *option.deferred_by))
    said = _("no calendar of `{therapy}`: its verdict is `{verdict}` ({reasons})")
    why = "; ".join(dict.fromkeys(reasons))
    raise UsageError(said.format(therapy=option.therapy.id, verdict=option.verdict, reasons=why))


class _Planning:
    """One calendar while it is being made."""

    def __init__(
        self, assessment: Assessed, therapy: Therapy, regimen: Regimen | None, start: date, weeks: int
    ) -> None:
        self.reasons, self.library, self.therapy = assessment.reasons, assessment.library, therapy
        self.from_day, self.end = start, start + timedelta(weeks=weeks)
        self.entries = entries_of(therapy, assessment.library)
        weight = self.reasons.facts["demographics.weight_kg"]
        known = weight.status is Status.KNOWN and isinstance(weight.value, Decimal)
        kg = weight.value if known and isinstance(weight.value, Decimal) else None
        self.regimen = regimen
        course = course_of(assessment.patient, therapy, regimen, start, kg, self.library.parameters)
        # In a running course weeks and days count from its first dose; what is past is not listed.
        self.start, self.doses = course.first_on, course.doses
        self.source = str(therapy.at) if therapy.at else therapy.id

    def events(self) -> tuple[CalendarEvent, ...]:
        dated = [*self._regimen_doses()]
        undated: list[CalendarEvent] = []
        # The doses of the file first: what comes with or after a dose needs their days.
        for entry in sorted(self.entries, key=lambda e: e.kind != "dose"):
            truth = self._applies(entry)
            if truth is Truth.FALSE:
                continue
            if truth is Truth.UNKNOWN:
                undated.append(self._undated(entry.line))
                continue
            placed = [self._event(entry, first, last) for first, last in self._days(entry)]
            if entry.kind == "dose":
                self.doses += tuple(CalendarDose(e.first, e.title, "", DOSE) for e in placed if e.first)
            dated += placed
        quoted = {entry.line for entry in self.entries}
        told = [line for line in lines_of(self.therapy) if line and line not in quoted]
        if self.regimen is not None:
            told.remove(self.therapy.dose)  # the regimen says it with its days
        undated += [self._undated(line) for line in told]
        if self.start < self.from_day:  # a course is running
            past = [e for e in dated if e.last is not None and e.last < self.from_day]
            dated = [e for e in dated if e not in past]
            ahead = {e.text for e in dated}
            # What began with the course may still hold: it is named, without a day of the past.
            undated += [self._undated(e.text) for e in past if e.kind != "dose" and e.text not in ahead]
        dated.sort(key=lambda e: (e.first or date.max, e.last or date.max, e.kind, e.title))
        return (*dated, *dict.fromkeys(undated))

    def _regimen_doses(self) -> Iterator[CalendarEvent]:
        if self.regimen is None:
            return
        refs = ", ".join(dict.fromkeys(citation.ref for citation in self.regimen.source))
        source = f"{self.regimen.id} ({refs})" if refs else self.regimen.id
        for dose in self.doses:
            title = f"{self.therapy.name}, {dose.title}"
            yield CalendarEvent(dose.on, dose.on, "dose", title, dose.text, source)

    def _event(self, entry: Entry, first: date, last: date) -> CalendarEvent:
        return CalendarEvent(first, last, entry.kind, entry.title, entry.line, self.source)

    def _undated(self, line: str) -> CalendarEvent:
        return CalendarEvent(None, None, "undated", line, line, self.source)

    def _applies(self, entry: Entry) -> Truth:
        if entry.when is None:
            return Truth.TRUE
        return evaluate(_condition(entry.when, self.reasons), self.reasons.facts, self.reasons.heads)

    def _days(self, entry: Entry) -> Iterator[tuple[date, date]]:
        """The first and the last day of each occurrence."""
        t = entry.timing
        if t.with_ is not None:
            for dose in self._meant(t.with_):
                yield dose, dose + timedelta(days=t.stay_days or 0)
        elif t.on_days is not None:
            for number in t.on_days:
                day = self.start + timedelta(days=number)
                yield day, day
        elif t.between_days is not None or t.between_weeks is not None:
            low, high = t.between_days or [7 * week for week in t.between_weeks or ()]
            for origin in self._dose_days() if t.after_every_dose else [self.start]:
                yield origin + timedelta(days=low), origin + timedelta(days=high)
        elif t.before_weeks is not None:
            before = self.start - timedelta(weeks=t.before_weeks)
            yield before, before
        elif t.after_last_dose_days is not None or t.after_last_dose_months is not None:
            last = max([self.start, *self._dose_days()])
            after = _months_later(last, t.after_last_dose_months or 0)
            after += timedelta(days=t.after_last_dose_days or 0)
            yield after, after
        else:
            for again in self._again(entry):
                yield again, again + timedelta(days=(t.lasts_days or 1) - 1)

    def _again(self, entry: Entry) -> Iterator[date]:
        """The days of what is repeated: doses from the start on, checks one interval after it."""
        t = entry.timing
        begin = _months_later(self.start, t.from_month or 0) + timedelta(weeks=t.from_week or 0)
        stop = self.end
        if t.to_week is not None:
            stop = min(stop, self.start + timedelta(weeks=t.to_week))
        if t.to_month is not None:
            stop = min(stop, _months_later(self.start, t.to_month))
        number = 0 if entry.kind == "dose" else 1
        left = t.times
        while left is None or left > 0:
            if t.every_months is not None:
                day = _months_later(begin, number * t.every_months[0])
            else:
                interval = t.every_days or tuple(7 * week for week in t.every_weeks or ())
                if not interval or interval[0] < 1:
                    raise InternalFault(
                        _("{therapy}: `{words}` has no interval").format(
                            therapy=self.therapy.id, words=entry.words
                        )
                    )
                day = begin + timedelta(days=number * interval[0])
            # A stated number of doses is given whole; what has none ends with the days asked for.
            if left is None and day > stop:
                return
            yield day
            number += 1
            left = None if left is None else left - 1

    def _meant(self, which: str) -> list[date]:
        """The days of the doses that an entry goes with."""
        below = [dose.on for dose in self.doses if dose.kind == STEP_UP]
        targets = [dose.on for dose in self.doses if dose.kind == TARGET]
        if which == "every_dose":
            return self._dose_days()
        return below if which == "step_up" else [*below, *targets[:1]]

    def _dose_days(self) -> list[date]:
        return sorted({dose.on for dose in self.doses})


def _months_later(day: date, count: int) -> date:
    """The same day some months later; the last of a month that has no such day."""
    year, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, months.monthrange(year, month)[1]))


def _condition(node: Node, reasons: Reasons) -> Condition:
    problems: list[Problem] = []
    found = parse_condition(node, reasons.names, ask=False, excerpt=lambda _at: "", collect=problems.append)
    if found is None:
        raise InternalFault(
            _("a condition of the calendar cannot be read: {problems}").format(problems=problems)
        )
    return found
