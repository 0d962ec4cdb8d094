"""The course that runs: its drug, its first and last dose, and where in the schedule it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from escalate.assessment import Assessment
from escalate.findings.say import plain, say, with_unit
from escalate.patient.model import PartialDate
from escalate.texts import _

_CAR_T = "car_t"


@dataclass(frozen=True, slots=True)
class Course:
    """What the file states under `course`, days in ISO form; `therapy` is empty where no drug is named.

    `state` is `being given`; CAR-T cells are given once, so nothing `goes_on`. `step` and `dose` are those
    of the last dose.
    """

    therapy: str
    name: str
    state: str
    goes_on: bool
    first: str
    last: str
    step: str
    dose: str

    def days(self) -> str:
        """First and last dose."""
        return _("first dose {first}; last dose {last}").format(
            first=self.first or _("not stated"), last=self.last or _("not stated")
        )

    def sentence(self) -> str:
        """The course in one line, with the step and the height of the last dose."""
        last = ", ".join(part for part in (self.step, self.dose) if part)
        return f"{self.name}: {self.state}; {self.days()}" + (f" ({last})" if last else "")


def course_of(assessment: Assessment) -> Course | None:
    """The present course; None where the file names neither its drug nor a day of it."""
    values = assessment.patient.values
    drug, step, dose = (
        assessment.patient.value(f"course.{part}") for part in ("drug", "last_dose", "last_dose_mg_per_kg")
    )
    first, last = (_day(assessment, f"course.{part}_dose_on") for part in ("first", "last"))
    if not (drug or first or last):
        return None
    therapy = assessment.library.therapies.get(str(drug))
    cells = therapy is not None and _CAR_T in therapy.classes
    return Course(
        therapy=str(drug or ""),
        name=assessment.library.drugs.labels.get(str(drug), say(drug)) if drug else _("drug not stated"),
        goes_on=not cells,
        state=_("given in the present course") if cells else _("being given"),
        first=first,
        last=last,
        step=say(step) if "course.last_dose" in values and step else "",
        dose=with_unit(plain(dose), "mg/kg") if isinstance(dose, Decimal) else "",
    )


def _day(assessment: Assessment, field: str) -> str:
    """A day, or a month of which the day is not known; empty where the file states none."""
    stated = assessment.patient.values.get(field)
    if stated is None or not isinstance(stated.value, date):
        return ""
    return str(PartialDate(stated.value, stated.latest or stated.value))
