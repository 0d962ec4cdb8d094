"""GuidanceResponse: what came of the run, and as DataRequirement what nobody has measured yet."""

from __future__ import annotations

from escalate.options.model import Alert
from escalate.report.fhir.run import Resource, Run, joined, reference, shown
from escalate.report.head import FOOTER
from escalate.texts import N_, _

_KINDS = {
    "emergency": N_("Emergency"),
    "contradiction": N_("Contradiction"),
    "scope": N_("Scope"),
    "warning": N_("Warning"),
}
_OF_THE_PATIENT = ("demographics.age_years", "demographics.sex")


def guidance_response(run: Run, group: Resource | None, outcome: Resource | None) -> Resource:
    """`success`, or `data-required` while a missing fact can still change a verdict."""
    assessment = run.assessment
    proposal, library = assessment.proposal, assessment.library
    asked = [data_requirement(run, q.fact, q.ask) for q in proposal.questions]
    response: Resource = {
        **run.resource("GuidanceResponse"),
        "moduleCanonical": f"{run.base}/Library/escalate-knowledge|{library.version}",
        "status": "data-required" if asked else "success",
        "subject": run.subject(),
        "occurrenceDateTime": run.day,
        "note": [{"text": text} for text in (*map(_alert, proposal.alerts), _(FOOTER))],
    }
    if outcome is not None:
        response["evaluationMessage"] = [reference(outcome)]
    if group is not None:
        response["result"] = reference(group)
    if asked:
        response["dataRequirement"] = asked
    return response


def data_requirement(run: Run, fact: str, ask: str) -> Resource:
    """A missing fact by every code under which a record can give it, the project's own among them."""
    field = fact.partition("[")[0]
    kind = "Observation"
    if field == "therapies":
        kind = "MedicationStatement"
    elif fact in _OF_THE_PATIENT:
        kind = "Patient"
    codings: list[Resource] = [run.own("facts", fact, ask)]
    if kind == "Observation":
        codings += [{"system": run.terms.loinc, "code": code} for code in run.terms.loinc_of(fact)]
    required: Resource = {"type": kind, "codeFilter": [{"path": "code", "code": codings}]}
    if kind == "Patient":
        # A Patient has no code: the elements are named instead.
        element = "birthDate" if fact == _OF_THE_PATIENT[0] else "gender"
        required = {"type": kind, "mustSupport": [element]}
    return {**required, "subjectCodeableConcept": {"text": "Patient"}} if kind != "Patient" else required


def _alert(alert: Alert) -> str:
    kind = _KINDS.get(alert.kind)
    lead = f"{_(kind)}: " if kind else ""
    do = [_("Do: {what}").format(what=shown(text)) for text in alert.do]
    do_not = [_("Do not: {what}").format(what=shown(text)) for text in alert.do_not]
    return joined([f"{lead}{alert.title} ({alert.id}).", *alert.because, *do, *do_not])
