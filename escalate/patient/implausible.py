"""Doses of a history that cannot be right: a slip of unit or interval must not make a trial adequate.

Two readings of ours, beside the adequate doses of knowledge/parameters/adequate_trials.yaml (dossier 4.5
prints no upper end; docs/knowledge-notes.md): a dose of ten times the adequate one or more is not believed,
nor a dose of methotrexate by the day, which is given once a week.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from escalate.patient.doses import Dose, parse_dose, reaches
from escalate.texts import _
from escalate.truth import Truth

if TYPE_CHECKING:
    from escalate.patient.model import TherapyLine
    from escalate.patient.parameters import AdequateTrial

TIMES_ADEQUATE = 10
_BY_THE_WEEK = frozenset(["methotrexate"])
_WEEK = Decimal(7)


def why_implausible(line: TherapyLine, least: AdequateTrial | None, weight_kg: Decimal | None) -> str:
    """Half a sentence that says why the dose of an entry is not believed, or the empty string.

    Args: least, the adequate trial of the drug, where one is laid down.
    """
    dose = parse_dose(line.dose) if line.dose else None
    if dose is None or least is None or not least.dose:
        return ""
    if _by_the_day(line.drug, dose):
        said = _("`{dose}` is a dose by the day, and this drug is given once a week")
    elif _far_above(dose, least, weight_kg):
        said = _("`{dose}` is {times} times the adequate dose ({least}) or more")
    else:
        return ""
    said = said.format(dose=line.dose, times=TIMES_ADEQUATE, least=least.dose_text)
    meant = next(
        (word for word, other in _meant(line.drug, dose) if _fits(line.drug, other, least, weight_kg)), ""
    )
    return f"{said}; {meant}" if meant else said


def _by_the_day(drug: str, dose: Dose) -> bool:
    return drug in _BY_THE_WEEK and dose.every_days is not None and dose.every_days < _WEEK


def _far_above(dose: Dose, least: AdequateTrial, weight_kg: Decimal | None) -> bool:
    """Whether every reading of the dose is so far above; what cannot be compared is not."""
    far = tuple(_scaled(minimum, Decimal(TIMES_ADEQUATE)) for minimum in least.dose)
    return all(reaches(one, far, weight_kg) is Truth.TRUE for one in _readings(dose, least))


def _readings(dose: Dose, least: AdequateTrial) -> Iterator[Dose]:
    yield dose
    if dose.count is not None and dose.every_days is not None:
        # `1 g/kg/day x 2 days` of immunoglobulin is what is given once in four weeks.
        for minimum in least.dose:
            if minimum.every_days is not None:
                total = _scaled(dose, Decimal(dose.count))
                yield replace(total, count=None, times=1, every_days=minimum.every_days, may_be_split=False)


def _meant(drug: str, dose: Dose) -> Iterator[tuple[str, Dose]]:
    """What may have been meant, the most frequent slip first."""
    if drug in _BY_THE_WEEK:
        yield _("is it meant by the week?"), replace(dose, every_days=_WEEK, times=1)
    yield _("is mg meant?"), _scaled(dose, Decimal("0.001"))
    if dose.per == "kg":
        yield _("is it meant without /kg?"), replace(dose, per="")


def _fits(drug: str, dose: Dose, least: AdequateTrial, weight_kg: Decimal | None) -> bool:
    """Whether a reading would be a usual dose: between a quarter and ten times the adequate one."""
    low = tuple(_scaled(minimum, Decimal("0.25")) for minimum in least.dose)
    believed = not _by_the_day(drug, dose) and not _far_above(dose, least, weight_kg)
    return believed and reaches(dose, low, weight_kg) is Truth.TRUE


def _scaled(dose: Dose, factor: Decimal) -> Dose:
    return replace(dose, low=dose.low * factor, high=dose.high * factor)
