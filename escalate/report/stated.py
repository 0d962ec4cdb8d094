"""What a patient file states, as plain values, so that two assessments can be laid side by side."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from escalate.patient.model import AntibodyResult, Override, PartialDate, PatientValue, TherapyLine

if TYPE_CHECKING:
    from escalate.patient.model import Patient

Plain = dict[str, object]
_LINE = (
    "drug", "status", "started_on", "stopped_on", "last_dose_on", "elimination_procedure", "weeks", "dose",
    "cumulative_dose_g", "courses", "adequate", "trough_ng_per_ml", "adherence", "response", "stopped_for",
    "prednisolone_equivalent_mg_per_day", "note",
)  # fmt: skip


def facts_document(patient: Patient) -> Plain:
    """Field to value in the field's own unit, by name; then the lists, each as the file has it.

    What is unknown is absent, a bound is a text (`> 12000`); a list that was looked for and is empty is `[]`.
    """
    facts: Plain = {name: _value(value) for name, value in sorted(patient.values.items())}
    facts["region"] = patient.region
    if patient.antibody_panel is not None:
        facts["antibody_panel"] = list(patient.antibody_panel)
    if patient.antibodies is not None:
        facts["antibodies"] = [_antibody(entry) for entry in patient.antibodies]
    if patient.therapies is not None:
        facts["therapies"] = [_line(line) for line in patient.therapies]
    return facts


def override_document(override: Override) -> Plain:
    """One decision of an earlier conference as the file states it."""
    named: Plain = {
        "rule": override.rule,
        "therapy": override.therapy,
        "by": override.by,
        "on_date": override.on_date,
        "reason": override.reason,
        "until": override.until,
    }
    return _known(named)


def _antibody(entry: AntibodyResult) -> Plain:
    return _known(
        {
            "name": entry.name,
            "result": entry.result,
            "strength": entry.strength,
            "confirmed_by": entry.confirmed_by,
        }
    )


def _line(line: TherapyLine) -> Plain:
    return _known({part: getattr(line, part) for part in _LINE})


def _known(parts: Plain) -> Plain:
    return {name: _plain(value) for name, value in parts.items() if value is not None}


def _value(value: PatientValue) -> object:
    if value.never:
        return "never"
    if isinstance(value.value, date) and value.latest is not None:
        return str(PartialDate(value.value, value.latest))
    if value.value is None and (value.low is not None or value.high is not None):
        return _bounds(value)
    return _plain(value.value)


def _bounds(value: PatientValue) -> str:
    """`> 12000` or `>= 50, <= 51`: the signs of the file with the numbers in the field's own unit."""
    signs = [part.partition(" ")[0] for part in value.given.split(", ")]
    ends = {">": value.low, "<": value.high}
    return ", ".join(f"{sign} {_plain(ends[sign[0]])}" for sign in signs)


def _plain(value: object) -> object:
    """A value as JSON has it; the same before and after it was written and read."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date | PartialDate):
        return str(value)
    return value
