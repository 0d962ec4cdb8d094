"""DetectedIssue: one for each option that a rule closes or defers, and one for each emergency."""

from __future__ import annotations

from collections.abc import Iterator

from escalate.findings.reasons import Reason
from escalate.language.evaluate import leaves_of
from escalate.library.model import Rule
from escalate.options.model import Option
from escalate.report.fhir.run import Resource, Run, contained_id, joined, shown
from escalate.texts import _
from escalate.truth import Truth


def alert_issues(run: Run) -> Iterator[Resource]:
    """Emergencies and contradictions, which hold whatever is decided about an option."""
    for alert in run.assessment.proposal.alerts:
        if alert.kind not in ("emergency", "contradiction"):
            continue
        yield {
            **run.resource("DetectedIssue", alert.kind, alert.id, *alert.because),
            "status": "final",
            "code": {"coding": [run.own("alerts", alert.kind)], "text": shown(alert.title)},
            "severity": "high",
            "patient": run.subject(),
            "identifiedDateTime": run.day,
            "evidence": [{"code": [{"coding": [run.own("rules", alert.id)], "text": shown(alert.title)}]}],
            "detail": joined([alert.title, *alert.because]),
            **({"mitigation": [{"action": {"text": shown(text)}} for text in alert.do]} if alert.do else {}),
        }


def detected_issues(run: Run) -> Iterator[Resource]:
    """Each rule that closes or defers an option, with what it stands on and what would change it."""
    for option in run.assessment.proposal.options:
        for reason in option.excluded_by:
            yield _issue(run, option, reason, "excluded", "high")
        for reason in option.deferred_by:
            yield _issue(run, option, reason, "deferred", "moderate")


def _issue(run: Run, option: Option, reason: Reason, verdict: str, severity: str) -> Resource:
    rule, therapy = reason.rule, option.therapy
    evidence: Resource = {"code": [{"coding": [run.own("rules", rule.id)], "text": shown(rule.title)}]}
    seen = _sources(run, reason)
    if seen:
        evidence["detail"] = seen
    issue: Resource = {
        **run.resource("DetectedIssue", therapy.id, rule.key),
        "contained": [run.contained(therapy)],
        "status": "final",
        "code": {"coding": [run.own("verdicts", verdict)], "text": shown(rule.title)},
        "severity": severity,
        "patient": run.subject(),
        "identifiedDateTime": run.day,
        "implicated": [{"reference": f"#{contained_id(therapy)}"}],
        "evidence": [evidence],
        "detail": joined([f"{therapy.name}: {rule.title}.", *reason.because, rule.because]),
    }
    register = run.assessment.library.evidence
    dois = [register[s.ref].doi for s in rule.sources if s.ref in register and register[s.ref].doi]
    if dois:
        issue["reference"] = f"https://doi.org/{dois[0]}"
    change = _mitigation(reason)
    if change:
        issue["mitigation"] = [{"action": {"text": text}} for text in change]
    return issue


def _mitigation(reason: Reason) -> list[str]:
    """What the rule advises, and when to look again."""
    said = [shown(reason.rule.advise)] if reason.rule.advise.strip() else []
    if reason.until is not None:
        said.append(_("Look again on {day}.").format(day=reason.until.isoformat()))
    return said


def _sources(run: Run, reason: Reason) -> list[Resource]:
    """The resources of the record on which the rule stands, as far as they have an id."""
    if run.record is None:
        return []
    fields = set(_fields(run, reason.rule, set()))
    found: dict[str, Resource] = {}
    for fact in run.record.facts:
        resource = (fact.item.holder or fact.item).resource  # what is contained has no address of its own
        kind, name = resource.get("resourceType"), resource.get("id")
        if fact.field in fields and isinstance(kind, str) and isinstance(name, str):
            address = shown(f"{kind}/{name}")
            found[address] = {"reference": address}
    return list(found.values())


def _fields(run: Run, rule: Rule, seen: set[str]) -> Iterator[str]:
    """The patient fields on which a rule stands, by way of the findings that hold."""
    reasons, facts = run.assessment.reasons, run.assessment.library.facts
    seen.add(rule.key)
    for leaf in leaves_of(rule.when):
        below = reasons.rules_behind(leaf.test)
        if below is None:
            spec = facts.get(leaf.test.name)
            yield from (leaf.test.name, *(spec.reads if spec is not None else ()))
            continue
        for other in below:
            if other.key not in seen and reasons.values[other.key] is Truth.TRUE:
                yield from _fields(run, other, seen)
