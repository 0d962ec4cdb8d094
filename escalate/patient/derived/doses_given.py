"""Doses as they add up: prednisolone now, cyclophosphamide over a lifetime. Dossier 4.1, 6.6 CYC-X1."""

from __future__ import annotations

from decimal import Decimal

from escalate.language.facts import Fact
from escalate.patient.derived.answers import absent, between, number, unknown
from escalate.patient.derived.registry import HISTORY, Case, derived, lines_of
from escalate.patient.doses import parse_dose
from escalate.patient.lines import Line
from escalate.patient.parameters import Parameters
from escalate.patient.trials import prednisolone_factor, weeks_on
from escalate.texts import _, figure, ngettext
from escalate.truth import Truth


@derived("therapy.glucocorticoids.prednisolone_mg_per_day")
def prednisolone_mg_per_day(case: Case, name: str) -> Fact:
    """Present dose in mg/day: as stated, else from the dose text of a running prednisolone entry.

    0 when no glucocorticoid is being given. Several running entries add up. UNKNOWN for a drug without a
    laid-down equivalent, and while it is not known whether it is still given.
    """
    if case.lines is None:
        return unknown(name, HISTORY)
    weight = case["demographics.weight_kg"].value
    low = Decimal(0)
    open_paths: list[str] = []
    said: list[str] = []
    lines = _running(case)
    for line in lines:
        dose = _prednisolone(line, case.parameters, weight if isinstance(weight, Decimal) else None)
        if line.present is Truth.UNKNOWN:
            open_paths.append(f"therapies[{line.entry}].status")
        elif dose is None:
            open_paths.append(f"therapies[{line.entry}].prednisolone_equivalent_mg_per_day")
        else:
            low += dose
            said.append(_("{dose} mg/day").format(dose=figure(dose.normalize(), "f")))
    origins = tuple(line.at for line in lines)
    if open_paths:
        return between(name, low, None, " + ".join(said), origins, tuple(open_paths))
    return number(name, low, " + ".join(said) or _("no glucocorticoid is being given"), origins)


@derived("therapy.glucocorticoids.weeks_at_dose")
def glucocorticoid_weeks_at_dose(case: Case, name: str) -> Fact:
    """Weeks of the running glucocorticoid entry (the longest of several); none running: not applicable."""
    if case.lines is None:
        return unknown(name, HISTORY)
    lines = _running(case)
    if not lines:
        return absent(name, _("no glucocorticoid is being given"))
    spans = [weeks_on(line.source, case.patient.assessed_on) for line in lines]
    running = [span for line, span in zip(lines, spans, strict=True) if line.present is Truth.TRUE]
    low = max((span[0] for span in running), default=Decimal(0))
    tops = [span[1] for span in spans]
    high = None if None in tops else max(top for top in tops if top is not None)
    if len(running) < len(lines) and low == high:
        high = None
    missing = tuple(f"therapies[{line.entry}].weeks" for line in lines)
    return between(name, low, high, "", tuple(line.at for line in lines), missing)


@derived("therapy.cyclophosphamide.cumulative_dose_g")
def cyclophosphamide_cumulative_dose_g(case: Case, name: str) -> Fact:
    """Sum of the stated cumulative doses in g; 0 when never given; a lower bound where one is not stated."""
    if case.lines is None:
        return unknown(name, HISTORY)
    lines = lines_of(case, ("cyclophosphamide",))
    stated = [line.source.cumulative_dose_g for line in lines]
    total = sum((dose for dose in stated if dose is not None), Decimal(0))
    origins = tuple(line.at for line in lines)
    because = (
        ngettext("{total} g in {count} entry", "{total} g over {count} entries", len(lines)).format(
            total=figure(total.normalize(), "f"), count=len(lines)
        )
        if lines
        else _("never given")
    )
    if None not in stated:
        return number(name, total, because, origins)
    unstated = [line for line in lines if line.source.cumulative_dose_g is None]
    missing = tuple(f"therapies[{line.entry}].cumulative_dose_g" for line in unstated)
    return between(name, total, None, because, origins, missing)


def _running(case: Case) -> list[Line]:
    """The glucocorticoid entries that are, or may be, given now."""
    return [x for x in lines_of(case, ("glucocorticoids",)) if x.present is not Truth.FALSE]


def _prednisolone(line: Line, parameters: Parameters, weight_kg: Decimal | None) -> Decimal | None:
    source = line.source
    if source.prednisolone_equivalent_mg_per_day is not None:
        return source.prednisolone_equivalent_mg_per_day
    dose = parse_dose(source.dose) if source.dose else None
    factor = prednisolone_factor(source, parameters)
    if dose is None or factor is None or dose.every_days is None or dose.low != dose.high or dose.per == "m2":
        return None
    if dose.per == "kg" and weight_kg is None:
        return None
    scale = weight_kg if dose.per == "kg" and weight_kg is not None else Decimal(1)
    return dose.low * scale * dose.times * factor / dose.every_days
