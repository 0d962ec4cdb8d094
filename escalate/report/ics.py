"""A calendar as an iCalendar file (RFC 5545): whole days, the pseudonym alone, always the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from icalendar import Calendar, Event, Todo

from escalate._version import VERSION
from escalate.assessment import Assessment
from escalate.options.model import NotIndicated, Option
from escalate.plan.calendar import CalendarEvent
from escalate.problems import printable
from escalate.report.calendar import CAUTION, KIND_WORDS, verdict_line
from escalate.texts import _, speaking


def ics(assessment: Assessment, option: Option | NotIndicated, events: Sequence[CalendarEvent]) -> str:
    """The file, lines ending in CRLF; what has no date is a task without one."""
    with speaking(assessment.library.language):
        calendar = Calendar()
        calendar.add("prodid", f"-//escalate//escalate {VERSION}//{assessment.library.language.upper()}")
        calendar.add("version", "2.0")
        calendar.add("calscale", "GREGORIAN")
        # No clock: the day of the assessment is what the calendar was made of.
        stamp = datetime.combine(assessment.patient.assessed_on, time(), UTC)
        for number, event in enumerate(events):
            calendar.add_component(_component(assessment, option, event, number, stamp))
        raw: bytes = calendar.to_ical(sorted=False)
        return raw.decode("utf-8")


def _component(
    assessment: Assessment,
    option: Option | NotIndicated,
    event: CalendarEvent,
    number: int,
    stamp: datetime,
) -> Event | Todo:
    component = Todo() if event.first is None else Event()
    component.add("uid", _uid(assessment, option, event, number))
    component.add("dtstamp", stamp)
    if event.first is not None and event.last is not None:
        component.add("dtstart", event.first)
        component.add("dtend", event.last + timedelta(days=1))  # the day after, by the standard
        component.add("transp", "TRANSPARENT")
        component.add("status", "TENTATIVE")
    patient = printable(assessment.patient.id)
    kind = _(KIND_WORDS[event.kind])
    component.add("summary", printable(f"{patient}: {kind}: {_short(event.title)}"))
    told = (event.text, verdict_line(assessment, option), _(CAUTION), event.source, _knowledge(assessment))
    component.add("description", "\n".join(printable(line) for line in told))
    component.add("categories", [kind])
    component.add("class", "CONFIDENTIAL")
    return component


def _knowledge(assessment: Assessment) -> str:
    library = assessment.library
    return _("Knowledge {version}, {digest}.").format(version=library.version, digest=library.digest)


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "..."


def _uid(assessment: Assessment, option: Option | NotIndicated, event: CalendarEvent, number: int) -> str:
    """The same for the same event of the same assessment: an import twice changes nothing."""
    patient = assessment.patient
    parts = (patient.id, patient.sha256, option.therapy.id, event.kind, str(event.first), event.source)
    digest = hashlib.sha256("\n".join((*parts, str(number))).encode()).hexdigest()
    return f"{digest[:32]}@escalate"
