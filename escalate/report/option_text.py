"""One option as text: briefly in the whole report, in full where it is asked about."""

from __future__ import annotations

from collections.abc import Iterable

from escalate.assessment import Assessment
from escalate.findings.reasons import Reason
from escalate.findings.say import say
from escalate.options.model import Option
from escalate.options.verdict import Verdict
from escalate.report.basis import support
from escalate.report.beside import disagreement_lines
from escalate.report.change import can_change, lasting_facts
from escalate.report.exposure_lines import exposure_lines, regimen_lines
from escalate.report.layout import Page
from escalate.report.overrides import beside, overrides_of
from escalate.texts import N_, _
from escalate.truth import Truth

VERDICT_WORDS = {
    Verdict.PROPOSE: (N_("OPEN FOR DISCUSSION"), "green"),
    Verdict.CAUTION: (N_("OPEN WITH CAUTION"), "yellow"),
    Verdict.CAUTION_HIGH: (N_("ONLY WITH A RECORDED OVERRIDE"), "yellow"),
    Verdict.DATA_NEEDED: (N_("DATA NEEDED"), "cyan"),
    Verdict.DEFERRED: (N_("DEFERRED"), "red"),
    Verdict.EXCLUDED: (N_("EXCLUDED"), "red"),
}
_LAST_STEP = 5
REGIONS = {"eu": N_("EU"), "us": N_("US")}


class OptionText:
    """Writes options onto a page and remembers the sources it named (`cited`)."""

    def __init__(self, page: Page, assessment: Assessment, *, full: bool) -> None:
        self._page, self._assessment, self._full = page, assessment, full
        self.cited: list[str] = []

    def open(self, option: Option) -> None:
        """An option the conference may choose: for, against, cautions, what it takes."""
        page, therapy = self._page, option.therapy
        self._title(option)
        self._for(option)
        # At step 5 the first line is short, on how many patients the option rests; the second what they had.
        shown = len(therapy.headline) if self._full else 2 if option.step == _LAST_STEP else 1
        page.bullets(therapy.headline[:shown], 3, _("evidence: "))
        page.bullets(therapy.for_and_against.get("for", ()), 3, _("for: "))
        page.bullets(therapy.for_and_against.get("against", ()), 3, _("against: "))
        self._reasons(_("caution: "), [r for r in option.cautions if r.truth is Truth.TRUE], option)
        self._unchecked(option)
        page.bullets(option.notes, 3, _("note: "))
        page.bullets(disagreement_lines(option), 3, _("sources disagree: "))
        self.cited += [source.ref for rule in option.disagreements for source in rule.sources]
        page.bullets(therapy.warnings, 3, _("warning: "))
        self._status(option)
        if therapy.dose:
            page.line(therapy.dose, 3, _("dose: "))
        self._plan(option)
        if self._full:
            for label, lines in (
                (_("work-up: "), therapy.work_up),
                (_("monitoring: "), therapy.monitoring),
                (_("prophylaxis: "), therapy.prophylaxis),
                (_("washout: "), therapy.washout),
            ):
                page.bullets(lines, 3, label)
        else:
            page.line(_("work-up, monitoring, prophylaxis, washout: --option {id}").format(id=therapy.id), 3)
        page.blank()

    def closed(self, options: list[Option]) -> None:
        """Excluded and deferred options, each with the fact that closes it."""
        if not options:
            return
        self._page.heading(_("Closed, and by what"))
        lasting = lasting_facts(self._assessment.proposal.options)
        for alike in self._alike(options):
            for option in alike:
                self._title(option)
            option = alike[0]
            closing = _closing(option)
            shown = closing if self._full else closing[:1]
            self._reasons(_("by: "), shown, option, down_to_facts=True)
            if further := closing[len(shown) :]:
                self._page.line(_("also: {closing}").format(closing="; ".join(map(_further, further))), 3)
            self._page.bullets(beside(self._assessment.patient, option, [r.rule.id for r in shown]), 3, "-> ")
            self._page.line(can_change(closing, lasting=lasting), 3, _("can it change? "))
            if self._full:
                self._for(option)
                self._status(option)
                self._page.bullets(option.notes, 3, _("note: "))

    def _alike(self, options: list[Option]) -> list[list[Option]]:
        """Closed options that the same rules close, by the same facts, together: each under its title."""
        groups: dict[object, list[Option]] = {}
        for option in options:
            decided = tuple(o.sentence() for o in overrides_of(self._assessment.patient, option.therapy.id))
            same = [(r.rule.id, r.because, r.until) for r in _closing(option)]
            # In full each has its own reasons for, its status and its notes.
            own = option.therapy.id if self._full else ""
            groups.setdefault((option.verdict, tuple(same), decided, own), []).append(option)
        return list(groups.values())

    def waiting(self, options: list[Option]) -> None:
        """Options that are not open because something is unknown."""
        if not options:
            return
        self._page.heading(_("Waiting for data (not open)"))
        for option in options:
            self._title(option)
            if self._full:
                self._for(option)
            else:
                self._against(option)
            facts = [m.fact for m in option.missing]
            if facts:
                self._page.line(self._page.few(facts, 99 if self._full else 6), 3, _("missing: "))
            self._reasons(_("waits for: "), option.waits_for, option, down_to_facts=True)
            asking = [f"{r.rule.title} ({r.rule.id})" for r in option.unsettled if r.truth is not Truth.TRUE]
            if asking:
                self._page.line(
                    "; ".join(asking) if self._full else self._page.few(asking, 2), 3, _("undecided: ")
                )
            cautions = [r for r in option.cautions if r.truth is Truth.TRUE]
            self._reasons(_("caution: "), cautions, option)
            self._page.bullets(
                beside(self._assessment.patient, option, [r.rule.id for r in cautions]), 3, "-> "
            )
            self._page.bullets(option.notes, 3, _("note: "))
            self._plan(option)

    def _title(self, option: Option) -> None:
        text, colour = VERDICT_WORDS[option.verdict]
        place = (
            _("step {step}").format(step=option.step) if option.step is not None else _("beside the ladder")
        )
        rank = f"{option.rank}. " if option.rank is not None else ""
        self._page.raw(f"{rank}{option.therapy.name} [{place}]: {self._page.paint(_(text), colour, 'bold')}")

    def _for(self, option: Option) -> None:
        shown = option.indicated_by if self._full else option.indicated_by[:1]
        self._reasons(_("for: "), shown, option, advise=False)
        self._against(option)

    def _against(self, option: Option) -> None:
        self._reasons(_("against: "), option.against, option, advise=False)

    def _reasons(
        self,
        label: str,
        reasons: Iterable[Reason],
        option: Option,
        *,
        down_to_facts: bool = False,
        advise: bool = True,
    ) -> None:
        overrides = overrides_of(self._assessment.patient, option.therapy.id)
        for reason in reasons:
            rule = reason.rule
            self.cited += [source.ref for source in rule.sources]
            deep = down_to_facts or self._full
            brief = "" if deep or not reason.brief else f" - {'; '.join(reason.brief)}"
            self._page.line(f"{rule.title} ({rule.id}{support(rule)}){brief}", 3, label)
            if deep:
                self._page.bullets(reason.because if self._full else reason.because[:2], 6, "")
            if self._full:
                self._page.line(rule.because, 6)
            if reason.until is not None:
                self._page.line(_("look again from {until}").format(until=reason.until.isoformat()), 6)
            if rule.advise and advise:
                self._page.line(rule.advise, 6, "-> ")
            self._page.bullets((o.sentence() for o in overrides if o.rule == rule.id), 6, "-> ")

    def _unchecked(self, option: Option) -> None:
        overrides = overrides_of(self._assessment.patient, option.therapy.id)
        for reason in option.cautions:
            if reason.truth is Truth.UNKNOWN:
                missing = self._page.few(list(reason.missing), 4)
                self._page.line(
                    _("{title} ({id}); missing: {missing}").format(
                        title=reason.rule.title, id=reason.rule.id, missing=missing
                    ),
                    3,
                    _("not checked: "),
                )
                self._page.bullets((o.sentence() for o in overrides if o.rule == reason.rule.id), 6, "-> ")

    def _status(self, option: Option) -> None:
        therapy = option.therapy
        self.cited += therapy.evidence if self._full else ()
        status = self._assessment.status(option)
        regions = ", ".join(f"{_(REGIONS[k])} {say(status[k])}" for k in REGIONS if k in status)
        verified = say(status.get("verified_on", _("not verified")))
        dated = _("verified {verified}").format(verified=verified) if verified[:1].isdigit() else verified
        self._page.line(
            _("{regions} ({dated}); level of evidence: {evidence_level}").format(
                regions=regions, dated=dated, evidence_level=say(therapy.evidence_level)
            ),
            3,
            _("status: "),
        )

    def _plan(self, option: Option) -> None:
        plan = self._assessment.plan(option)
        if plan.regimen is not None:
            self._page.bullets(regimen_lines(plan.regimen), 3, _("regimen: "))
        elif option.therapy.regimens:
            self._page.line(_("no figure in mg without a weight"), 3, _("regimen: "))
        if plan.exposure is not None:
            self._page.bullets(exposure_lines(plan.exposure), 3, _("exposure: "))


def _closing(option: Option) -> tuple[Reason, ...]:
    return (*option.excluded_by, *option.deferred_by)


def _further(reason: Reason) -> str:
    """A rule that closes beside the first: its title, and the day to look again where it has one."""
    again = _("look again from {until}").format(until=reason.until.isoformat()) if reason.until else ""
    return f"{reason.rule.title} ({', '.join(filter(None, (reason.rule.id, again)))})"
