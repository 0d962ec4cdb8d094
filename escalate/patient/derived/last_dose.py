"""Days since the last dose of a therapy. Dossier 7.4, 6.4 X33.

Counted from the last dose, else from the stop; 0 while it is given, a range where the dates are unclear,
not applicable for a drug that was never given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from escalate.language.facts import Fact
from escalate.patient.derived.answers import absent, between, number, unknown
from escalate.patient.derived.registry import HISTORY, Case, derived, family, lines_of
from escalate.patient.doses import Dose, parse_dose, reaches
from escalate.patient.lines import Line
from escalate.texts import _
from escalate.truth import Truth


@family("therapy.{therapy}.days_since_last_dose")
def days_since_last_dose(case: Case, name: str, member: str) -> Fact:
    """Whole days; 0 while it is given, not applicable when never given, a range where dates are unclear."""
    return _days_since(case, name, (member,))


@family("class.{class}.days_since_last_dose")
def days_since_last_dose_of_class(case: Case, name: str, member: str) -> Fact:
    """The shortest over the members of the class."""
    return _days_since(case, name, case.library.classes.get(member, ()))


@derived("therapy.ivig.high_dose_days_ago")
def ivig_high_dose_days_ago(case: Case, name: str) -> Fact:
    """Days since the last immunoglobulin cycle of at least the high dose (parameters: g/kg).

    The last dose counts also while the cycles go on. An entry whose dose cannot be read counts as perhaps
    high, so its days bound the answer from below only.
    """
    if case.lines is None:
        return unknown(name, HISTORY)
    weight = case["demographics.weight_kg"].value
    weight_kg = weight if isinstance(weight, Decimal) else None
    high: list[Days] = []
    perhaps: list[Days] = []
    for line in case.lines:
        if line.therapy != "ivig" or line.given is Truth.FALSE:
            continue
        reached = _high_dose(line, case.parameters.ivig_high_dose, weight_kg)
        if reached is not Truth.FALSE:
            days = days_of(line, case.patient.assessed_on, last_known=True)
            (high if reached is Truth.TRUE else perhaps).append(days)
    if not high and not perhaps:
        return absent(name, _("no immunoglobulin cycle reached the high dose"))
    return _shortest(case, name, high, perhaps)


@dataclass(frozen=True, slots=True)
class Days:
    """The least and the most days since the last dose of one entry; `anchor` is its day where known."""

    line: Line
    low: Decimal
    high: Decimal | None
    anchor: date | None


def days_of(line: Line, today: date, *, last_known: bool = False) -> Days:
    """From the last dose, else the stop; 0 while it is given (unless the last dose itself is asked for)."""
    source = line.source
    last = source.last_dose_on or source.stopped_on
    if line.present is Truth.TRUE and not (last_known and source.last_dose_on):
        return Days(line, Decimal(0), Decimal(0), None)
    if last is not None and line.in_order and last.first <= today:
        low, high = Decimal((today - last.last).days), Decimal((today - last.first).days)
        if line.present is Truth.FALSE or last_known:
            return Days(line, max(low, Decimal(0)), high, last.first if last.exact else None)
        return Days(line, Decimal(0), high, None)
    start = source.started_on
    since_start = Decimal((today - start.first).days) if start and start.first <= today else None
    return Days(line, Decimal(0), since_start, None)


def _days_since(case: Case, name: str, drugs: tuple[str, ...]) -> Fact:
    if case.lines is None:
        return unknown(name, HISTORY)
    lines = lines_of(case, drugs)
    if not lines:
        return absent(name, _("never given"))
    return _shortest(case, name, [days_of(line, case.patient.assessed_on) for line in lines], [])


def _shortest(case: Case, name: str, certain: list[Days], perhaps: list[Days]) -> Fact:
    """The least of the certain days; a `perhaps` entry can only make it less."""
    low = min(days.low for days in (*certain, *perhaps))
    tops = [days.high for days in certain if days.high is not None]
    high = min(tops) if tops else None
    origins = tuple(days.line.at for days in (*certain, *perhaps))
    unclear = [d for d in (*certain, *perhaps) if d.high is None or d.low != d.high or d in perhaps]
    if low == high:
        first = next(days for days in certain if days.high == high)
        since = (
            _("last dose {day}, {days} days ago").format(day=first.anchor, days=high)
            if first.anchor
            else _("being given")
        )
        label = case.library.drugs.labels.get(first.line.therapy, first.line.therapy)
        return number(name, low, f"{label}: {since}", origins, first.anchor)
    missing = tuple(
        f"therapies[{days.line.entry}].{'dose' if days in perhaps else 'last_dose_on'}" for days in unclear
    )
    return between(name, low, high, "", origins, missing)


def _high_dose(line: Line, least: Dose, weight_kg: Decimal | None) -> Truth:
    dose = parse_dose(line.source.dose) if line.source.dose else None
    return Truth.UNKNOWN if dose is None else reaches(dose, (least,), weight_kg)
