"""Which doses of a drug a patient has received so far, from the file, and with which steps a regimen goes on.

A file states the first and the last dose of a course, or a dose text with dates; what lies between is
put where the published regimen puts it, and every such assumption is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from escalate.library.model import DoseStep, Regimen
from escalate.patient.doses import parse_dose
from escalate.patient.model import Patient, TherapyLine
from escalate.pk.dosing import restart
from escalate.texts import _

_TARGET = {"weekly_target": ("weekly", 7), "biweekly_target": ("biweekly", 14)}
_MOST_DOSES = 2000


@dataclass(frozen=True, slots=True)
class Dose:
    """One administration: days from the first dose, `amount_mg` per `kg`, `m2` or flat, and what it is."""

    day: Decimal
    amount_mg: Decimal
    per: str
    name: str


@dataclass(frozen=True, slots=True)
class Received:
    """Doses in order of time, the first on `first_on` (day 0), and what was assumed of them.

    `kind` is that of the last dose in the words of the label's restart table, None where it is unknown.
    """

    doses: tuple[Dose, ...]
    first_on: date
    notes: tuple[str, ...]
    kind: str | None = None

    @property
    def last_day(self) -> Decimal:
        """The day of the last dose."""
        return self.doses[-1].day


def received(patient: Patient, drug: str, regimen: Regimen | None) -> Received | None:
    """The doses that the file states: those of the course being given, else those of the history.

    Args:    regimen, the published one, for the steps between the first and the last dose of a course.
    Returns: None where the file states none, or too little to place them.
    """
    if patient.value("course.drug") == drug and regimen is not None:
        found = _course(patient, regimen)
        if found is not None:
            return found
    lines = [x for x in patient.therapies or () if x.drug == drug and x.status != "planned"]
    return _history([x for x in lines if x.dose and x.started_on], patient.assessed_on)


def going_on(
    so_far: Received, regimen: Regimen, today: date, rules: Mapping[str, Sequence[Mapping[str, object]]]
) -> tuple[tuple[Dose, ...], tuple[str, ...]]:
    """The steps of the regimen that would follow, from today or the nominal day on, and what was assumed.

    After a delay the label's restart table names the dose to go on with; a target dose that was received
    is not given again.
    """
    gap = Decimal((today - so_far.first_on).days) - so_far.last_day
    steps, target = list(regimen.steps), max(step.mg_per_kg for step in regimen.steps)
    notes = []
    rule = restart(rules, so_far.kind, float(gap)) if so_far.kind else None
    given = sum(dose.amount_mg == target for dose in so_far.doses)
    targets = [step for step in steps if step.mg_per_kg == target]
    if rule is None:
        below = len(so_far.doses) - given
        next_steps = [s for s in steps if s.mg_per_kg < target][below:] + targets[given:]
    else:
        notes.append(_("The label says: {label}.").format(label=rule.says))
        again = next(i for i, s in enumerate(steps) if float(s.mg_per_kg) == rule.mg_per_kg)
        anew = again == 0
        next_steps = [s for s in steps[again:] if s.mg_per_kg < target] + targets[0 if anew else given :]
    if not next_steps:
        notes.append(_("Every step of the regimen `{id}` has been given.").format(id=regimen.id))
        return (), tuple(notes)
    earliest = so_far.last_day + _interval(steps, next_steps[0])
    shift = max(so_far.last_day + gap, earliest) - next_steps[0].day
    doses: list[Dose] = []
    for i, step in enumerate(next_steps):
        if i:
            shift = doses[-1].day + _interval(steps, step) - step.day
        doses.append(Dose(step.day + shift, step.mg_per_kg, "kg", step.name))
    notes.append(
        _("The regimen `{id}` goes on with {step} on day {day}.").format(
            id=regimen.id, step=doses[0].name, day=f"{doses[0].day.normalize():f}"
        )
    )
    return tuple(doses), tuple(notes)


def _interval(steps: Sequence[DoseStep], step: DoseStep) -> Decimal:
    """Nominal days from the step before it."""
    place = next(i for i, s in enumerate(steps) if s.day == step.day)
    return step.day - steps[place - 1].day if place else Decimal(7)


def _course(patient: Patient, regimen: Regimen) -> Received | None:
    """From `course.first_dose_on`, `last_dose_on` and `last_dose`."""
    first, last, kind = (patient.value(f"course.{x}") for x in ("first_dose_on", "last_dose_on", "last_dose"))
    if first is None or last is None or kind is None:
        return None
    steps, day = regimen.steps, Decimal((last - first).days)
    target = max(step.mg_per_kg for step in steps)
    below = [step for step in steps if step.mg_per_kg < target]
    own = patient.value("course.last_dose_mg_per_kg")
    doses = []
    if kind in _TARGET:
        label, every = _TARGET[kind]
        doses = [Dose(step.day, step.mg_per_kg, "kg", step.name) for step in below if step.day < day]
        nominal = next(step.day for step in steps if step.mg_per_kg == target)
        days = [day]
        while days[-1] - every >= nominal and len(days) < _MOST_DOSES:
            days.append(days[-1] - every)
        doses += [Dose(x, target, "kg", _("target dose")) for x in reversed(days)]
    else:
        label, place = kind, int(kind.rpartition("_")[2]) - 1
        earlier = below[:place] or ([below[0]] if day > 0 else [])
        doses = [Dose(step.day, step.mg_per_kg, "kg", step.name) for step in earlier if step.day < day]
        doses.append(Dose(day, below[place].mg_per_kg, "kg", below[place].name))
    if own is not None:
        doses[-1] = Dose(day, own, "kg", doses[-1].name)
    note = _(
        "Doses received: the first on {first}, the last ({kind}) on {last} from the file; {count} in all, "
        "those between them where `{regimen}` puts them."
    ).format(first=first, kind=kind, last=last, count=len(doses), regimen=regimen.id)
    return Received(tuple(doses), first, (note,), label)


def _history(lines: Sequence[TherapyLine], today: date) -> Received | None:
    """From dose texts with an exact start: so many doses, or one an interval up to the last."""
    placed: list[tuple[date, TherapyLine, list[Dose]]] = []
    for line in lines:
        start, dose = line.started_on, parse_dose(line.dose or "")
        if dose is None or start is None or not start.exact or dose.low != dose.high:
            continue
        end = line.last_dose_on or line.stopped_on
        last = end.first if end is not None and end.exact else today if line.status == "ongoing" else None
        span = None if last is None else (last - start.first).days
        days = _days(dose.count, dose.every_days, dose.times, span)
        if days:
            own = [Dose(day, dose.low, dose.per, line.dose or "") for day in days]
            placed.append((start.first, line, own))
    if not placed:
        return None
    first = min(start for start, _line, _own in placed)
    doses = [
        Dose(dose.day + (start - first).days, dose.amount_mg, dose.per, dose.name)
        for start, _line, own in placed
        for dose in own
    ]
    notes = [
        _("Doses received: `{dose}` from {start}, {count} in all, evenly spaced.").format(
            dose=line.dose, start=start, count=len(own)
        )
        for start, line, own in placed
    ]
    return Received(tuple(sorted(doses, key=lambda dose: dose.day)), first, tuple(notes))


def _days(count: int | None, every: Decimal | None, times: int, span: int | None) -> list[Decimal]:
    if every is not None:
        step = every / times
        most = _MOST_DOSES if span is None else int(Decimal(span) / step) + 1
        number = min(count or most, most)
        return [i * step for i in range(number)] if number < _MOST_DOSES else []
    if count in (None, 1):
        return [Decimal(0)]
    if span is None or count is None:
        return []
    return [Decimal(span) * i / (count - 1) for i in range(count)]
