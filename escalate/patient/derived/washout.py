"""Whether drugs have been stopped for long enough: dossier 7.4, days of parameters/washouts.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from escalate.language.facts import Fact, Status
from escalate.patient.derived.answers import unknown, yes_no
from escalate.patient.derived.last_dose import days_of
from escalate.patient.derived.registry import HISTORY, Case, derived, lines_of
from escalate.patient.lines import Line
from escalate.patient.parameters import Washout
from escalate.texts import _
from escalate.truth import Truth, some


@derived("washout.engager_incomplete", "washout.car_t_incomplete")
def washout_incomplete(case: Case, name: str) -> Fact:
    """Some immunosuppressant other than a glucocorticoid is given, or was stopped too recently.

    UNKNOWN while the history, a stop or a last dose is not known and no other drug settles it. `until` is
    the first day on which every washout is over, where no drug is still given.
    """
    return _incomplete(case, name, case.parameters.washouts)


@derived("washout.fcrn_blocker_incomplete")
def fcrn_blocker_incomplete(case: Case, name: str) -> Fact:
    """An FcRn blocker is given or was stopped too recently for any IgG drug."""
    p = case.parameters
    return _incomplete(case, name, dict.fromkeys(p.fcrn_blockers, p.fcrn_washout))


@derived("washout.immunosuppressant_present")
def immunosuppressant_present(case: Case, name: str) -> Fact:
    """A drug of the washout table is being given."""
    if case.lines is None:
        return unknown(name, HISTORY)
    lines = lines_of(case, case.parameters.washouts)
    value = some(line.present for line in lines)
    speaking = [line for line in lines if line.present is value and value is not Truth.FALSE]
    because = (
        _("{drugs} being given").format(drugs=", ".join(_name(case, line) for line in speaking))
        if value is Truth.TRUE
        else ""
    )
    missing = tuple(f"therapies[{line.entry}].status" for line in speaking)
    return yes_no(name, value, because, tuple(line.at for line in speaking), missing)


def _incomplete(case: Case, name: str, table: Mapping[str, Washout]) -> Fact:
    if case.lines is None:
        return unknown(name, HISTORY)
    readings = [_read(case, line, table[line.therapy]) for line in lines_of(case, table)]
    value = some(reading.value for reading in readings)
    if value is Truth.FALSE:
        return yes_no(name, value, "; ".join(reading.said for reading in readings))
    speaking = [reading for reading in readings if reading.value is value]
    because = "; ".join(reading.said for reading in speaking)
    origins = tuple(reading.line.at for reading in speaking)
    if value is Truth.UNKNOWN:
        missing = tuple(path for reading in speaking for path in reading.missing)
        return unknown(name, missing, because, origins)
    days = [reading.until for reading in readings if reading.value is not Truth.FALSE]
    dated = [day for day in days if day is not None]
    until = max(dated) if len(dated) == len(days) else None
    return Fact(name, True, Status.KNOWN, origins=origins, because=because, until=until)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The washout of one entry: whether it is incomplete, and until when."""

    line: Line
    value: Truth
    said: str
    until: date | None = None
    missing: tuple[str, ...] = ()


def _read(case: Case, line: Line, washout: Washout) -> _Reading:
    drug = _name(case, line)
    if line.present is Truth.TRUE:
        return _Reading(line, Truth.TRUE, _("{drug} is being given").format(drug=drug))
    if washout.days is None:
        return _by_procedure(line, drug)
    days = days_of(line, case.patient.assessed_on)
    over = _("{low} days").format(low=days.low)
    if days.low != days.high:
        over = _("{low} to {high} days").format(low=days.low, high=days.high or "?")
    said = _("{drug}: {days} since the last dose, {least} needed").format(
        drug=drug, days=over, least=washout.days
    )
    if not washout.laid_down:
        said += _(" (by judgement the longest washout, as none is laid down for this drug)")
    need = Decimal(washout.days)
    if days.low >= need and line.present is Truth.FALSE:
        return _Reading(line, Truth.FALSE, said)
    if days.high is not None and days.high < need:
        until = days.anchor + timedelta(days=washout.days) if days.anchor else None
        return _Reading(line, Truth.TRUE, said, until)
    part = "status" if line.present is Truth.UNKNOWN else "last_dose_on"
    return _Reading(line, Truth.UNKNOWN, said, missing=(f"therapies[{line.entry}].{part}",))


def _by_procedure(line: Line, drug: str) -> _Reading:
    """No number of days stands for the procedure (dossier 7.4): it was done after the last dose, or not."""
    done = line.source.elimination_procedure
    here = f"therapies[{line.entry}]"
    if done is None:
        said = _("{drug}: whether the elimination procedure was done is not stated").format(drug=drug)
        running = (f"{here}.status",) if line.present is Truth.UNKNOWN else ()
        return _Reading(line, Truth.UNKNOWN, said, missing=(*running, f"{here}.elimination_procedure"))
    if not done:
        return _Reading(
            line, Truth.TRUE, _("{drug}: the elimination procedure was not done").format(drug=drug)
        )
    said = _("{drug}: the elimination procedure was done after the last dose").format(drug=drug)
    if line.present is Truth.UNKNOWN:
        said += _(", but whether it is still given is not known")
        return _Reading(line, Truth.UNKNOWN, said, missing=(f"{here}.status",))
    return _Reading(line, Truth.FALSE, said)


def _name(case: Case, line: Line) -> str:
    return case.library.drugs.labels.get(line.therapy, line.therapy)
