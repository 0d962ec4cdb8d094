"""What a change to a patient file does to the verdicts, as rows of a page: from, to, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from escalate.assessment import Assessment
from escalate.findings.reasons import Reason
from escalate.options.verdict import Verdict
from escalate.patient.model import WHAT_IF
from escalate.report.changes import VerdictChange, changes
from escalate.report.changes_said import Section, beside_verdicts, told, verdict_words, with_days
from escalate.report.document import document
from escalate.report.record import deciding
from escalate.report.sheet_said import Voice
from escalate.texts import _

_REASONS_SHOWN = 2
_WAYS = ("closes", "opens", "other")
# How far a verdict is from being simply open: a what-if that leads further away closes.
_FAR = {"propose": 0, "caution": 1, "caution_high": 2, "data_needed": 3}
_SHUT = 4
_UNCALLED = ("not_indicated", "not_listed")
_SUPPOSED = re.compile(rf" \([a-z][\w.\[\]]*, [^()]*?\b{re.escape(WHAT_IF)}:\d+:\d+[^()]*\)")


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
    """Therapies whose verdict turns in the same way and for the same reasons; `way` is one of _WAYS."""

    names: tuple[str, ...]
    before: Word
    now: Word
    way: str
    why: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that a what-if does; `was` is what stands beside a verdict in the report."""

    facts: tuple[str, ...]
    turns: tuple[Turn, ...]
    rest: tuple[Section, ...]
    was: Mapping[str, str]


def difference(base: Assessment, changed: Assessment, asked: Sequence[tuple[str, str]]) -> Difference:
    """From the file as it stands to the file with the changes, in the language spoken now."""
    found = changes(document(base, planned=False), document(changed, planned=False), what_if=asked)
    said = with_days(told(found, base.library))
    sections = {section.mark: section for section in said.sections}
    facts = sections.pop("facts", None)
    sections.pop("verdicts", None)  # the rows say them, with their reasons
    return Difference(
        facts=facts.lines if facts else (),
        turns=_turns(found.verdicts, base, changed),
        rest=tuple(sections.values()),
        was=beside_verdicts(found, base.library),
    )


def word(verdict: str) -> Word:
    """A verdict of a document as a page says it."""
    return Word(verdict, verdict_words(verdict))


def _turns(rows: Iterable[VerdictChange], base: Assessment, changed: Assessment) -> tuple[Turn, ...]:
    alike: dict[Turn, list[str]] = {}
    for row in rows:
        before, now = word(row.before), word(row.now)
        way = _way(before, now)
        facts: tuple[str, ...] = ()
        if now.mark in _UNCALLED:
            why = _gone(_calls_for(row.therapy, base))
        elif before.mark in _UNCALLED:
            why, facts = _called_for(row.therapy, now, changed)
        elif way == "opens":  # what opens is told by what closed it before
            still = {reason.rule.id for reason in reasons_of(row.therapy, changed)}
            why = _gone(r for r in reasons_of(row.therapy, base) if r.rule.id not in still)
        else:
            why, facts = _closing(row.therapy, base, changed)
        turn = Turn((), before, now, way, why, facts)
        alike.setdefault(turn, []).append(base.library.therapies[row.therapy].name)
    turned = (replace(turn, names=tuple(names)) for turn, names in alike.items())
    return tuple(sorted(turned, key=lambda turn: (_WAYS.index(turn.way), -_far(turn.now))))


def _way(before: Word, now: Word) -> str:
    further = _far(now) - _far(before)
    if further > 0:
        return "closes"
    return "opens" if further < 0 and now.is_open else "other"


def _far(one: Word) -> int:
    return _FAR.get(one.mark, _SHUT)


def _gone(reasons: Iterable[Reason]) -> tuple[str, ...]:
    titles = [reason.rule.title for reason in reasons][:_REASONS_SHOWN]
    return tuple(_("no longer: {reason}").format(reason=title) for title in titles)


def _called_for(therapy: str, now: Word, changed: Assessment) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What calls for an option that nothing called for; behind it, what keeps it from being simply open."""
    calling = _by_the_change(_calls_for(therapy, changed))[:1]
    kept = [reason for reason in _by_the_change(reasons_of(therapy, changed)) if reason not in calling][:1]
    said = _("caution: {reason}") if now.is_open else _("but: {reason}")
    titles = [reason.rule.title for reason in calling]
    why = (*titles, *(said.format(reason=reason.rule.title) for reason in kept))
    return why, _facts((*calling, *kept), changed)


def _closing(therapy: str, base: Assessment, changed: Assessment) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What keeps an option from being simply open, the new before what did so in the file as well."""
    old = {reason.rule.id for reason in reasons_of(therapy, base)}
    reasons = sorted(_by_the_change(reasons_of(therapy, changed)), key=lambda r: r.rule.id in old)
    shown = reasons[:_REASONS_SHOWN]
    return tuple(reason.rule.title for reason in shown), _facts(shown, changed)


def _by_the_change(reasons: Iterable[Reason]) -> list[Reason]:
    """The reasons that rest on a supposed value before the others."""
    return sorted(reasons, key=lambda reason: not any(map(_SUPPOSED.search, reason.because)))


def _facts(reasons: Iterable[Reason], assessment: Assessment) -> tuple[str, ...]:
    voice = Voice(assessment)
    return tuple(dict.fromkeys(fact for reason in reasons for fact in leading_fact(reason, voice)))


def leading_fact(reason: Reason, voice: Voice) -> tuple[str, ...]:
    """One sentence about the fact that carries a reason, a supposed value where it rests on one; or none.

    A supposed value is said to be supposed: the day that the file states belongs to the value it replaces.
    """
    for sentence in reason.because:
        if _SUPPOSED.search(sentence):
            return (voice.fact(_SUPPOSED.sub(f" ({_('supposed')})", sentence)),)
    return tuple(map(voice.fact, reason.because[:1]))


def _calls_for(therapy: str, assessment: Assessment) -> tuple[Reason, ...]:
    option = next((o for o in assessment.proposal.options if o.therapy.id == therapy), None)
    return option.indicated_by if option is not None else ()


def reasons_of(therapy: str, assessment: Assessment) -> tuple[Reason, ...]:
    """The reasons that keep an option from being simply open; none where it is that, or not looked at."""
    option = next((o for o in assessment.proposal.options if o.therapy.id == therapy), None)
    return () if option is None or option.verdict is Verdict.PROPOSE else deciding(option)
