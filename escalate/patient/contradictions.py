"""What cannot hold together inside one file and what no rule can say, since it compares two facts.

A contradiction closes nothing and opens nothing: it names the facts that count as unknown until
somebody has looked. Contradictions of single facts (a man who is pregnant) are rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from escalate.language.words import say_word
from escalate.library.model import Library
from escalate.patient.implausible import why_implausible
from escalate.patient.model import PartialDate, Patient, TherapyLine
from escalate.patient.parameters import parameters_of
from escalate.problems import Span
from escalate.texts import N_, _, figure

_MONTHS_PER_YEAR = 12
_DAYS_PER_WEEK = 7


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements of which at least one is wrong; `at` are their places in the file."""

    id: str
    title: str
    because: str
    makes_unknown: tuple[str, ...]
    at: tuple[Span, ...]


def find_contradictions(patient: Patient, library: Library) -> tuple[Contradiction, ...]:
    """Every contradiction of this kind, by the place of its first statement."""
    found = [
        *_later_than_the_assessment(patient),
        *_ages(patient),
        *_course(patient),
        *_antibodies(patient),
        *(c for line in patient.therapies or () for c in _line(line, patient.assessed_on)),
        *_doses(patient, library),
    ]
    return tuple(sorted(found, key=lambda c: ([(s.line, s.column) for s in c.at], c.id, c.makes_unknown)))


def _later_than_the_assessment(patient: Patient) -> Iterator[Contradiction]:
    for name, value in patient.values.items():
        if isinstance(value.value, date) and value.value > patient.assessed_on:
            yield _future(name, value.given, patient.assessed_on, value.at)


def _future(name: str, given: str, assessed_on: date, at: Span) -> Contradiction:
    return Contradiction(
        "DATE-FUTURE",
        _("A date lies after the day of assessment"),
        _("{name} is {given}, the assessment is of {assessed_on}").format(
            name=name, given=given, assessed_on=assessed_on.isoformat()
        ),
        (name,),
        (at,),
    )


def _ages(patient: Patient) -> Iterator[Contradiction]:
    age = patient.values.get("demographics.age_years")
    if age is None or not isinstance(age.value, Decimal):
        return
    for name, per_year in (
        ("diagnosis.age_at_onset_years", 1),
        ("diagnosis.disease_duration_months", _MONTHS_PER_YEAR),
    ):
        other = patient.values.get(name)
        if other is None or not isinstance(other.value, Decimal):
            continue
        # A whole number of years has passed its birthday: up to one year more is no contradiction.
        if other.value >= (age.value + 1) * per_year:
            yield Contradiction(
                "AGE-ORDER",
                _("The disease would have begun outside the patient's life"),
                _("{name} is {value}, the age is {age} years").format(
                    name=name, value=figure(other.value, "f"), age=figure(age.value, "f")
                ),
                ("demographics.age_years", name),
                (age.at, other.at),
            )


def _course(patient: Patient) -> Iterator[Contradiction]:
    first, last = patient.values.get("course.first_dose_on"), patient.values.get("course.last_dose_on")
    days = [v.value for v in (first, last) if v is not None and isinstance(v.value, date)]
    if first and last and days != sorted(days):
        yield Contradiction(
            "COURSE-ORDER",
            _("The last dose of the course lies before its first dose"),
            _("first dose {first}, last dose {last}").format(first=first.given, last=last.given),
            ("course.first_dose_on", "course.last_dose_on"),
            (first.at, last.at),
        )


def _antibodies(patient: Patient) -> Iterator[Contradiction]:
    entries = patient.antibodies or ()
    for name in dict.fromkeys(e.name for e in entries):
        same = [e for e in entries if e.name == name and e.result is not None]
        results = {e.result for e in same}
        if {"positive", "negative"} <= results:
            yield Contradiction(
                "ANTIBODY-BOTH",
                _("One antibody is both positive and negative"),
                _("{name} is given as {results}").format(
                    name=name, results=_(" and as ").join(sorted(say_word(r) for r in results if r))
                ),
                (f"antibodies[{name}]",),
                tuple(e.at for e in same),
            )


def _line(line: TherapyLine, assessed_on: date) -> Iterator[Contradiction]:
    here = f"therapies[{line.entry}]"
    planned = line.status == "planned"
    for part in ("started_on", "stopped_on", "last_dose_on"):
        day: PartialDate | None = getattr(line, part)
        if day is not None and day.first > assessed_on and not planned:
            at = line.places.get(part, line.at)
            yield _future(f"{here}.{part}", f"{day} ({line.drug})", assessed_on, at)
    for earlier, later in (
        ("started_on", "stopped_on"),
        ("started_on", "last_dose_on"),
        ("last_dose_on", "stopped_on"),
    ):
        yield from _in_order(line, earlier, later)
    yield from _status(line, assessed_on)
    yield from _effect(line)
    yield from _duration(line, assessed_on)


def _doses(patient: Patient, library: Library) -> Iterator[Contradiction]:
    """A dose against what the drug is given in: it is no adequate trial, whatever else the entry states."""
    weight = patient.value("demographics.weight_kg")
    for line in patient.therapies or ():
        if line.dose is None:
            continue
        least = parameters_of(library).trials.get(line.drug)
        why = why_implausible(line, least, weight if isinstance(weight, Decimal) else None)
        if why:
            here = f"therapies[{line.entry}]"
            yield Contradiction(
                "LINE-DOSE",
                _("The dose of a line of therapy cannot be right"),
                f"{here}, {library.drugs.labels.get(line.drug, line.drug)}: {why}",
                (f"{here}.dose", *([f"{here}.adequate"] if line.adequate else [])),
                (line.places.get("dose", line.at),),
            )


def _in_order(line: TherapyLine, earlier: str, later: str) -> Iterator[Contradiction]:
    first: PartialDate | None = getattr(line, earlier)
    second: PartialDate | None = getattr(line, later)
    if first is None or second is None or first.first <= second.last:
        return
    here = f"therapies[{line.entry}]"
    yield Contradiction(
        "LINE-ORDER",
        _("The dates of a line of therapy are out of order"),
        f"{line.drug}: {_said(earlier)} {first}, {_said(later)} {second}",
        (f"{here}.{earlier}", f"{here}.{later}"),
        (line.places.get(earlier, line.at), line.places.get(later, line.at)),
    )


def _status(line: TherapyLine, assessed_on: date) -> Iterator[Contradiction]:
    """Ongoing and stopped; planned and already judged. The status is what counts as unknown."""
    over = line.stopped_on is not None and line.stopped_on.last <= assessed_on
    if line.status == "ongoing":
        against = [p for p, holds in (("stopped_on", over), ("stopped_for", bool(line.stopped_for))) if holds]
    elif line.status == "planned":
        against = [p for p in ("response", "stopped_for", "last_dose_on") if getattr(line, p) is not None]
        against += ["stopped_on"] if over else []
    else:
        return
    if against:
        yield Contradiction(
            "LINE-STATUS",
            _("The status of a line of therapy does not fit its course"),
            _("{drug} is {status}, and has {against}").format(
                drug=line.drug,
                status=say_word(line.status),
                against=_(" and ").join(_said(p) for p in against),
            ),
            (f"therapies[{line.entry}].status",),
            tuple(line.places.get(p, line.at) for p in ("status", *against)),
        )


def _effect(line: TherapyLine) -> Iterator[Contradiction]:
    """A drug that is said to have worked very well, and to have been stopped because it did not work."""
    if line.response == "major" and line.stopped_for == "inefficacy":
        here = f"therapies[{line.entry}]"
        yield Contradiction(
            "LINE-EFFECT",
            _("A line of therapy worked very well and was stopped because it did not work"),
            _(
                "{drug}: response {response}, stopped for {reason}; a relapse is `relapse_after_response`"
            ).format(drug=line.drug, response=say_word(line.response), reason=say_word(line.stopped_for)),
            (f"{here}.response", f"{here}.stopped_for"),
            (line.places.get("response", line.at), line.places.get("stopped_for", line.at)),
        )


def _duration(line: TherapyLine, assessed_on: date) -> Iterator[Contradiction]:
    if line.weeks is None or line.started_on is None or line.status == "planned":
        return
    end = line.stopped_on.last if line.stopped_on else assessed_on
    longest = Decimal((end - line.started_on.first).days) / _DAYS_PER_WEEK
    # Weeks are rounded: up to one week more is no contradiction. Dates out of order are said elsewhere.
    if longest >= 0 and line.weeks > longest + 1:
        here = f"therapies[{line.entry}]"
        yield Contradiction(
            "LINE-DURATION",
            _("A line of therapy lasted longer than its dates allow"),
            _("{drug}: {weeks} weeks, from {started_on} to {stopped_on}").format(
                drug=line.drug,
                weeks=figure(line.weeks, "f"),
                started_on=line.started_on,
                stopped_on=line.stopped_on or end,
            ),
            (f"{here}.weeks", f"{here}.started_on", f"{here}.stopped_on"),
            (line.places.get("weeks", line.at), line.places.get("started_on", line.at)),
        )


_WORDS = {
    "started_on": N_("start"),
    "stopped_on": N_("stop"),
    "last_dose_on": N_("last dose"),
    "stopped_for": N_("a reason for stopping"),
    "response": N_("a response"),
}


def _said(part: str) -> str:
    return _(_WORDS[part])
