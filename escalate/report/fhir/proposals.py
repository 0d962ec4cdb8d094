"""RequestGroup: the open options as draft proposals, of which the conference takes at most one."""

from __future__ import annotations

from escalate.options.model import Option
from escalate.options.verdict import Verdict
from escalate.report.fhir.run import Resource, Run, contained_id, joined, shown
from escalate.texts import N_, _

OPEN = (Verdict.PROPOSE, Verdict.CAUTION, Verdict.CAUTION_HIGH)
_WORDS = {
    Verdict.PROPOSE: N_("open for discussion"),
    Verdict.CAUTION: N_("open with caution"),
    Verdict.CAUTION_HIGH: N_("only with a recorded override of the conference"),
}


def request_group(run: Run) -> Resource | None:
    """The options that are open, in their order; None where none is."""
    options = [option for option in run.assessment.proposal.options if option.verdict in OPEN]
    if not options:
        return None
    return {
        **run.resource("RequestGroup"),
        "contained": [run.contained(option.therapy) for option in options],
        "status": "draft",
        "intent": "proposal",
        "subject": run.subject(),
        "authoredOn": run.day,
        "action": [
            {
                "title": _("Options for the case conference"),
                "description": _("Options with reasons; the physicians decide."),
                "groupingBehavior": "logical-group",
                "selectionBehavior": "at-most-one",
                "action": [_action(run, option) for option in options],
            }
        ],
    }


def _action(run: Run, option: Option) -> Resource:
    therapy = option.therapy
    verdict = _(_WORDS[option.verdict])
    cautions = [f"{reason.rule.title} ({reason.rule.id})." for reason in option.cautions]
    reasons = [f"{reason.rule.title} ({reason.rule.id})." for reason in option.indicated_by]
    dose = [therapy.dose] if therapy.dose else []
    action: Resource = {
        **({"prefix": str(option.rank)} if option.rank is not None else {}),
        "title": shown(therapy.name),
        "description": joined([f"{therapy.name}: {verdict}.", *reasons]),
        "textEquivalent": joined([f"{therapy.name}: {verdict}.", *reasons, *cautions, *option.notes, *dose]),
        "code": [{"coding": [run.own("verdicts", str(option.verdict))], "text": verdict}],
    }
    documents = _documents(run, option)
    if documents:
        action["documentation"] = documents
    return {**action, "resource": {"reference": f"#{contained_id(therapy)}"}}


def _documents(run: Run, option: Option) -> list[Resource]:
    """The evidence of an option, each source once."""
    register = run.assessment.library.evidence
    cited = [source.ref for reason in option.indicated_by for source in reason.rule.sources]
    documents: list[Resource] = []
    for ref in dict.fromkeys((*cited, *option.therapy.evidence)):
        if ref in register:
            one = register[ref]
            address = {"url": f"https://doi.org/{one.doi}"} if one.doi else {}
            documents.append({"type": "citation", "citation": shown(one.citation), **address})
    return documents
