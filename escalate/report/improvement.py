"""The Total Improvement Score and the worsening since the best response, as a plain object and as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from escalate._version import VERSION
from escalate.library.model import FactType, Library
from escalate.patient.improvement import Change, Improvement, Missing
from escalate.patient.improvement_criteria import Criteria
from escalate.patient.model import Patient
from escalate.patient.worsening import Judged
from escalate.problems import printable
from escalate.report.layout import Page
from escalate.texts import N_, _, figure, in_its_language
from escalate.truth import Truth

SCHEMA = "escalate/tis/v1"
_SAY = {Truth.TRUE: N_("yes"), Truth.FALSE: N_("no"), Truth.UNKNOWN: N_("not known")}
_VALUE: Mapping[Truth, bool | str] = {Truth.TRUE: True, Truth.FALSE: False, Truth.UNKNOWN: "unknown"}
_CATEGORIES = {
    None: N_("below minimal improvement"),
    "minimal": N_("minimal improvement"),
    "moderate": N_("moderate improvement"),
    "major": N_("major improvement"),
}
_TENTH = Decimal("0.1")
_HUNDREDTH = Decimal("0.01")
Plain = dict[str, object]


@dataclass(frozen=True, slots=True)
class Scored:
    """What the report lays out; `improvement` is None where the score does not apply, `why` says why."""

    patient: Patient
    library: Library
    criteria: Criteria
    improvement: Improvement | None
    worsening: tuple[Judged, ...]
    why: str = ""
    notes: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        if self.improvement is None:
            return "not_applicable"
        return "not_computable" if self.improvement.missing else "computed"


@in_its_language
def improvement_document(scored: Scored) -> Plain:
    """Keys in a fixed order; `score` and `category` are null unless every measure counts."""
    patient, found = scored.patient, scored.improvement
    total = found and found.total
    return {
        "schema": SCHEMA,
        "patient": {
            "id": printable(patient.id),
            "assessed_on": patient.assessed_on.isoformat(),
            "baseline_on": _day(patient, "activity.baseline.on"),
            "sha256": patient.sha256,
            "defaults_used": list(patient.defaults_used),
        },
        "knowledge": {"version": scored.library.version, "digest": scored.library.digest},
        "software": {"escalate": VERSION},
        "status": scored.status,
        "because": scored.why,
        "score": total,
        "category": None if found is None or total is None else found.category or "below_minimal",
        "partial_points": found.points if found and found.missing else None,
        "partial_maximum": found.maximum if found and found.missing else None,
        "maximum": scored.criteria.maximum,
        "measures": [_change(change) for change in found.changes] if found else [],
        "missing": [_missing(gap, scored.library.facts) for gap in found.missing] if found else [],
        "worsening": [
            {
                "form": judged.form.name,
                "label": judged.form.label,
                "value": _VALUE[judged.value],
                "fired": list(judged.fired),
                "missing": list(judged.missing),
            }
            for judged in scored.worsening
        ],
        "notes": [printable(note) for note in _notes(scored)],
    }


@in_its_language
def improvement_text(scored: Scored, *, width: int = 100, colour: bool = False) -> str:
    """The same for a reader."""
    page = Page(width, colour, scored.patient.file)
    baseline = _day(scored.patient, "activity.baseline.on")
    since = (
        _("baseline of {baseline}").format(baseline=baseline) if baseline else _("baseline without a date")
    )
    page.line(
        _("Patient {id}, assessed on {assessed_on}, {since}").format(
            id=scored.patient.id, assessed_on=scored.patient.assessed_on.isoformat(), since=since
        )
    )
    page.heading(_("Total Improvement Score (ACR/EULAR 2016)"))
    if scored.improvement is None:
        page.line(_("Not applicable. {why}").format(why=scored.why))
    else:
        _score(page, scored, scored.improvement)
    page.heading(_("Worsening since the best response"))
    for judged in scored.worsening:
        page.line(f"{judged.form.label}: {_(_SAY[judged.value])}", first="- ", indent=2)
        for says in judged.fired:
            page.line(says, 6)
        if judged.missing:
            page.line(_("missing: {missing}").format(missing=page.few(judged.missing, 4)), 6)
    notes = _notes(scored)
    if notes:
        page.heading(_("Notes"))
        page.bullets(notes)
    return page.text()


def _score(page: Page, scored: Scored, found: Improvement) -> None:
    whole = _short(scored.criteria.maximum)
    if found.total is None:
        page.line(
            _(
                "Not computable: {missing} of {measures} measures cannot be counted. Partial: {points} "
                "of a partial maximum of {maximum}; no category."
            ).format(
                missing=len(found.missing),
                measures=len(scored.criteria.measures),
                points=_tenths(found.points),
                maximum=_tenths(found.maximum),
            )
        )
    else:
        reached = _(_CATEGORIES[found.category])
        page.line(
            _("Total Improvement Score: {total} of {whole}, {reached}").format(
                total=_tenths(found.total), whole=whole, reached=reached
            )
        )
    page.blank()
    for change in found.changes:
        page.line(_sentence(change), 2, "- ")
    for gap in found.missing:
        page.line(
            _("{label}: missing, {because} ({fields})").format(
                label=gap.measure.label, because=gap.because, fields=", ".join(gap.fields)
            ),
            2,
            "- ",
        )
        for request in _requests(gap, scored.library.facts):
            page.line(request, 6, "-> ")


def _sentence(change: Change) -> str:
    percent = abs(change.percent).quantize(_HUNDREDTH, ROUND_HALF_EVEN)
    said = _(
        "{label}: {before} to {after}, improved by {percent} % of the range of {range}: "
        "{points} of {maximum} points"
    )
    if change.percent < 0:
        said = _(
            "{label}: {before} to {after}, worse by {percent} % of the range of {range}: "
            "{points} of {maximum} points"
        )
    return said.format(
        label=change.label,
        before=_short(change.before),
        after=_short(change.after),
        percent=_short(percent),
        range=_short(change.range),
        points=_tenths(change.points),
        maximum=_tenths(change.measure.maximum),
    )


def _change(change: Change) -> Plain:
    return {
        "measure": change.measure.name,
        "label": change.label,
        "baseline": change.before,
        "now": change.after,
        "range": change.range,
        "change_percent_of_range": change.percent,
        "points": change.points,
        "maximum": change.measure.maximum,
    }


def _missing(gap: Missing, facts: Mapping[str, FactType]) -> Plain:
    return {
        "measure": gap.measure.name,
        "label": gap.measure.label,
        "because": gap.because,
        "facts": [
            {"fact": field, "ask": ask} for field, ask in zip(gap.fields, _requests(gap, facts), strict=True)
        ],
    }


def _requests(gap: Missing, facts: Mapping[str, FactType]) -> tuple[str, ...]:
    return tuple(facts[field].ask if field in facts else field for field in gap.fields)


def _notes(scored: Scored) -> tuple[str, ...]:
    return (*(scored.improvement.notes if scored.improvement else ()), *scored.notes)


def _day(patient: Patient, field: str) -> str | None:
    found = patient.value(field)
    return found.isoformat() if isinstance(found, date) else None


def _tenths(value: Decimal) -> str:
    return figure(f"{value.quantize(_TENTH, ROUND_HALF_EVEN):f}")


def _short(value: Decimal) -> str:
    return figure(f"{value.normalize():f}")
