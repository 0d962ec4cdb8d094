"""What one page for a case conference shows, in its order; HTML and Markdown lay it out.

Nothing is decided here. Rules that did not matter are left out, and a sentence that
several options share stands once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from escalate._version import VERSION
from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.library.model import Evidence
from escalate.options.model import Alert
from escalate.patient.lines import Line
from escalate.report.head import FOOTER, finding_value, patient_line, summary_findings
from escalate.report.overlay import overlay_lines
from escalate.report.overrides import unmatched
from escalate.report.sheet_ladder import Stair, line_word, stairs
from escalate.report.sheet_options import Card, Row, cards, closed, waiting
from escalate.report.sheet_said import Said, Voice
from escalate.texts import _, figure
from escalate.truth import Truth

QUESTIONS_SHOWN = 5
_NAMES_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert: what holds, what to do, what not to do."""

    mark: str
    kind: str
    id: str
    title: str
    because: tuple[str, ...]
    do: tuple[str, ...]
    do_not: tuple[str, ...]
    unknown: str
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A missing fact, and the options it decides; `more` further ones."""

    rank: int
    text: str
    decides: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What the conference may decide without a further drug."""

    said: Said
    do: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """One line of therapy as a row of the table."""

    drug: str
    dose: str
    time: str
    level: str
    response: str
    ended: str
    adequate: str
    mark: str
    counts_as: str
    note: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The page from the top to the foot."""

    id: str
    day: str
    patient: str
    scope: str
    note: str
    defaults: tuple[str, ...]
    summary: tuple[tuple[str, str], ...]
    asked: str
    notices: tuple[Notice, ...]
    stairs: tuple[Stair, ...]
    cards: tuple[Card, ...]
    choices: tuple[Choice, ...]
    waiting: tuple[Row, ...]
    closed: tuple[Row, ...]
    asks: tuple[Ask, ...]
    more_asks: int
    history_known: bool
    lines: tuple[Past, ...]
    earlier: tuple[str, ...]
    sources: tuple[tuple[int, Evidence], ...]
    overlay: tuple[str, ...]
    purpose: str
    knowledge: str
    digest: str
    engine: str
    version: str

    @property
    def emergencies(self) -> tuple[Notice, ...]:
        """The alerts that come before everything else."""
        return tuple(n for n in self.notices if n.mark == "emergency")


def sheet(assessment: Assessment) -> Sheet:
    """The page of one assessment, in the language spoken now."""
    voice, patient, proposal = Voice(assessment), assessment.patient, assessment.proposal
    library = assessment.library
    # In the order of the page: a source has the number of its first mention.
    notices = tuple(_notice(alert, voice) for alert in proposal.alerts)
    opened = cards(proposal.options, assessment, voice)
    choices = tuple(
        Choice(voice.reason(o.reason, ""), tuple(a.text for a in o.reason.rule.do)) for o in proposal.outcomes
    )
    rows = waiting(proposal.options, assessment, voice)
    shut = closed(proposal.options, voice)
    asks = tuple(_asks(assessment))
    return Sheet(
        id=patient.id,
        day=patient.assessed_on.isoformat(),
        patient=patient_line(assessment),
        scope="" if proposal.scope == "iim" else say(proposal.scope),
        note=patient.note or "",
        defaults=patient.defaults_used,
        summary=tuple((f.title, finding_value(f)) for f in summary_findings(assessment)),
        asked=_asked(assessment),
        notices=notices,
        stairs=stairs(assessment),
        cards=opened,
        choices=choices,
        waiting=rows,
        closed=shut,
        asks=asks[:QUESTIONS_SHOWN],
        more_asks=max(0, len(asks) - QUESTIONS_SHOWN),
        history_known=assessment.lines is not None,
        lines=tuple(_past(line, assessment) for line in assessment.lines or ()),
        earlier=tuple(_earlier(assessment)),
        sources=voice.sources(),
        overlay=tuple(overlay_lines(library)),
        purpose=_(FOOTER),
        knowledge=library.version,
        digest=library.digest,
        engine=assessment.engine,
        version=VERSION,
    )


def _notice(alert: Alert, voice: Voice) -> Notice:
    because = alert.because if alert.kind != "warning" else alert.because[-1:]
    return Notice(
        mark=alert.kind,
        kind=say(alert.kind),
        id=alert.id,
        title=alert.title,
        because=tuple(map(voice.fact, because)),
        do=alert.do,
        do_not=alert.do_not,
        unknown=", ".join(alert.makes_unknown),
        sources=voice.cite(alert.evidence),
    )


def _asked(assessment: Assessment) -> str:
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


def _asks(assessment: Assessment) -> Iterable[Ask]:
    for q in assessment.proposal.questions:
        names = tuple(assessment.library.therapies[t].name for t in q.decides)
        yield Ask(q.rank, q.ask, names[:_NAMES_SHOWN], max(0, len(names) - _NAMES_SHOWN))


def _past(line: Line, assessment: Assessment) -> Past:
    source = line.source
    span = ""
    if source.started_on or source.stopped_on or source.status == "ongoing":
        end = str(source.stopped_on) if source.stopped_on else _("now") if source.status == "ongoing" else "?"
        span = _("{start} to {end}").format(start=source.started_on or "?", end=end)
    weeks = (
        _("{weeks} weeks").format(weeks=figure(f"{source.weeks.normalize():f}"))
        if source.weeks is not None
        else ""
    )
    trough = source.trough_ng_per_ml
    return Past(
        drug=assessment.library.drugs.labels.get(line.therapy, say(line.therapy)),
        dose=source.dose or "",
        time=", ".join(part for part in (weeks, span) if part),
        level=_("trough {level} ng/mL").format(level=figure(f"{trough.normalize():f}")) if trough else "",
        response=_("no response") if source.response == "none" else say(source.response or ""),
        ended=say(source.stopped_for) if source.stopped_for else "",
        adequate=_truth_word(line.tried_adequately),
        mark=line.counts_as,
        counts_as=line_word(line),
        note=assessment.note(line) or "",
    )


def _truth_word(truth: Truth) -> str:
    return {Truth.TRUE: _("yes"), Truth.FALSE: _("no"), Truth.UNKNOWN: _("unknown")}[truth]


def _earlier(assessment: Assessment) -> Iterable[str]:
    for earlier in unmatched(assessment.patient, assessment.proposal.options):
        yield _("{therapy}, rule {rule}: {sentence}").format(
            therapy=earlier.therapy or _("no therapy named"), rule=earlier.rule, sentence=earlier.sentence()
        )
