"""What was given as rows of a table: a line of therapy each, and the present course."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.patient.lines import Line
from escalate.report.course import Course
from escalate.report.days import with_long_days
from escalate.report.sheet_ladder import line_word
from escalate.report.sheet_owed import truth_word
from escalate.texts import _, figure


@dataclass(frozen=True, slots=True)
class Past:
    """One line of therapy as a row of the table."""

    drug: str
    dose: str
    time: str
    level: str
    response: str
    ended: str
    adequate: str
    adherence: str
    mark: str
    counts_as: str
    note: str


def past(line: Line, assessment: Assessment) -> Past:
    """One line of therapy, with what it counts as."""
    source = line.source
    span = ""
    if source.started_on or source.stopped_on or source.status == "ongoing":
        end = str(source.stopped_on) if source.stopped_on else _("now") if source.status == "ongoing" else "?"
        span = with_long_days(_("{start} to {end}").format(start=source.started_on or "?", end=end))
    weeks = (
        _("{weeks} weeks").format(weeks=figure(f"{source.weeks.normalize():f}"))
        if source.weeks is not None
        else ""
    )
    trough = source.trough_ng_per_ml
    return Past(
        drug=assessment.library.drugs.labels.get(line.therapy, say(line.therapy)),
        dose=source.dose or "",
        time=", ".join(part for part in (weeks, span) if part),
        level=_("trough {level} ng/mL").format(level=figure(f"{trough.normalize():f}")) if trough else "",
        response=_("no response") if source.response == "none" else say(source.response or ""),
        ended=say(source.stopped_for) if source.stopped_for else "",
        adequate=truth_word(line.tried_adequately),
        adherence=say(source.adherence) if source.adherence else "",
        mark=line.counts_as,
        counts_as=line_word(line),
        note=assessment.note(line) or "",
    )


def running(course: Course | None) -> Iterable[Past]:
    """The present course as a row of the table: a file may hold it under `course` alone."""
    if course is not None:
        yield Past(
            drug=course.name,
            dose=course.dose,
            time=with_long_days(course.days()),
            level=course.step,
            response="",
            ended="",
            adequate="–",
            adherence="",
            mark="running",
            counts_as=course.state,
            note="",
        )
