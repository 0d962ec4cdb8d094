"""A calendar as text and as a plain object; `report/ics.py` writes the file for calendar programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from escalate._version import VERSION
from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.options.model import NotIndicated, Option
from escalate.plan.calendar import CalendarEvent
from escalate.problems import printable
from escalate.report.changes_said import verdict_words
from escalate.report.head import FOOTER
from escalate.report.layout import Page
from escalate.report.option_text import REGIONS
from escalate.texts import N_, _, speaking

SCHEMA = "escalate/calendar/v1"
CAUTION = N_(
    "Dates are nominal, as published; where a range is printed the shorter interval is placed. "
    "Doses read as usual published doses, to be checked against the label; no order."
)
KIND_WORDS = {
    "dose": N_("dose"),
    "inpatient": N_("in hospital"),
    "laboratory": N_("laboratory"),
    "heart": N_("heart"),
    "igg": N_("IgG"),
    "visit": N_("visit"),
    "medication": N_("medication"),
    "prophylaxis": N_("prophylaxis"),
    "safety": N_("safety"),
    "undated": N_("no date"),
}


def verdict_line(assessment: Assessment, option: Option | NotIndicated) -> str:
    """The therapy with its verdict and its regulatory status, as every calendar begins."""
    said = _("{therapy}: {verdict}").format(
        therapy=option.therapy.name, verdict=verdict_words(str(option.verdict))
    )
    if isinstance(option, NotIndicated):
        return said
    status = assessment.status(option)
    words = {"off_label": _("off-label")}
    regions = ", ".join(
        f"{_(REGIONS[k])} {words.get(status[k]) or say(status[k])}" for k in REGIONS if k in status
    )
    return f"{said}; {regions}" if regions else said


def calendar_text(
    assessment: Assessment,
    option: Option | NotIndicated,
    events: Sequence[CalendarEvent],
    *,
    width: int = 100,
    colour: bool = False,
) -> str:
    """One line an event, by day; what has no date behind."""
    with speaking(assessment.library.language):
        patient, library = assessment.patient, assessment.library
        page = Page(width, colour)
        head = _("Calendar of {therapy}, patient {id}, assessed on {day}")
        day = patient.assessed_on.isoformat()
        page.line(page.paint(head.format(therapy=option.therapy.name, id=patient.id, day=day), "bold"))
        page.line(verdict_line(assessment, option))
        page.line(_(CAUTION))
        page.blank()
        for event in events:
            if event.first is not None:
                page.line(f"{_(KIND_WORDS[event.kind])}: {event.title}", 0, f"{_when(event)}  ")
                if event.kind == "dose" and event.text not in event.title:
                    page.line(event.text, 24)
        undated = [event for event in events if event.first is None]
        if undated:
            page.heading(_("Without a date: the knowledge gives no interval, or it depends on the course"))
            page.bullets(event.title for event in undated)
        page.blank()
        page.line(_(FOOTER))
        page.line(_("Knowledge {version}, {digest}.").format(version=library.version, digest=library.digest))
        return page.text()


def calendar_document(
    assessment: Assessment, option: Option | NotIndicated, events: Sequence[CalendarEvent], start: date
) -> dict[str, object]:
    """The calendar as JSON holds it; days in ISO form, null where there is none."""
    patient, library = assessment.patient, assessment.library
    return {
        "schema": SCHEMA,
        "patient": {
            "id": printable(patient.id),
            "assessed_on": patient.assessed_on.isoformat(),
            "sha256": patient.sha256,
        },
        "knowledge": {"version": library.version, "digest": library.digest},
        "software": {"escalate": VERSION},
        "therapy": option.therapy.id,
        "verdict": str(option.verdict),
        "start": start.isoformat(),
        "events": [
            {
                "first": event.first.isoformat() if event.first else None,
                "last": event.last.isoformat() if event.last else None,
                "kind": event.kind,
                "title": printable(event.title),
                "text": printable(event.text),
                "source": event.source,
            }
            for event in events
        ],
    }


def _when(event: CalendarEvent) -> str:
    first, last = (day.isoformat() if day else "" for day in (event.first, event.last))
    if first == last:
        return first.ljust(16)
    return f"{first}/{last[5:] if first[:4] == last[:4] else last}"
