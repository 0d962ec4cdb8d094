"""The report as text: alerts, the ladder, what is open, what is closed, and what to measure next.

Made for a projector: one idea a line, the file named once, places as `line:column`. What belongs to
one therapy alone (work-up, monitoring, every reason down to its facts) comes with `--option`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate._version import VERSION
from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.options.model import Alert, NextStep
from escalate.options.verdict import Verdict
from escalate.report.antibodies import guidance, guidance_lines
from escalate.report.asked import requests
from escalate.report.beside import write_outcomes
from escalate.report.course import course_of
from escalate.report.head import (
    FOOTER,
    finding_value,
    patient_line,
    stamp_text,
    summary_findings,
    told_alerts,
)
from escalate.report.layout import Page
from escalate.report.near_text import write_near_misses
from escalate.report.option_text import OptionText
from escalate.report.outside import outside
from escalate.report.overlay import overlay_lines
from escalate.report.overrides import unmatched
from escalate.report.sheet_asks import QUESTIONS_SHOWN, asks, cannot_be_done
from escalate.report.sheet_owed import checks
from escalate.report.sheet_said import IN_A_LINE
from escalate.texts import _, in_its_language

if TYPE_CHECKING:
    from escalate.report.changes import Changes

_STEPS_SHOWN = 3


@in_its_language
def text_report(
    assessment: Assessment,
    only: str | None = None,
    *,
    since: Changes | None = None,
    width: int = 100,
    colour: bool = False,
) -> str:
    """The whole report, or one therapy in full (`only`), as text of at most `width` columns.

    Args: since, what differs from an earlier assessment of the patient, told behind the alerts.
    """
    page = Page(width, colour, assessment.patient.file)
    options = [o for o in assessment.proposal.options if only in (None, o.therapy.id)]
    writer = OptionText(page, assessment, full=only is not None)
    _head(page, assessment)
    for alert in told_alerts(assessment.proposal.alerts):
        _alert(page, alert)
    if since is not None:
        # Only a comparison pays for these.
        from escalate.report.changes_said import told
        from escalate.report.changes_text import write_changes

        write_changes(page, told(since, assessment.library))
    if only is None:
        _ladder(page, assessment)
        page.heading(_("Open options (for the conference to choose)"))
        if not any(o.verdict.is_open for o in options):
            page.line(_("none"), 2)
    elif sentence := outside(assessment, only):
        page.blank()
        page.line(sentence)
    for option in options:
        if option.verdict.is_open:
            writer.open(option)
    if only is None:
        write_outcomes(page, assessment.proposal.outcomes)
    writer.closed([o for o in options if o.verdict in (Verdict.EXCLUDED, Verdict.DEFERRED)])
    writer.waiting([o for o in options if o.verdict is Verdict.DATA_NEEDED])
    _questions(page, assessment, only)
    if only is None:
        write_near_misses(page, assessment)
        _findings(page, assessment)
        _antibodies(page, assessment)
        _lines_of_therapy(page, assessment)
    _earlier_decisions(page, assessment, only)
    _not_indicated(page, assessment, only)
    _sources(page, assessment, writer.cited, only)
    page.blank()
    page.line(_(FOOTER))
    library = assessment.library
    page.line(
        _("Knowledge {version}, {digest}; engine {engine}.").format(
            version=library.version, digest=library.digest, engine=assessment.engine
        )
    )
    if stamp := stamp_text(assessment):
        page.line(_("Made at {stamp}.").format(stamp=stamp))
    return page.text()


def _head(page: Page, assessment: Assessment) -> None:
    patient = assessment.patient
    page.raw(
        page.paint(_("escalate {version} - proposal for a case conference").format(version=VERSION), "bold")
    )
    page.line(
        _("Patient {id}, assessed on {assessed_on}").format(
            id=patient.id, assessed_on=patient.assessed_on.isoformat()
        )
    )
    for number, line in enumerate(overlay_lines(assessment.library)):
        page.line(page.paint(line, "bold") if number == 0 else line, first="- " if number else "")
    page.line(patient_line(assessment))
    if assessment.proposal.scope != "iim":
        page.line(_("Scope: {scope} (no ladder)").format(scope=say(assessment.proposal.scope)))
    if patient.defaults_used:
        page.line(_("Defaults used: {defaults_used}").format(defaults_used="; ".join(patient.defaults_used)))
    if patient.note:
        page.line(_("Note (read by no rule): {note}").format(note=patient.note))
    page.raw_line(_("Places are line:column of {file}").format(file=patient.file))


def _alert(page: Page, alert: Alert) -> None:
    page.heading(
        f"{say(alert.kind)}: {alert.title} ({alert.id})", "red" if alert.kind == "emergency" else "yellow"
    )
    emergency = alert.kind != "warning"
    page.bullets(alert.because if emergency else alert.because[-1:], 2, _("because "))
    page.bullets(alert.do, 2, _("do: "))
    page.bullets(alert.do_not, 2, _("do not: "))
    if alert.makes_unknown:
        page.line(
            _("counts as unknown until settled: {makes_unknown}").format(
                makes_unknown=", ".join(alert.makes_unknown)
            ),
            2,
        )


def _ladder(page: Page, assessment: Assessment) -> None:
    ladder, course = assessment.proposal.ladder, course_of(assessment)
    told = [*requests(assessment), *([course.sentence()] if course else [])]
    if told:
        page.heading(_("What is asked"))
        page.bullets(told)
    if ladder is None:
        return
    page.heading(_("Ladder"))
    reached = _("Step {step} is reached.").format(step=ladder.reached_step)
    if ladder.possible_step > ladder.reached_step:
        further = _("Up to step {step} is possible once missing facts are known.")
        reached += " " + further.format(step=ladder.possible_step)
    page.line(reached)
    for step in ladder.next_steps[:_STEPS_SHOWN]:
        sign = _("open") if step.open else _("not open")
        page.line(
            _("step {step} ({content}): {sign} - {why}").format(
                step=step.step, content=step.content, sign=sign, why=_why(step, assessment)
            ),
            2,
            "- ",
        )
    page.line("; ".join(f"{f.title}: {finding_value(f)}" for f in summary_findings(assessment)))


def _why(step: NextStep, assessment: Assessment) -> str:
    """Why a step is open or not; where it is reached, its options with the words of every verdict here."""
    ladder, here = assessment.proposal.ladder, [o for o in assessment.proposal.options if o.step == step.step]
    if ladder is None or step.step > ladder.reached_step or not here:
        return step.why
    verdicts = "; ".join(f"{o.therapy.name}: {_(IN_A_LINE[o.verdict])}" for o in here)
    return _("entry condition met; {verdicts}").format(verdicts=verdicts)


def _questions(page: Page, assessment: Assessment, only: str | None) -> None:
    asked = [q for q in assessment.proposal.questions if only is None or only in q.decides]
    if not asked:
        return
    page.heading(_("What to measure next, and what it decides"))
    told = {ask.fact: ask for ask in asks(assessment)}  # a day is asked for with the result of that day
    asked = [q for q in asked if q.fact in told]
    shown = asked if only else asked[:QUESTIONS_SHOWN]
    for number, question in enumerate(shown, 1):
        ask = told[question.fact]
        names = [assessment.library.therapies[t].name for t in question.decides]
        decides = _(" - decides {names}").format(names=page.few(names, 4)) if names and only is None else ""
        asked_of = assessment.library.facts.get(question.fact)
        listed = asked_of is not None and asked_of.kind == "list"
        where = _("{field}; [] where there is none").format(field=question.fact) if listed else question.fact
        # What cannot be done is not asked for: the question is then for what stands in its place.
        said = f"{ask.text} ({where})" if ask.text.startswith(question.ask.rstrip(".")) else ask.text
        page.line(f"{said}{decides}", 2, f"{number}. ")
        if ask.instead:
            page.line(ask.instead, 5)
    if only is None:
        page.bullets((f"{_('Cannot be done:')} {line}" for line in cannot_be_done(assessment)), 2, "")
    if len(asked) > len(shown):
        page.line(
            _("{count} more in `--format json` and with `--option THERAPY`").format(
                count=len(asked) - len(shown)
            ),
            2,
        )


def _findings(page: Page, assessment: Assessment) -> None:
    page.heading(_("Findings"))
    for finding in assessment.findings:
        missing = (
            _(" - missing: {missing}").format(missing=page.few(finding.missing, 6)) if finding.missing else ""
        )
        page.line(f"{finding.title}: {finding_value(finding)}{missing}", 2, "- ")
        page.bullets(finding.because[:2], 6, "")


def _antibodies(page: Page, assessment: Assessment) -> None:
    told = guidance(assessment)
    if not told:
        return
    page.heading(_("What the antibodies say"))
    for one in told:
        support = "; ".join(part for part in (", ".join(one.refs), one.support) if part)
        page.line(f"{one.name} ({support})" if support else one.name, 2, "- ")
        page.bullets(guidance_lines(one), 6, "")


def _lines_of_therapy(page: Page, assessment: Assessment) -> None:
    page.heading(_("Lines of therapy"))
    if looked_at := checks(assessment):
        page.line("; ".join(f"{check.title}: {check.answer}" for check in looked_at), 2)
    if assessment.lines is None:
        page.line(_("history unknown: every step that needs a failed line waits for it"), 2)
    elif not assessment.lines:
        page.line(_("none given"), 2)
    for line in assessment.lines or ():
        therapy = assessment.library.drugs.labels.get(line.therapy, say(line.therapy))
        page.line(f"{therapy}: {say(line.counts_as)} - {line.because}", 2, "- ")
        if note := assessment.note(line):
            page.line(_("note: {note}").format(note=note), 6)
    if course := course_of(assessment):
        page.line(course.sentence(), 2, "- ")


def _earlier_decisions(page: Page, assessment: Assessment, only: str | None) -> None:
    met = unmatched(assessment.patient, assessment.proposal.options)
    without_entry = [earlier for earlier in met if only in (None, earlier.therapy)]
    if not without_entry:
        return
    page.heading(_("Earlier decisions that meet no entry today"))
    for earlier in without_entry:
        page.line(
            _("{therapy}, rule {rule}: {sentence}").format(
                therapy=earlier.therapy or _("no therapy named"),
                rule=earlier.rule,
                sentence=earlier.sentence(),
            ),
            2,
            "- ",
        )


def _not_indicated(page: Page, assessment: Assessment, only: str | None) -> None:
    entries = [n for n in assessment.proposal.not_indicated if only in (None, n.therapy.id)]
    if not entries:
        return
    page.heading(_("Not indicated here"))
    by_reason: dict[str, list[str]] = {}
    for entry in entries:
        reason = "; ".join(entry.because if only else entry.because[:1])
        by_reason.setdefault(reason, []).append(entry.therapy.name)
    for reason, names in by_reason.items():
        page.line(f"{', '.join(names)}: {reason}", 2, "- ")


def _sources(page: Page, assessment: Assessment, cited: list[str], only: str | None) -> None:
    register = assessment.library.evidence
    alerts = [ref for alert in assessment.proposal.alerts for ref in alert.evidence]
    if only is None:
        cited = [*cited, *(ref for one in guidance(assessment) for ref in one.refs)]
    known = [register[ref] for ref in dict.fromkeys((*alerts, *cited)) if ref in register]
    if known:
        page.heading(_("Sources"))
        page.bullets((f"{e.id}: {e.citation}{f', doi {e.doi}' if e.doi else ''}" for e in known), 2, "")
