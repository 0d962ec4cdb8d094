"""Was a trial of a drug adequate: minimum dose and minimum duration, each TRUE, FALSE or UNKNOWN.

Dossier 4.5. What counts as failed opens higher steps, so every doubt ends as UNKNOWN, never as TRUE.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from escalate.language.facts import Value
from escalate.patient.doses import parse_dose, reaches
from escalate.patient.implausible import why_implausible
from escalate.patient.parameters import AdequateTrial, Parameters
from escalate.texts import _, figure
from escalate.truth import Truth

if TYPE_CHECKING:
    from escalate.patient.model import Patient, TherapyLine

_WEEK = Decimal(7)


@dataclass(frozen=True, slots=True)
class Trial:
    """How one entry reads as a trial. `why` are half sentences, `missing` the fields that would settle it."""

    dose: Truth
    weeks: Truth
    adequate: Truth
    why: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """What of the patient a trial is judged with."""

    assessed_on: date
    weight_kg: Decimal | None
    ild: Truth
    parameters: Parameters


def setting_of(patient: Patient, parameters: Parameters, blanked: frozenset[str] = frozenset()) -> Setting:
    """Weight, ILD and day of assessment; `blanked` fields count as unknown."""

    def value(name: str) -> Value | None:
        found = None if name in blanked else patient.values.get(name)
        return None if found is None else found.value

    weight = value("demographics.weight_kg")
    ild = Truth.of({True: True, False: False}.get(value("lung.ild")))  # type: ignore[arg-type]
    pattern = value("lung.hrct.pattern")
    if pattern is not None and pattern != "normal":
        ild = Truth.TRUE
    elif pattern == "normal" and ild is Truth.UNKNOWN:
        ild = Truth.FALSE
    return Setting(patient.assessed_on, weight if isinstance(weight, Decimal) else None, ild, parameters)


def read_trial(line: TherapyLine, setting: Setting) -> Trial:
    """Whether the entry reached the minimum of knowledge/parameters/adequate_trials.yaml.

    What the file states in `adequate` stands before what is derived; poor adherence before both.
    """
    least = setting.parameters.trials.get(line.drug)
    derived = _no_minimum(line) if least is None else _derived(line, least, setting)
    if line.adherence == "poor":
        return Trial(derived.dose, derived.weeks, Truth.FALSE, (_("adherence was poor"),))
    if line.adequate is None:
        return derived
    stated = Truth.of(line.adequate)
    words = _("stated as adequate") if line.adequate else _("stated as below the minimum dose or duration")
    return Trial(derived.dose | stated, derived.weeks | stated, stated, (words,))


def weeks_on(
    line: TherapyLine, assessed_on: date, *, given_at_once: bool = False
) -> tuple[Decimal, Decimal | None]:
    """The least and the most weeks of an entry; the second is None where nothing bounds it.

    Stated weeks stand; else they come from the dates, a month without a day counting as any of its days.
    A drug that works on after its last infusion is judged later, on a day the file does not give: its
    dates bound the weeks from below by the last infusion and from above by the day of assessment.
    """
    if line.weeks is not None:
        return line.weeks, line.weeks
    ended = line.stopped_on or line.last_dose_on
    least = most = None
    if line.started_on is not None:
        most = _weeks(line.started_on.first, assessed_on)
        if line.status == "ongoing":
            least = _weeks(line.started_on.last, assessed_on)
        elif ended is not None:
            least = _weeks(line.started_on.last, ended.first)
            if not given_at_once:
                most = _weeks(line.started_on.first, ended.last)
    return max(least or Decimal(0), Decimal(0)), None if most is None else max(most, Decimal(0))


def _weeks(first: date, last: date) -> Decimal:
    return Decimal((last - first).days) / _WEEK


def _no_minimum(line: TherapyLine) -> Trial:
    why = _("no minimum dose and duration is laid down for this drug")
    return Trial(Truth.UNKNOWN, Truth.UNKNOWN, Truth.UNKNOWN, (why,), (f"therapies[{line.entry}].adequate",))


def _derived(line: TherapyLine, least: AdequateTrial, setting: Setting) -> Trial:
    dose, dose_why, dose_missing = _dose(line, least, setting)
    weeks, weeks_why, weeks_missing = _long_enough(line, least, setting)
    adequate = dose & weeks
    missing: tuple[str, ...] = ()
    if adequate is Truth.UNKNOWN:
        missing = tuple(dict.fromkeys(dose_missing + weeks_missing))
    parts = ((dose_why, dose), (weeks_why, weeks))
    why = tuple(text for text, part in parts if part is adequate and text)
    return Trial(dose, weeks, adequate, why, missing)


_Part = tuple[Truth, str, tuple[str, ...]]


def _dose(line: TherapyLine, least: AdequateTrial, setting: Setting) -> _Part:
    here = f"therapies[{line.entry}]"
    if least.trough_ng_per_ml is not None:
        if line.trough_ng_per_ml is None:
            return Truth.UNKNOWN, _("the trough level is not stated"), (f"{here}.trough_ng_per_ml",)
        reached = Truth.of(line.trough_ng_per_ml >= least.trough_ng_per_ml)
        text = (
            _("trough {level} ng/mL reaches {least} ng/mL")
            if reached is Truth.TRUE
            else _("trough {level} ng/mL is below {least} ng/mL")
        )
        level, need = figure(str(line.trough_ng_per_ml)), figure(str(least.trough_ng_per_ml))
        return reached, text.format(level=level, least=need), ()
    dose = dose_reached(line, least, setting)
    courses = _courses(line, least)
    value = dose[0] & courses[0]
    parts = [part for part in (dose, courses) if part[0] is value and part[1]]
    missing = tuple(path for part in parts for path in part[2])
    return value, ", ".join(part[1] for part in parts), missing


def dose_reached(line: TherapyLine, least: AdequateTrial, setting: Setting) -> _Part:
    """Whether the written dose reaches the least one, why, and what would settle it."""
    here = f"therapies[{line.entry}]"
    if least.dose_not_judged:
        return Truth.TRUE, "", ()
    if not least.dose:
        return Truth.UNKNOWN, _("no dose is laid down that it could be compared with"), (f"{here}.adequate",)
    if line.dose is None:
        return Truth.UNKNOWN, _("the dose is not stated"), (f"{here}.dose",)
    dose = parse_dose(line.dose)
    if dose is None or not in_prednisolone(line, setting):
        text = _("the dose `{dose}` cannot be compared with {least}").format(
            dose=line.dose, least=least.dose_text
        )
        return Truth.UNKNOWN, text, (f"{here}.adequate",)
    implausible = why_implausible(line, least, setting.weight_kg)
    if implausible:
        return Truth.UNKNOWN, implausible, (f"{here}.dose",)
    reached = reaches(dose, least.dose, setting.weight_kg)
    if reached is Truth.TRUE:
        return reached, _("{dose} reaches {least}").format(dose=line.dose, least=least.dose_text), ()
    if reached is Truth.UNKNOWN:
        said = {"dose": line.dose, "least": least.dose_text}
        by_weight = "kg" in {dose.per, *(d.per for d in least.dose)} and dose.per != "m2"
        if setting.weight_kg is None and by_weight:
            text = _("{dose} cannot be compared with {least} without a weight").format(**said)
            return reached, text, ("demographics.weight_kg",)
        return reached, _("{dose} cannot be compared with {least}").format(**said), (f"{here}.dose",)
    lower = least.unclear_from
    if lower is not None and reaches(dose, (lower,), setting.weight_kg) is Truth.TRUE:
        text = _("{dose} is the full dose only for some patients").format(dose=line.dose)
        return Truth.UNKNOWN, text, (f"{here}.adequate",)
    if line.drug in setting.parameters.glucocorticoids and line.status == "ongoing":
        # The dose of a running taper says nothing about the dose it came down from.
        text = _("{dose} may be the end of a taper").format(dose=line.dose)
        return Truth.UNKNOWN, text, (f"{here}.adequate",)
    return reached, _("{dose} is below {least}").format(dose=line.dose, least=least.dose_text), ()


def in_prednisolone(line: TherapyLine, setting: Setting) -> bool:
    """False for a glucocorticoid whose milligrams are not those of prednisolone."""
    return line.drug != "glucocorticoids" or prednisolone_factor(line, setting.parameters) == 1


def prednisolone_factor(line: TherapyLine, parameters: Parameters) -> Decimal | None:
    """mg of prednisolone that one mg of this entry stands for; None where no equivalent is laid down."""
    written = (line.written or line.drug).casefold()
    for drug, factor in parameters.prednisolone_mg_per_mg.items():
        if written in parameters.glucocorticoid_spellings[drug]:
            return factor
    return None


def _courses(line: TherapyLine, least: AdequateTrial) -> _Part:
    if least.courses is None:
        return Truth.TRUE, "", ()
    dose = parse_dose(line.dose) if line.dose else None
    given = line.courses or (dose.count if dose else None)
    if given is None:
        return Truth.UNKNOWN, _("the number of courses is not stated"), (f"therapies[{line.entry}].courses",)
    reached = Truth.of(given >= least.courses)
    text = (
        _("{given} courses reach {least}")
        if reached is Truth.TRUE
        else _("{given} courses are below {least}")
    )
    return reached, text.format(given=given, least=least.courses), ()


def _long_enough(line: TherapyLine, least: AdequateTrial, setting: Setting) -> _Part:
    here = f"therapies[{line.entry}]"
    low, high = weeks_on(line, setting.assessed_on, given_at_once=least.given_at_once)
    if line.weeks is None and line.courses and least.weeks_per_course:
        low = max(low, line.courses * least.weeks_per_course)
        high = high if high is None else max(high, low)
    said = _("{low} weeks").format(low=_round(low)) if low == high else _range(low, high)
    needed = least.weeks_ild if setting.ild is Truth.TRUE else least.weeks
    if low >= least.weeks_ild or (low >= least.weeks and setting.ild is Truth.FALSE):
        return Truth.TRUE, _("{said} reach {least} weeks").format(said=said, least=needed), ()
    if high is not None and high < least.weeks:
        return Truth.FALSE, _("{said} are below {least} weeks").format(said=said, least=least.weeks), ()
    if low < least.weeks:
        if low == 0 and high is None:
            return Truth.UNKNOWN, _("the duration is not stated"), (f"{here}.weeks",)
        text = _("{said} may or may not reach {least} weeks").format(said=said, least=least.weeks)
        return Truth.UNKNOWN, text, (f"{here}.weeks",)
    enough = {"said": said, "muscle": least.weeks, "ild": least.weeks_ild}
    if setting.ild is Truth.UNKNOWN:
        text = _("{said} are enough for muscle ({muscle}) but not for ILD ({ild}), and ILD is not known")
        return Truth.UNKNOWN, text.format(**enough), ("lung.ild",)
    text = _(
        "{said} are enough for muscle ({muscle}) but not for ILD ({ild}), "
        "and the organ that did not respond is not stated"
    )
    return Truth.UNKNOWN, text.format(**enough), (f"{here}.adequate",)


def _range(low: Decimal, high: Decimal | None) -> str:
    if high is None:
        return _("at least {low} weeks").format(low=_round(low))
    return _("{low} to {high} weeks").format(low=_round(low), high=_round(high))


def _round(weeks: Decimal) -> str:
    """At most one decimal, for a sentence; comparisons use the exact number."""
    return figure(f"{weeks.quantize(Decimal('0.1')):f}".removesuffix(".0"))
