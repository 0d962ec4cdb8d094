"""The report as text: the ladder first, then what is open, what is closed, and what to measure next."""

from __future__ import annotations

from collections.abc import Iterable

from escalate._version import VERSION
from escalate.assessment import Assessment
from escalate.findings.find import Finding
from escalate.findings.reasons import Reason, say
from escalate.options.model import Option
from escalate.options.verdict import Verdict
from escalate.report.exposure_lines import exposure_lines, regimen_lines
from escalate.report.layout import Page
from escalate.report.overrides import Override, overrides_of
from escalate.truth import Truth

_WORDS = {
    Verdict.PROPOSE: "OPEN FOR DISCUSSION",
    Verdict.CAUTION: "OPEN WITH CAUTION",
    Verdict.CAUTION_HIGH: "ONLY WITH A RECORDED OVERRIDE",
    Verdict.DATA_NEEDED: "DATA NEEDED",
    Verdict.DEFERRED: "DEFERRED",
    Verdict.EXCLUDED: "EXCLUDED",
}
_COLOUR = {
    Verdict.PROPOSE: "green",
    Verdict.CAUTION: "yellow",
    Verdict.CAUTION_HIGH: "yellow",
    Verdict.DATA_NEEDED: "cyan",
    Verdict.DEFERRED: "red",
    Verdict.EXCLUDED: "red",
}
_STATUS = {"eu": "EU", "us": "US"}
_QUESTIONS_SHOWN = 12
_FOOTER = (
    "For an interdisciplinary case conference of specialists. Lays out options with reasons; the physicians decide. "
    "Not a medical device, not a dose instruction: doses read as usual published doses, to be checked against the label. "
    "Unknown is never read as normal."
)


def text_report(assessment: Assessment, only: str | None = None, *, width: int = 100, colour: bool = False) -> str:
    """The whole report, or what concerns one therapy (`only`), as text of at most `width` columns."""
    page = Page(width, colour)
    _head(page, assessment)
    _alerts(page, assessment)
    if only is None:
        _ladder(page, assessment)
    options = [o for o in assessment.proposal.options if only in (None, o.therapy.id)]
    _open(page, assessment, [o for o in options if o.verdict.is_open])
    _waiting(page, assessment, [o for o in options if o.verdict is Verdict.DATA_NEEDED], only)
    _closed(page, assessment, [o for o in options if o.verdict in (Verdict.DEFERRED, Verdict.EXCLUDED)], only)
    _questions(page, assessment, only)
    if only is None:
        _findings(page, assessment)
        _lines_of_therapy(page, assessment)
    _not_indicated(page, assessment, only)
    _sources(page, assessment, options)
    _foot(page, assessment)
    return page.text()


def _head(page: Page, assessment: Assessment) -> None:
    patient, facts = assessment.patient, assessment.reasons.facts
    parts = [
        f"{say(facts[name].value)}{unit}"
        for name, unit in (
            ("demographics.age_years", " years"),
            ("demographics.sex", ""),
            ("demographics.weight_kg", " kg"),
        )
        if facts[name].value is not None
    ]
    entity = facts["diagnosis.entity"].value
    positive = [a.name for a in patient.antibodies or () if a.result == "positive"]
    page.raw(page.paint(f"escalate {VERSION} - proposal for a case conference", "bold"))
    page.line(f"Patient {patient.id}, assessed on {patient.assessed_on.isoformat()}")
    label = assessment.library.entities.labels.get(str(entity), say(entity)) if entity else "diagnosis not stated"
    page.line("; ".join([", ".join(parts) or "age, sex and weight not stated", label, _antibodies(positive)]))
    if assessment.proposal.scope != "iim":
        page.line(f"Scope: {say(assessment.proposal.scope)} (no ladder)")
    if patient.defaults_used:
        page.line(f"Defaults used: {'; '.join(patient.defaults_used)}")


def _antibodies(positive: list[str]) -> str:
    return f"positive: {', '.join(positive)}" if positive else "no positive antibody stated"


def _alerts(page: Page, assessment: Assessment) -> None:
    for alert in assessment.proposal.alerts:
        page.heading(f"{alert.kind}: {alert.title} ({alert.id})")
        page.bullets(alert.because, sign="because ")
        page.bullets(alert.do, sign="do: ")
        page.bullets(alert.do_not, sign="do not: ")
        if alert.makes_unknown:
            page.line(f"counts as unknown until settled: {', '.join(alert.makes_unknown)}", 2)


def _ladder(page: Page, assessment: Assessment) -> None:
    ladder = assessment.proposal.ladder
    if ladder is None:
        return
    page.heading("Ladder")
    page.line(f"Step {ladder.reached_step} is reached." + _possible(ladder.reached_step, ladder.possible_step))
    for step in ladder.next_steps:
        sign = "open" if step.open else "not open"
        page.line(f"step {step.step} ({step.content}): {sign} - {step.why}", 2, "- ")
    page.line("; ".join(f"{f.title}: {_value(f)}" for f in assessment.findings))


def _possible(reached: int, possible: int) -> str:
    return f" Up to step {possible} is possible once missing facts are known." if possible > reached else ""


def _value(finding: Finding) -> str:
    if finding.value == "unknown" and finding.at_least is not None:
        return f"unknown, at least {finding.at_least}, at most {finding.at_most}"
    return {"true": "yes", "false": "no"}.get(finding.value, finding.value)


def _findings(page: Page, assessment: Assessment) -> None:
    page.heading("Findings")
    for finding in assessment.findings:
        page.line(f"{finding.title}: {_value(finding)}", 2, "- ")
        page.bullets(finding.because[:3], 6, "")
        if finding.missing:
            page.line(f"missing: {', '.join(finding.missing[:8])}", 6)


def _lines_of_therapy(page: Page, assessment: Assessment) -> None:
    page.heading("Lines of therapy")
    if assessment.lines is None:
        page.line("history unknown: every step that needs a failed line waits for it", 2)
    elif not assessment.lines:
        page.line("none given", 2)
    for line in assessment.lines or ():
        therapy = assessment.library.drugs.labels.get(line.therapy, say(line.therapy))
        page.line(f"{therapy}: {say(line.counts_as)} - {line.because}", 2, "- ")


def _title(page: Page, option: Option) -> str:
    word = page.paint(_WORDS[option.verdict], _COLOUR[option.verdict], "bold")
    place = f"step {option.step}" if option.step is not None else "beside the ladder"
    rank = f"{option.rank}. " if option.rank is not None else ""
    return f"{rank}{option.therapy.name} [{place}]: {word}"


def _open(page: Page, assessment: Assessment, options: Iterable[Option]) -> None:
    page.heading("Open options (for the conference to choose)")
    seen = False
    for option in options:
        seen = True
        overrides = overrides_of(assessment.patient, option.therapy.id)
        page.raw(_title(page, option))
        _reasons(page, "for", option.indicated_by, overrides)
        page.bullets(option.therapy.headline[:2], 2, "evidence: ")
        _reasons(page, "caution", [r for r in option.cautions if r.truth is Truth.TRUE], overrides)
        unchecked = [r for r in option.cautions if r.truth is Truth.UNKNOWN]
        page.bullets((f"{r.rule.title} ({r.rule.id}); missing: {', '.join(r.missing[:4])}" for r in unchecked), 2, "not checked: ")
        page.bullets(option.notes, 2, "note: ")
        page.bullets(option.therapy.warnings, 2, "warning: ")
        page.bullets(option.therapy.for_and_against.get("for", ()), 2, "for: ")
        page.bullets(option.therapy.for_and_against.get("against", ()), 2, "against: ")
        _what_it_takes(page, assessment, option)
        page.blank()
    if not seen:
        page.line("none", 2)


def _what_it_takes(page: Page, assessment: Assessment, option: Option) -> None:
    therapy = option.therapy
    status = ", ".join(f"{_STATUS[k]} {say(therapy.status[k])}" for k in _STATUS if k in therapy.status)
    verified = therapy.status.get("verified_on", "not verified")
    page.line(f"{status} (verified: {verified}); evidence: {say(therapy.evidence_level)}", 2, "status: ")
    if therapy.dose:
        page.line(therapy.dose, 2, "dose: ")
    _plan(page, assessment, option)
    for label, lines in (
        ("work-up", therapy.work_up),
        ("monitoring", therapy.monitoring),
        ("prophylaxis", therapy.prophylaxis),
        ("washout", therapy.washout),
    ):
        if lines:
            page.line("; ".join(lines), 2, f"{label}: ")


def _plan(page: Page, assessment: Assessment, option: Option) -> None:
    plan = assessment.plan(option)
    if plan.regimen is not None:
        page.bullets(regimen_lines(plan.regimen), 2, "regimen: ")
    elif option.therapy.regimens:
        page.line("no figure in mg without a weight", 2, "regimen: ")
    if plan.exposure is not None:
        page.bullets(exposure_lines(plan.exposure), 2, "exposure: ")


def _reasons(page: Page, label: str, reasons: Iterable[Reason], overrides: Iterable[Override] = ()) -> None:
    for reason in reasons:
        rule = reason.rule
        page.line(f"{rule.title} ({rule.id}{_source(reason)})", 2, f"{label}: ")
        page.bullets(reason.because, 6, "")
        if reason.until is not None:
            page.line(f"look again from {reason.until.isoformat()}", 6)
        if rule.advise:
            page.line(rule.advise, 6, "-> ")
        for earlier in (o for o in overrides if o.rule == rule.id):
            page.line(_override(earlier), 6, "-> ")


def _override(earlier: Override) -> str:
    state = "lapsed" if earlier.lapsed else "recorded"
    until = f", until {earlier.until.isoformat()}" if earlier.until else ""
    return f"earlier conference ({state}{until}): {earlier.reason} ({earlier.by}, {earlier.on_date}); the verdict stays"


def _source(reason: Reason) -> str:
    basis = {"expert_judgement": "judgement", "unverified": "unverified"}.get(reason.rule.basis, "")
    refs = ", ".join(dict.fromkeys(source.ref for source in reason.rule.sources))
    return "; " + "; ".join(part for part in (refs, basis) if part) if refs or basis else ""


def _waiting(page: Page, assessment: Assessment, options: list[Option], only: str | None) -> None:
    if not options:
        return
    page.heading("Waiting for data (not open)")
    for option in options:
        page.raw(_title(page, option))
        facts = [m.fact for m in option.missing]
        page.line(f"{', '.join(facts[:8])}{_more(len(facts) - 8)}", 2, "missing: ")
        if only is not None:
            page.bullets((f"{m.ask} ({m.fact}; {', '.join(m.for_rules)})" for m in option.missing), 4)
        _reasons(page, "caution", [r for r in option.cautions if r.truth is Truth.TRUE])
        page.bullets(option.notes, 2, "note: ")
        _plan(page, assessment, option)


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""


def _closed(page: Page, assessment: Assessment, options: list[Option], only: str | None) -> None:
    if not options:
        return
    page.heading("Closed, and by what")
    for option in options:
        page.raw(_title(page, option))
        reasons = option.excluded_by or option.deferred_by
        shown = (*option.excluded_by, *option.deferred_by) if only else reasons[:1]
        _reasons(page, "by", shown, overrides_of(assessment.patient, option.therapy.id))
        further = [r.rule.id for r in (*option.excluded_by, *option.deferred_by) if r not in shown]
        if further:
            page.line(f"also: {', '.join(further)}", 2)


def _not_indicated(page: Page, assessment: Assessment, only: str | None) -> None:
    entries = [n for n in assessment.proposal.not_indicated if only in (None, n.therapy.id)]
    if not entries:
        return
    page.heading("Not indicated here")
    for entry in entries:
        page.line(f"{entry.therapy.name}: {'; '.join(entry.because[: 1 if only is None else None])}", 2, "- ")


def _questions(page: Page, assessment: Assessment, only: str | None) -> None:
    asked = [q for q in assessment.proposal.questions if only is None or only in q.decides]
    if not asked:
        return
    page.heading("What to measure next, and what it decides")
    for question in asked[:_QUESTIONS_SHOWN]:
        names = [assessment.library.therapies[t].name for t in question.decides]
        decides = f": {', '.join(names[:4])}{_more(len(names) - 4)}" if names else ""
        page.line(f"{question.ask} ({question.fact}){decides}", 2, f"{question.rank}. ")
    if len(asked) > _QUESTIONS_SHOWN:
        page.line(f"{len(asked) - _QUESTIONS_SHOWN} more: `--format json` or `escalate explain` lists them", 2)


def _sources(page: Page, assessment: Assessment, options: Iterable[Option]) -> None:
    refs = dict.fromkeys(ref for alert in assessment.proposal.alerts for ref in alert.evidence)
    for option in options:
        told = (*option.indicated_by, *option.excluded_by, *option.deferred_by, *option.cautions)
        refs.update(dict.fromkeys(s.ref for r in told for s in r.rule.sources))
    register = assessment.library.evidence
    known = [register[ref] for ref in refs if ref in register]
    if known:
        page.heading("Sources")
        page.bullets((f"{e.id}: {e.citation}{f', doi {e.doi}' if e.doi else ''}" for e in known), 2, "")


def _foot(page: Page, assessment: Assessment) -> None:
    page.blank()
    page.line(_FOOTER)
    library = assessment.library
    page.line(f"Knowledge {library.version}, {library.digest}; engine {assessment.engine}.")
