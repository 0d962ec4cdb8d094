"""What a change to a patient file does to the verdicts, as rows of a page: from, to, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.findings.reasons import Reason
from escalate.findings.say import say
from escalate.options.model import NotIndicated, Option
from escalate.options.verdict import Verdict
from escalate.report.changes import NOT_LISTED, Changes, VerdictChange, changes
from escalate.report.document import document
from escalate.report.sheet_options import IN_A_LINE
from escalate.report.sheet_said import Voice
from escalate.texts import _

_REASONS_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Word:
    """A verdict: its mark, which is its word in the contract, and how a page says it."""

    mark: str
    word: str

    @property
    def is_open(self) -> bool:
        """Whether the conference may choose it."""
        return self.mark in ("propose", "caution", "caution_high")


@dataclass(frozen=True, slots=True)
class Turn:
    """Therapies whose verdict turns in the same way and for the same reasons.

    `way` is opens, closes or other; `names` are pairs of id and name.
    """

    names: tuple[tuple[str, str], ...]
    before: Word
    now: Word
    way: str
    why: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Something that had one value and has another one; empty where it was not there."""

    title: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that a what-if does."""

    facts: tuple[Line, ...]
    turns: tuple[Turn, ...]
    findings: tuple[Line, ...]
    alerts_new: tuple[str, ...]
    alerts_gone: tuple[str, ...]
    asked_new: tuple[str, ...]
    asked_no_more: tuple[str, ...]
    reasons: tuple[str, ...]  # names of therapies whose verdict stays, for other reasons
    was: dict[str, str]  # by therapy id: what stands beside its verdict in the report

    @property
    def nothing(self) -> bool:
        """Whether no verdict, finding, alert or question is another one."""
        rest = (self.turns, self.findings, self.alerts_new, self.alerts_gone, self.reasons)
        return not any((*rest, self.asked_new, self.asked_no_more))


def difference(base: Assessment, changed: Assessment, asked: Sequence[tuple[str, str]]) -> Difference:
    """From the file as it stands to the file with the changes, in the language spoken now."""
    found = changes(document(base, planned=False), document(changed, planned=False), what_if=asked)
    named = {t.id: t.name for t in base.library.therapies.values()}
    return Difference(
        facts=tuple(_facts(found, base)),
        turns=_turns(found.verdicts, base, changed),
        findings=tuple(_findings(found, base)),
        alerts_new=tuple(alert.text for alert in found.alerts_new),
        alerts_gone=tuple(alert.text for alert in found.alerts_gone),
        asked_new=tuple(ask.text for ask in found.asked_new),
        asked_no_more=tuple(ask.text for ask in found.asked_no_more),
        reasons=tuple(named[row.therapy] for row in found.reasons),
        was={
            row.therapy: _("was: {verdict}").format(verdict=word(row.before).word) for row in found.verdicts
        },
    )


def word(verdict: str) -> Word:
    """A verdict of the contract as a page says it."""
    if verdict == NOT_LISTED:
        return Word("unknown", _("not looked at"))
    return Word(verdict, _(IN_A_LINE[Verdict(verdict)]))


def _turns(rows: Iterable[VerdictChange], base: Assessment, changed: Assessment) -> tuple[Turn, ...]:
    voices = {id(side): Voice(side) for side in (base, changed)}
    alike: dict[tuple[object, ...], list[tuple[str, str]]] = {}
    for row in rows:
        before, now = word(row.before), word(row.now)
        # What opens is told by what closed it before.
        side = base if now.mark == "propose" else changed
        reasons = reasons_of(row.therapy, side)[:_REASONS_SHOWN]
        said = [voices[id(side)].reason(reason, row.therapy, deep=True) for reason in reasons]
        why = tuple(one.title for one in said)
        if side is base and why:
            why = tuple(_("no longer: {reason}").format(reason=one) for one in why)
        facts = (
            tuple(dict.fromkeys(fact for one in said for fact in one.facts[:1])) if side is changed else ()
        )
        way = (
            "opens" if now.is_open > before.is_open else "closes" if now.is_open < before.is_open else "other"
        )
        name = base.library.therapies[row.therapy].name
        alike.setdefault((way, before, now, why, facts), []).append((row.therapy, name))
    order = {"closes": 0, "opens": 1, "other": 2}
    turned = [
        Turn(tuple(names), before, now, way, why, facts)  # type: ignore[arg-type]
        for (way, before, now, why, facts), names in alike.items()  # type: ignore[misc]
    ]
    return tuple(sorted(turned, key=lambda turn: order[turn.way]))


def reasons_of(therapy: str, assessment: Assessment) -> tuple[Reason, ...]:
    """The reasons that the verdict on a therapy stands for; none where it is not looked at."""
    option: Option | NotIndicated | None = next(
        (o for o in assessment.proposal.options if o.therapy.id == therapy), None
    )
    if option is None:
        return ()
    match option.verdict:
        case Verdict.EXCLUDED:
            return option.excluded_by
        case Verdict.DEFERRED:
            return option.deferred_by
        case Verdict.DATA_NEEDED:
            return option.unsettled
        case Verdict.CAUTION | Verdict.CAUTION_HIGH:
            return option.cautions
    return ()


def _facts(found: Changes, base: Assessment) -> Iterable[Line]:
    for change in found.facts or ():
        spec = base.library.facts.get(change.fact)
        yield Line(spec.label if spec else change.fact, _value(change.before, spec), _value(change.now, spec))


def _value(value: object, spec: object) -> str:
    unit = getattr(spec, "unit", "")
    match value:
        case None:
            return _("unknown")
        case bool():
            return say(value)
        case int() | float():
            return f"{say_number(value)} {unit}".strip()
        case str():
            text = say(value)
            return f"{text} {unit}".strip() if unit and value[:1].isdigit() else text
        case list() | tuple():
            return ", ".join(str(say(one) if isinstance(one, str) else one) for one in value) or _("none")
        case dict():
            return ", ".join(f"{key}: {one}" for key, one in value.items())
    return str(value)


def say_number(value: float) -> str:
    """A number of a document in the language spoken now."""
    from escalate.texts import figure

    return figure(f"{value:g}")


def _findings(found: Changes, base: Assessment) -> Iterable[Line]:
    for change in found.findings:
        spec = base.library.findings.get(change.finding)
        yield Line(spec.title if spec else change.finding, _grade(change.before), _grade(change.now))


def _grade(value: object) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return say(value)
        case [low, high]:
            return _("unknown, {low} to {high}").format(low=say(low), high=say(high))
    return say(value)
