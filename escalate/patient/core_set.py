"""The core set measures of one visit as a patient file gives them: now, at baseline, at the best response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from escalate.patient.improvement_criteria import STRENGTH, Criteria
from escalate.patient.model import Patient

BASELINE = "activity.baseline"
BEST = "activity.best_response"

_NOW = {
    "physician_global_0_10": "activity.physician_global_0_10",
    "patient_global_0_10": "activity.patient_global_0_10",
    "extramuscular_global_0_10": "activity.extramuscular_global_0_10",
    "haq_di": "activity.haq_di",
    "mmt8": "muscle.mmt8",
    "mmt8_scale": "muscle.mmt8_scale",
    "ck_u_per_l": "muscle.ck_u_per_l",
}
_LIMIT_GROUPS = {"ck_u_per_l": "muscle"}


@dataclass(frozen=True, slots=True)
class Visit:
    """The measures of one day by their name in a patient file; one that is unknown has no entry.

    `group` is where a visit's measures stand in the file, empty for those of now. `scale` is that of the
    MMT-8, as stated.
    """

    values: Mapping[str, Decimal]
    scale: Decimal | None = None
    group: str = ""

    def field(self, name: str) -> str:
        """Where the file says, or would say, this measure of this visit."""
        return f"{self.group}.{name}" if self.group else _NOW.get(name, f"labs.{name}")


def visit_of(
    patient: Patient, group: str, criteria: Criteria, blanked: frozenset[str] = frozenset()
) -> Visit:
    """The visit whose measures stand in `group` of the file (empty: the present one).

    Args: blanked, fields that a contradiction made unknown; a visit whose date is one of them is unknown
    as a whole, since nobody can say when it was.
    """
    empty = Visit({}, None, group)
    if group and f"{group}.on" in blanked:
        return empty
    names = (*_NOW, *(enzyme.name for enzyme in criteria.enzymes))
    read: dict[str, Decimal] = {}
    for name in dict.fromkeys(names):
        field = empty.field(name)
        value = patient.value(field)
        if field not in blanked and value is not None:
            read[name] = Decimal(str(value))
    scale = read.pop("mmt8_scale", None)
    return Visit(read, scale, group)


def limit_field(enzyme: str) -> str:
    """The field of the laboratory's upper limit: `muscle.ck_uln_u_per_l`, `labs.ldh_uln_u_per_l`."""
    return f"{_LIMIT_GROUPS.get(enzyme, 'labs')}.{enzyme.replace('_u_per_l', '_uln_u_per_l')}"


def limits_of(
    patient: Patient, criteria: Criteria, blanked: frozenset[str] = frozenset()
) -> dict[str, Decimal]:
    """The laboratory's upper limits (U/L) that are known, by enzyme. One stands for every visit."""
    found = {e.name: patient.value(limit_field(e.name)) for e in criteria.enzymes}
    return {
        name: limit
        for name, limit in found.items()
        if isinstance(limit, Decimal) and limit_field(name) not in blanked
    }


def scale_of(visit: Visit, now: Visit, criteria: Criteria) -> Decimal | None:
    """The scale of a visit's MMT-8; None while it may be either (4.1).

    A score above the smaller scale names its scale itself. An earlier visit without a scale of its own is
    read on the one that the file states for now.
    """
    score = visit.values.get(STRENGTH)
    if visit.scale is not None:
        return visit.scale
    if score is not None and score > criteria.scales[0]:
        return criteria.scales[-1]
    return now.scale


def most_abnormal(visit: Visit, limits: Mapping[str, Decimal], enzymes: tuple[str, ...]) -> str | None:
    """The enzyme with the highest multiple of its upper limit at this visit; of equal ones the first.

    None where no enzyme was measured, or one was whose limit is unknown: it might be the most abnormal.
    """
    measured = [name for name in enzymes if name in visit.values]
    if not measured or any(not limits.get(name) for name in measured):
        return None
    return max(measured, key=lambda name: Fraction(visit.values[name]) / Fraction(limits[name]))
