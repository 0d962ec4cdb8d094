"""Derived facts: what must be computed from a patient's fields before a rule can read it.

Comes in: the fields as facts, the lines of therapy, the parameters. Goes out: one `Fact` per name that
knowledge/derived/*.yaml declares. Refuses to know: which rule asks, and what follows from the answer.
"""

from escalate.patient.derived import (
    antibodies,
    course,
    doses_given,
    heart,
    infection,
    last_dose,
    lines,
    lung,
    muscle,
    person,
    ratios,
    therapies,
    times,
    washout,
)
from escalate.patient.derived.registry import FAMILIES, SINGLE, Case, compute

__all__ = [
    "FAMILIES",
    "SINGLE",
    "Case",
    "antibodies",
    "compute",
    "course",
    "doses_given",
    "heart",
    "infection",
    "last_dose",
    "lines",
    "lung",
    "muscle",
    "person",
    "ratios",
    "therapies",
    "times",
    "washout",
]
