"""The doses of a calendar: the published regimen from its first dose on, or the rest of a running course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from escalate.library.model import Regimen, Therapy
from escalate.plan.regimen import planned_doses
from escalate.problems import UsageError, nearest
from escalate.texts import _, figure

if TYPE_CHECKING:
    from escalate.patient.model import Patient

_Given = tuple[Decimal, Decimal, str, str]  # day, amount, per what, name
STEP_UP, TARGET, DOSE = "step_up", "target", "dose"

_SYRINGE_ML = Decimal("0.01")  # finer than that no syringe is read


@dataclass(frozen=True, slots=True)
class CalendarDose:
    """One dose on one day. `kind` is STEP_UP, TARGET, or DOSE where the therapy knows no steps."""

    on: date
    title: str
    text: str
    kind: str


def regimen_named(therapy: Therapy, id: str | None) -> Regimen | None:
    """The therapy's regimen of this id, the first without one; None where the knowledge holds none.

    Raises: UsageError for an id that is none of them.
    """
    if id is None:
        return therapy.regimens[0] if therapy.regimens else None
    known = {regimen.id: regimen for regimen in therapy.regimens}
    if id not in known:
        message = _("`{id}` is no regimen of `{therapy}`").format(id=id, therapy=therapy.id)
        help_ = nearest(id, known) or _("known: {names}").format(names=", ".join(known) or "-")
        raise UsageError(f"{message}; {help_}")
    return known[id]


@dataclass(frozen=True, slots=True)
class Course:
    """The doses of a course, those received before among them, and day 0, the day of the first."""

    first_on: date
    doses: tuple[CalendarDose, ...]


def course_of(
    patient: Patient,
    therapy: Therapy,
    regimen: Regimen | None,
    start: date,
    weight_kg: Decimal | None,
    parameters: Mapping[str, object],
) -> Course:
    """The doses from `start` on; milligrams, volumes and vials only with a weight (kg).

    Of a course that is running, what was received and then the next steps, where the label's table puts them.
    Raises: UsageError where `start` lies before the last dose received.
    """
    if regimen is None:
        return Course(start, ())
    first_on, doses = _running(patient, therapy, regimen, start, parameters) or (
        start,
        [(step.day, step.mg_per_kg, "kg", step.name) for step in regimen.steps],
    )
    target = max(step.mg_per_kg for step in regimen.steps)
    planned = {} if weight_kg is None else {d.mg_per_kg: d for d in planned_doses(regimen, weight_kg)}
    made = []
    for day, amount, per, name in doses:
        said, p = f"{_number(amount)} mg/{per} {regimen.route}", planned.get(amount)
        text = said
        if p is not None:
            text = _("{amount} = {mg} mg, {volume} mL, {vials} x {vial} mg; usual published dose").format(
                amount=said,
                mg=_number(p.mg),
                volume=_number(p.volume_ml.quantize(_SYRINGE_ML)),
                vials=p.vials,
                vial=_number(p.vial_mg),
            )
        kind = TARGET if amount == target else STEP_UP
        made.append(CalendarDose(first_on + timedelta(days=int(day)), f"{name}, {said}", text, kind))
    return Course(first_on, tuple(made))


def _running(
    patient: Patient, therapy: Therapy, regimen: Regimen, start: date, parameters: Mapping[str, object]
) -> tuple[date, Sequence[_Given]] | None:
    """Day 0 and the doses of the course that the file states; None where it states none of this drug."""
    if patient.value("course.drug") != therapy.id:
        return None
    # numpy comes with these: only a running course pays for it.
    from escalate.pk.dosing import restart_rules
    from escalate.plan.received import going_on, received

    so_far = received(patient, therapy.id, regimen)
    if so_far is None:
        return None
    last = so_far.first_on + timedelta(days=int(so_far.last_day))
    if start <= last:
        raise UsageError(
            _("the calendar starts on {start}; the last dose received is of {last}").format(
                start=start.isoformat(), last=last.isoformat()
            )
        )
    following, _notes = going_on(so_far, regimen, start, restart_rules(parameters))
    given = [*so_far.doses, *following]
    return so_far.first_on, [(dose.day, dose.amount_mg, dose.per, dose.name) for dose in given]


def _number(value: Decimal) -> str:
    return figure(f"{value.normalize():f}")
