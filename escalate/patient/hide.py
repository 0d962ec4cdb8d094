"""The same patient on an earlier day: what is dated later is not known yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from escalate.library.model import Library
from escalate.patient.model import Patient, PatientValue, TherapyLine
from escalate.texts import _


def hide_later(patient: Patient, as_of: date, library: Library) -> Patient:
    """Hide every fact dated after `as_of`, which becomes the day of assessment.

    A value without a day stays: the file does not say that it is later. A line that started later
    did not exist; one that stopped later was running, and how it ended was not known.
    """
    lines = patient.therapies
    return patient.model_copy(
        update={
            "assessed_on": as_of,
            "defaults_used": (
                *patient.defaults_used,
                _("assessed_on = {as_of} (as asked: what is dated later is hidden)").format(
                    as_of=as_of.isoformat()
                ),
            ),
            "values": _values(patient.values, as_of, library),
            "therapies": None if lines is None else tuple(k for line in lines if (k := _line(line, as_of))),
            "overrides": tuple(o for o in patient.overrides if o.on_date is None or o.on_date <= as_of),
        }
    )


def _values(values: Mapping[str, PatientValue], as_of: date, library: Library) -> dict[str, PatientValue]:
    def later(name: str) -> bool:
        found = values.get(name)
        return found is not None and isinstance(found.value, date) and found.value > as_of

    return {
        name: value
        for name, value in values.items()
        if not any(later(day) for day in (name, library.facts[name].dated_by, library.facts[name].not_before))
    }


def _line(line: TherapyLine, as_of: date) -> TherapyLine | None:
    planned = line.status == "planned"
    if planned:
        return line
    if line.started_on is not None and line.started_on.first > as_of:
        return None
    stopped_later = line.stopped_on is not None and line.stopped_on.first > as_of
    dosed_later = line.last_dose_on is not None and line.last_dose_on.first > as_of
    if not (stopped_later or dosed_later):
        return line
    return replace(
        line,
        status="ongoing",
        stopped_on=None,
        last_dose_on=None,
        weeks=None,
        cumulative_dose_g=None,
        courses=None,
        adequate=None,
        trough_ng_per_ml=None,
        response=None,
        stopped_for=None,
        prednisolone_equivalent_mg_per_day=None,
    )
