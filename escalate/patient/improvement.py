"""The ACR/EULAR 2016 Total Improvement Score of one patient between baseline and now. Dossier 4.2.

Comes in: two visits and the published criteria. Goes out: the score with the points of each measure, or what
is missing, or why the score does not apply. Nothing is imputed, and no verdict rests on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from escalate.patient.core_set import Visit, limit_field, most_abnormal, scale_of
from escalate.patient.improvement_criteria import ENZYME, STRENGTH, Criteria, Enzyme, Measure
from escalate.patient.model import Patient
from escalate.texts import _

_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One measure at both visits. `percent` is of the range, positive for improvement."""

    measure: Measure
    label: str
    before: Decimal
    after: Decimal
    range: Decimal
    percent: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class Missing:
    """A measure that cannot be counted, why, and the fields that would let it."""

    measure: Measure
    because: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Improvement:
    """The score, or why there is none.

    `total` and `category` are None unless all measures count; `category` is also None below the lowest one.
    `points` and `maximum` are the sum over the measures that count, and what these can earn at most.
    """

    changes: tuple[Change, ...]
    missing: tuple[Missing, ...]
    points: Decimal
    maximum: Decimal
    total: Decimal | None
    category: str | None
    notes: tuple[str, ...] = ()


def total_improvement_score(
    before: Visit,
    after: Visit,
    limits: Mapping[str, Decimal],
    criteria: Criteria,
    *,
    liver_explains: bool = False,
) -> Improvement:
    """The score between two visits.

    Args:    limits, upper limits of the laboratory (U/L) by enzyme;
             liver_explains, ALT and AST are known not to come from the muscle.
    """
    found: list[Change | Missing] = []
    notes: list[str] = []
    for measure in criteria.measures:
        if measure.name == ENZYME:
            eligible = tuple(e for e in criteria.enzymes if not (e.also_of_the_liver and liver_explains))
            found.append(_enzyme(measure, before, after, limits, eligible))
        elif measure.name == STRENGTH:
            found.append(_strength(measure, before, after, criteria))
            notes += _scale_taken_over(before, after, criteria)
        elif measure.range is not None:
            found.append(_change(measure, measure.label, measure.name, before, after, measure.range))
    changes = tuple(c for c in found if isinstance(c, Change))
    missing = tuple(m for m in found if isinstance(m, Missing))
    points = sum((change.points for change in changes), Decimal(0))
    return Improvement(
        changes,
        missing,
        points,
        maximum=sum((change.measure.maximum for change in changes), Decimal(0)),
        total=None if missing else points,
        category=None if missing else category(points, criteria),
        notes=tuple(notes),
    )


def band_points(measure: Measure, percent: Fraction | Decimal) -> Decimal:
    """The points of a change in percent of the range; bands are open below and closed above (TIS-01)."""
    return measure.points[sum(percent > end for end in measure.ends)]


def category(points: Decimal, criteria: Criteria) -> str | None:
    """The highest category that the points reach, None below the lowest."""
    reached = [name for name, least in criteria.categories if points >= least]
    return reached[-1] if reached else None


def not_applicable(patient: Patient, criteria: Criteria, blanked: frozenset[str] = frozenset()) -> str:
    """Why the score says nothing about this patient (TIS-04); empty where it does."""

    def value(field: str) -> object:
        return None if field in blanked else patient.value(field)

    entity = value("diagnosis.entity")
    if isinstance(entity, str) and entity in criteria.entities_without:
        return criteria.entities_without[entity]
    age = value("demographics.age_years")
    if isinstance(age, Decimal) and age < criteria.adult_from_years:
        return criteria.juvenile
    organ = value("lung.ild") is True or value("heart.involvement") in ("present", "advanced")
    organ = organ or value("heart.active_myocarditis") is True
    skin_free = value("skin.involvement") is False or (
        value("skin.involvement") is None and value("skin.rash") == "none"
    )
    others_free = skin_free and value("joints.active_arthritis") is not True
    isolated = organ and value("muscle.involvement") is False and others_free
    return criteria.isolated_organ if isolated else ""


def _change(
    measure: Measure, label: str, name: str, before: Visit, after: Visit, span: Decimal
) -> Change | Missing:
    gone = [visit.field(name) for visit in (before, after) if name not in visit.values]
    if gone:
        return Missing(measure, _when_missing(name, before, after), tuple(gone))
    first, last = before.values[name], after.values[name]
    gain = Fraction(first) - Fraction(last)
    if name == STRENGTH:
        gain = -gain
    percent = _HUNDRED * gain / Fraction(span)
    shown = Decimal(percent.numerator) / Decimal(percent.denominator)
    return Change(measure, label, first, last, span, shown, band_points(measure, percent))


def _when_missing(name: str, before: Visit, after: Visit) -> str:
    if name in after.values:
        return _("not known at baseline")
    return _("not known now") if name in before.values else _("not known at baseline and now")


def _strength(measure: Measure, before: Visit, after: Visit, criteria: Criteria) -> Change | Missing:
    gone = [visit for visit in (before, after) if STRENGTH not in visit.values]
    scales = [scale_of(visit, after, criteria) for visit in (before, after)]
    if not gone and None in scales:
        fields = [v.field("mmt8_scale") for v, s in zip((before, after), scales, strict=True) if s is None]
        return Missing(measure, _("the scale may be either"), tuple(fields))
    if not gone and scales[0] != scales[1]:
        because = _("counted of {before} at baseline and of {after} now; a score is never converted").format(
            before=scales[0], after=scales[1]
        )
        return Missing(measure, because, (after.field(STRENGTH), before.field(STRENGTH)))
    span = scales[0] or criteria.scales[-1]
    return _change(
        measure, _("{label}, of {span}").format(label=measure.label, span=span), STRENGTH, before, after, span
    )


def _scale_taken_over(before: Visit, after: Visit, criteria: Criteria) -> list[str]:
    score = before.values.get(STRENGTH)
    if score is None or score > criteria.scales[0] or before.scale is not None or after.scale is None:
        return []
    return [
        _("The baseline states no scale of the MMT-8: it is read of {scale}, like the score of now.").format(
            scale=after.scale
        )
    ]


def _enzyme(
    measure: Measure,
    before: Visit,
    after: Visit,
    limits: Mapping[str, Decimal],
    enzymes: tuple[Enzyme, ...],
) -> Change | Missing:
    names = tuple(enzyme.name for enzyme in enzymes)
    measured = [name for name in names if name in before.values]
    chosen = most_abnormal(before, limits, names)
    if not measured:
        return Missing(measure, _("no muscle enzyme is known at baseline"), (before.field(names[0]),))
    if chosen is None:
        fields = tuple(limit_field(name) for name in measured if not limits.get(name))
        return Missing(measure, _("which enzyme was most abnormal rests on the upper limits"), fields)
    enzyme = next(e for e in enzymes if e.name == chosen)
    span = enzyme.times * limits[chosen]
    return _change(measure, f"{measure.label} ({enzyme.label})", chosen, before, after, span)
