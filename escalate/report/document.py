"""An Assessment as the plain object of contract/assessment.md; JSON, and later pages, lay it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from escalate._version import VERSION
from escalate.assessment import Assessment
from escalate.findings.find import Finding
from escalate.findings.reasons import Reason
from escalate.options.model import Alert, NotIndicated, Option
from escalate.problems import printable
from escalate.report.basis import basis_document
from escalate.report.beside import disagreement_document, outcome_document
from escalate.report.changes import Changes, changes_document
from escalate.report.head import stamp_text
from escalate.report.overlay import overlay_document
from escalate.report.overrides import Override, overrides_of, unmatched
from escalate.report.stated import facts_document, override_document
from escalate.texts import in_its_language
from escalate.truth import Truth

SCHEMA = "escalate/assessment/v1"
Plain = dict[str, object]


@in_its_language
def document(
    assessment: Assessment, only: str | None = None, *, planned: bool = True, since: Changes | None = None
) -> Plain:
    """The assessment with the contract's keys in the contract's order; `only` keeps one therapy.

    Args: planned, whether regimens and exposures are computed; the keys are null where they are not. What
          differs between two assessments (`changes.py`) does not look at them; since, what differs from
          another assessment, under the key `changes` behind the others.
    """
    patient, library, proposal = assessment.patient, assessment.library, assessment.proposal
    options = [o for o in proposal.options if only in (None, o.therapy.id)]
    rest = [n for n in proposal.not_indicated if only in (None, n.therapy.id)]
    cited: list[str] = [ref for alert in proposal.alerts for ref in alert.evidence]
    cited += [source.ref for outcome in proposal.outcomes for source in outcome.reason.rule.sources]
    listed = [_option(o, assessment, cited, planned=planned) for o in options]
    ladder = proposal.ladder
    result: Plain = {
        "schema": SCHEMA,
        "patient": {
            "id": patient.id,
            "assessed_on": patient.assessed_on.isoformat(),
            "sha256": patient.sha256,
            "defaults_used": list(patient.defaults_used),
            "note": patient.note,
            "overrides_without_entry": [
                {"rule": o.rule, "therapy": o.therapy, **o.as_plain()}
                for o in unmatched(patient, proposal.options)
            ],
            "facts": facts_document(patient),
            "overrides": [override_document(o) for o in patient.overrides],
        },
        "knowledge": {
            "version": library.version,
            "digest": library.digest,
            **overlay_document(library),
        },
        "software": {
            "escalate": VERSION,
            "engine": assessment.engine,
            **({"stamp": stamped} if (stamped := stamp_text(assessment)) else {}),
        },
        "scope": proposal.scope,
        "alerts": [_alert(alert) for alert in proposal.alerts],
        "findings": {finding.name: _finding(finding) for finding in assessment.findings},
        "lines_of_therapy": [
            {
                "therapy": line.therapy,
                "counts_as": line.counts_as,
                "because": line.because,
                "note": assessment.note(line),
            }
            for line in assessment.lines or ()
        ],
        "ladder": ladder
        and {
            "reached_step": ladder.reached_step,
            "possible_step": ladder.possible_step,
            "next_steps": [
                {"step": s.step, "open": s.open, "why": s.why, "content": s.content}
                for s in ladder.next_steps
            ],
            "outcomes": [outcome_document(outcome) for outcome in proposal.outcomes],
        },
        "options": listed,
        "not_indicated": [_not_indicated(n) for n in rest],
        "missing_data": [
            {"fact": q.fact, "ask": q.ask, "decides": list(q.decides), "rank": q.rank}
            for q in proposal.questions
            if only is None or only in q.decides
        ],
        "evidence": _evidence(cited, assessment),
        **({"changes": changes_document(since)} if since is not None else {}),
    }
    return {key: _harmless(value) for key, value in result.items()}


def _finding(finding: Finding) -> Plain:
    value: object = {"true": True, "false": False}.get(finding.value, finding.value)
    grades: Plain = (
        {"at_least": finding.at_least, "at_most": finding.at_most} if finding.at_least is not None else {}
    )
    return {
        "value": value,
        **grades,
        "because": list(finding.because),
        "missing": list(finding.missing),
        "rules": list(finding.rules),
    }


def _alert(alert: Alert) -> Plain:
    return {
        "kind": alert.kind,
        "id": alert.id,
        "title": alert.title,
        "because": list(alert.because),
        "do": list(alert.do),
        "do_not": list(alert.do_not),
        "evidence": list(alert.evidence),
        **basis_document(alert.basis),
        "makes_unknown": list(alert.makes_unknown),
    }


def _option(option: Option, assessment: Assessment, cited: list[str], *, planned: bool) -> Plain:
    therapy = option.therapy
    plan = assessment.plan(option) if planned else None
    overrides = overrides_of(assessment.patient, therapy.id)
    cited += [*therapy.evidence, *(s.ref for rule in option.disagreements for s in rule.sources)]

    def entries(reasons: Iterable[Reason]) -> list[Plain]:
        return [_entry(reason, cited, overrides) for reason in reasons]

    return {
        "therapy": therapy.id,
        "class": therapy.classes[0] if therapy.classes else None,
        "step": option.step,
        "rank": option.rank,
        "verdict": str(option.verdict),
        "indicated_by": entries(option.indicated_by),
        "excluded_by": entries(option.excluded_by),
        "deferred_by": entries(option.deferred_by),
        "cautions": entries(option.cautions),
        "missing": [{"fact": m.fact, "for_rules": list(m.for_rules), "ask": m.ask} for m in option.missing],
        "warnings": [*option.notes, *therapy.warnings],
        "work_up": list(therapy.work_up),
        "monitoring": list(therapy.monitoring),
        "prophylaxis": list(therapy.prophylaxis),
        "washout": list(therapy.washout),
        "status": assessment.status(option),
        "evidence_level": therapy.evidence_level,
        "regimen": plan and plan.regimen,
        "exposure": plan and plan.exposure,
        "name": therapy.name,
        "dose": therapy.dose,
        "for_and_against": {side: list(lines) for side, lines in therapy.for_and_against.items()},
        "headline": list(therapy.headline),
        "evidence": list(therapy.evidence),
        "disagreements": [disagreement_document(rule) for rule in option.disagreements],
        "unsettled": sorted({reason.rule.id for reason in option.unsettled}),
        "waits_for": entries(option.waits_for),
        "against": entries(option.against),
    }


def _entry(reason: Reason, cited: list[str], overrides: Iterable[Override]) -> Plain:
    rule = reason.rule
    refs = [source.ref for source in rule.sources]
    cited += refs
    earlier = [o.as_plain() for o in overrides if o.rule == rule.id]
    return {
        "rule": rule.id,
        "title": rule.title,
        "because": [*reason.because, rule.because],
        "evidence": refs,
        **basis_document(rule.basis),
        "reversible": rule.reversible or reason.until is not None,
        "until": _day(reason.until),
        "checked": reason.truth is not Truth.UNKNOWN,
        "advise": rule.advise,
        "at": str(rule.at),
        **({"overrides": earlier} if earlier else {}),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _not_indicated(entry: NotIndicated) -> Plain:
    return {"therapy": entry.therapy.id, "because": list(entry.because), "rules": list(entry.rules)}


def _evidence(cited: Iterable[str], assessment: Assessment) -> Plain:
    register = assessment.library.evidence
    return {
        ref: {
            "citation": register[ref].citation,
            "doi": register[ref].doi,
            "design": register[ref].design,
            "n": register[ref].n,
            "level": register[ref].level,
            "provenance": register[ref].provenance,
        }
        for ref in dict.fromkeys(cited)
        if ref in register
    }


def _harmless(value: object) -> object:
    """Every text with control and direction-override characters made visible."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {key: _harmless(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_harmless(item) for item in value]
    return value
