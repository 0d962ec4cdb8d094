"""What one page for a case conference shows, in its order; HTML and Markdown lay it out.

Nothing is decided here. Rules that did not matter are left out, and a sentence that
several options share stands once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from escalate._version import VERSION
from escalate.assessment import Assessment
from escalate.findings.say import say
from escalate.library.model import Evidence
from escalate.options.model import Alert
from escalate.report.antibodies import Guidance, guidance
from escalate.report.asked import asked, requests
from escalate.report.counts import Counts, counted
from escalate.report.course import course_of
from escalate.report.days import long_day, with_long_days
from escalate.report.field_names import field_name, in_words
from escalate.report.head import (
    FOOTER,
    finding_value,
    patient_line,
    stamp_text,
    summary_findings,
    told_alerts,
)
from escalate.report.overlay import overlay_lines
from escalate.report.overrides import unmatched
from escalate.report.sheet_asks import QUESTIONS_SHOWN, Ask, asks, cannot_be_done
from escalate.report.sheet_history import Past, past, running
from escalate.report.sheet_ladder import Stair, stairs
from escalate.report.sheet_near import Near, nears
from escalate.report.sheet_options import Card, cards
from escalate.report.sheet_owed import Check, Owed, checks, owed
from escalate.report.sheet_rows import Row, closed, grouped, waiting
from escalate.report.sheet_said import Voice
from escalate.report.sheet_ways import Way, ways
from escalate.texts import _


@dataclass(frozen=True, slots=True)
class Disputed:
    """One of the values that cannot all hold, as the file states it."""

    what: str
    value: str


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
    disputed: tuple[Disputed, ...]
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The page from the top to the foot."""

    id: str
    day: str
    start: str
    patient: str
    scope: str
    note: str
    defaults: tuple[str, ...]
    summary: tuple[tuple[str, str], ...]
    requests: tuple[str, ...]
    course: str
    asked: str
    notices: tuple[Notice, ...]
    stairs: tuple[Stair, ...]
    counts: Counts
    cards: tuple[Card, ...]
    checks: tuple[Check, ...]
    owed: tuple[Owed, ...]
    ways: tuple[Way, ...]
    nears: tuple[Near, ...]
    waiting: tuple[Row, ...]
    closed: tuple[Row, ...]
    asks: tuple[Ask, ...]
    more_asks: int
    cannot: tuple[str, ...]
    history_known: bool
    lines: tuple[Past, ...]
    earlier: tuple[str, ...]
    antibodies: tuple[tuple[Guidance, tuple[int, ...]], ...]
    sources: tuple[tuple[int, Evidence], ...]
    overlay: tuple[str, ...]
    purpose: str
    knowledge: str
    digest: str
    engine: str
    version: str
    stamp: str

    @property
    def emergencies(self) -> tuple[Notice, ...]:
        """The alerts that come before everything else."""
        return tuple(n for n in self.notices if n.mark == "emergency")

    @property
    def open_groups(self) -> tuple[tuple[str, str, tuple[Card, ...]], ...]:
        """The open options by verdict: its mark, its words, and the options in their order."""
        groups: dict[tuple[str, str], list[Card]] = {}
        for card in self.cards:
            groups.setdefault((card.mark, card.in_a_line), []).append(card)
        return tuple((mark, words, tuple(cards)) for (mark, words), cards in groups.items())

    @property
    def waiting_groups(self) -> tuple[tuple[Row, ...], ...]:
        """The waiting options, those that miss the same together."""
        return grouped(self.waiting)

    @property
    def closed_groups(self) -> tuple[tuple[Row, ...], ...]:
        """The closed options, those that the same closes together."""
        return grouped(self.closed)

    @property
    def foot(self) -> tuple[str, str]:
        """What stands at the foot of every printed page: whom and what it is, and what it rests on."""
        made = _("assessed on {day}").format(day=self.day)
        rests = _("Knowledge {version}, {digest}.").format(version=self.knowledge, digest=self.digest)
        use = _("Case conference of specialists; the physicians decide; not a medical device.")
        return f"{self.id}, {made}. {use}", f"escalate {self.version}. {rests}"

    def near_of(self, therapy: str) -> tuple[str, ...]:
        """What the other side of a near line would say of one therapy."""
        return tuple(text for near in self.nears for of, text in near.by_therapy if of == therapy)


def sheet(assessment: Assessment, start: date | None = None) -> Sheet:
    """The page of one assessment, in the language spoken now.

    Args: start, the day of the first dose: with it every open option has a calendar with real days.
    """
    voice, patient, proposal = Voice(assessment), assessment.patient, assessment.proposal
    library = assessment.library
    # In the order of the page: a source has the number of its first mention.
    notices = tuple(_notice(alert, voice, assessment) for alert in told_alerts(proposal.alerts))
    beside = nears(assessment, voice)
    antibodies = tuple((one, voice.cite(one.refs)) for one in guidance(assessment))
    opened = cards(proposal.options, assessment, voice, start)
    other_ways = ways(assessment, voice)
    shut = closed(proposal.options, assessment, voice)
    rows = waiting(proposal.options, assessment, voice)
    questions = asks(assessment)
    course = course_of(assessment)
    return Sheet(
        id=patient.id,
        day=long_day(patient.assessed_on),
        start=long_day(start) if start else "",
        patient=patient_line(assessment),
        scope="" if proposal.scope == "iim" else say(proposal.scope),
        note=patient.note or "",
        defaults=tuple(_default(text, assessment) for text in patient.defaults_used),
        summary=tuple((f.title, finding_value(f)) for f in summary_findings(assessment)),
        requests=requests(assessment),
        course=with_long_days(course.sentence()) if course else "",
        asked=asked(assessment),
        notices=notices,
        stairs=stairs(assessment),
        counts=counted(proposal.options),
        cards=opened,
        checks=checks(assessment),
        owed=owed(assessment) if proposal.scope != "out_of_scope" else (),
        ways=other_ways,
        nears=beside,
        waiting=rows,
        closed=shut,
        asks=questions[:QUESTIONS_SHOWN],
        more_asks=max(0, len(questions) - QUESTIONS_SHOWN),
        cannot=cannot_be_done(assessment),
        history_known=assessment.lines is not None,
        lines=(*(past(line, assessment) for line in assessment.lines or ()), *running(course)),
        earlier=tuple(_earlier(assessment)),
        antibodies=antibodies,
        sources=voice.sources(),
        overlay=tuple(overlay_lines(library)),
        purpose=_(FOOTER),
        knowledge=library.version,
        digest=library.digest,
        engine=assessment.engine,
        version=VERSION,
        stamp=stamp_text(assessment),
    )


def _notice(alert: Alert, voice: Voice, assessment: Assessment) -> Notice:
    because = alert.because[-1:] if alert.kind in ("warning", "contradiction") else alert.because
    return Notice(
        mark=alert.kind,
        kind=say(alert.kind),
        id=alert.id,
        title=alert.title,
        because=tuple(in_words(voice.fact(line), assessment) for line in because),
        do=alert.do,
        do_not=alert.do_not,
        unknown=", ".join(field_name(name, assessment) for name in alert.makes_unknown),
        disputed=(*_disputed(alert, voice), *_disputed_antibodies(alert, assessment)),
        sources=voice.cite(alert.evidence),
    )


def _default(text: str, assessment: Assessment) -> str:
    """`region = eu` with the field in words."""
    field, sign, value = text.partition(" = ")
    return f"{field_name(field, assessment)}{sign}{value}"


def _disputed(alert: Alert, voice: Voice) -> Iterable[Disputed]:
    """The values that a contradiction sets against each other; its last sentence says why."""
    if alert.kind == "contradiction":
        for sentence in alert.because[:-1]:
            what, _colon, value = voice.fact(sentence).partition(": ")
            yield Disputed(what, value)


def _disputed_antibodies(alert: Alert, assessment: Assessment) -> Iterable[Disputed]:
    """Every result of an antibody that is given twice, with its strength and what confirmed it."""
    for one in assessment.patient.antibodies or ():
        if f"antibodies[{one.name}]" in alert.makes_unknown and one.result:
            said = (one.result, one.strength, one.confirmed_by)
            yield Disputed(one.name, ", ".join(say(part) for part in said if part))


def _earlier(assessment: Assessment) -> Iterable[str]:
    for earlier in unmatched(assessment.patient, assessment.proposal.options):
        yield _("{therapy}, rule {rule}: {sentence}").format(
            therapy=earlier.therapy or _("no therapy named"),
            rule=earlier.rule,
            sentence=earlier.sentence(long_day),
        )
