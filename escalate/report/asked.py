"""What is asked of the conference: the drug that somebody asks for, and the next step."""

from __future__ import annotations

from collections.abc import Iterable

from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.options.model import NotIndicated, Option
from escalate.options.verdict import Verdict
from escalate.patient.lines import Line
from escalate.report.field_names import field_name, in_words
from escalate.report.sheet_said import IN_A_LINE
from escalate.texts import _
from escalate.truth import Truth

_MISSING_SHOWN = 3


def asked(assessment: Assessment) -> str:
    """The question before the conference, in one sentence."""
    ladder = assessment.proposal.ladder
    if ladder is None:
        title = next((a.title for a in assessment.proposal.alerts if a.kind == "scope"), "")
        return title or _("No ladder in this scope.")
    step = ladder.reached_step
    if assessment.lines is None:
        return _("The next therapy: step {step} is reached, the history is unknown.").format(step=step)
    failed = {line.therapy for line in assessment.lines if line.failed is Truth.TRUE}
    said = _("The next therapy: step {step} is reached; without effect in an adequate trial: {count}.")
    text = said.format(step=step, count=len(failed))
    if ladder.possible_step > step:
        further = _("Up to step {step} is possible once missing facts are known.")
        text += " " + further.format(step=ladder.possible_step)
    return text


def requests(assessment: Assessment) -> tuple[str, ...]:
    """Every drug that the file plans, with the answer: its verdict, and what stands behind it."""
    planned = [line for line in assessment.lines or () if line.source.status == "planned"]
    return tuple(dict.fromkeys(_answer(line, assessment) for line in planned))


def _answer(line: Line, assessment: Assessment) -> str:
    name = assessment.library.drugs.labels.get(line.therapy, say(line.therapy))
    proposal = assessment.proposal
    judged: Iterable[Option | NotIndicated] = (*proposal.options, *proposal.not_indicated)
    found = next((one for one in judged if one.therapy.id == line.therapy), None)
    if found is None:
        return _("Asked for: {name}, of which no rule speaks here").format(name=name)
    verdict, why = _(IN_A_LINE[found.verdict]), in_words(_why(found, assessment), assessment)
    if not why:
        return _("Asked for: {name}, {verdict}").format(name=name, verdict=verdict)
    return _("Asked for: {name}, {verdict}: {why}").format(name=name, verdict=verdict, why=why)


def _why(found: Option | NotIndicated, assessment: Assessment) -> str:
    """What closes it, what it waits for, or what ends its indication; nothing of an open one."""
    if isinstance(found, NotIndicated):
        return found.because[0] if found.because else ""
    if found.verdict in (Verdict.EXCLUDED, Verdict.DEFERRED):
        closing = (*found.excluded_by, *found.deferred_by)
        return "; ".join(f"{reason.rule.title} ({reason.rule.id})" for reason in closing)
    if found.verdict is Verdict.DATA_NEEDED:
        missing = [field_name(m.fact, assessment) for m in found.missing]
        more = len(missing) - _MISSING_SHOWN
        shown = ", ".join(missing[:_MISSING_SHOWN]) or "; ".join(r.rule.title for r in found.waits_for)
        return shown + (_(" and {count} more").format(count=more) if more > 0 else "")
    return ""
