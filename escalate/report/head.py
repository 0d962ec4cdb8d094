"""What stands at the head and the foot of every report: the patient in one line, the main findings."""

from __future__ import annotations

from collections.abc import Iterable

from escalate.assessment import Assessment
from escalate.findings.find import Finding
from escalate.findings.say import say
from escalate.options.model import Alert
from escalate.report.antibodies import disputed, positive
from escalate.texts import N_, _

FOOTER = N_(
    "For an interdisciplinary case conference of specialists. Lays out options with reasons; "
    "the physicians decide. Not a medical device, not a dose instruction: doses read as "
    "usual published doses, to be checked against the label. Unknown is never read as normal."
)
_EARLY = "-PRE"
SUMMARY = ("heart_grade", "ild_grade", "refractory", "ref_d")


def told_alerts(alerts: Iterable[Alert]) -> list[Alert]:
    """Without the early warnings (`E1-PRE`, `E2-PRE-HYPOXIA`) of an emergency that holds."""
    shown = list(alerts)
    there = tuple(f"{alert.id}{_EARLY}" for alert in shown if alert.kind == "emergency")
    return [alert for alert in shown if not alert.id.startswith(there)]


def stamp_text(assessment: Assessment) -> str:
    """When the report was made, `2026-11-22T14:03:00+00:00`; nothing where no stamp was asked for."""
    return assessment.stamp.isoformat(timespec="seconds") if assessment.stamp else ""


def patient_line(assessment: Assessment) -> str:
    """Age, sex, weight; entity; positive antibodies: what is not stated is said to be so."""
    facts = assessment.reasons.facts
    given = [
        f"{say(facts[name].value)}{unit}"
        for name, unit in (
            ("demographics.age_years", _(" years")),
            ("demographics.sex", ""),
            ("demographics.weight_kg", " kg"),
        )
        if facts[name].value is not None
    ]
    entity = facts["diagnosis.entity"].value
    label = (
        assessment.library.entities.labels.get(str(entity), say(entity))
        if entity
        else _("diagnosis not stated")
    )
    held, doubted = positive(assessment), disputed(assessment)
    antibodies = [_("positive: {positive}").format(positive=", ".join(held))] if held else []
    if doubted:
        antibodies.append(_("disputed: {names}").format(names=", ".join(doubted)))
    return "; ".join(
        [
            ", ".join(given) or _("age, sex and weight not stated"),
            label,
            *(antibodies or [_("no positive antibody stated")]),
        ]
    )


def finding_value(finding: Finding) -> str:
    """`yes`, `no`, a level, or what is known of an unknown one."""
    if finding.value == "unknown" and finding.at_least is not None:
        bounds = {"low": say(finding.at_least), "high": say(finding.at_most)}
        return _("unknown, at least {low}, at most {high}").format(**bounds)
    return {"true": _("yes"), "false": _("no")}.get(finding.value) or say(finding.value)


def summary_findings(assessment: Assessment) -> tuple[Finding, ...]:
    """The findings on which most of the ladder rests."""
    return tuple(f for f in assessment.findings if f.name in SUMMARY)
