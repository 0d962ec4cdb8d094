"""What a change to a patient file does to the verdicts, as rows of a page: from, to, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from escalate.assessment import Assessment
from escalate.findings.reasons import Reason
from escalate.options.verdict import Verdict
from escalate.report.changes import VerdictChange, changes
from escalate.report.changes_said import Section, beside_verdicts, told, verdict_words
from escalate.report.document import document
from escalate.report.record import deciding
from escalate.report.sheet_said import Voice
from escalate.texts import _

_REASONS_SHOWN = 2
_WAYS = ("closes", "opens", "other")


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
    sections = {section.mark: section for section in told(found, base.library).sections}
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
    old, new = Voice(base), Voice(changed)
    alike: dict[Turn, list[str]] = {}
    for row in rows:
        before, now = word(row.before), word(row.now)
        facts: tuple[str, ...] = ()
        if now.mark == "propose":  # what opens is told by what closed it before
            said = [old.reason(r, row.therapy) for r in reasons_of(row.therapy, base)[:_REASONS_SHOWN]]
            why = tuple(_("no longer: {reason}").format(reason=one.title) for one in said)
        else:
            said = [
                new.reason(r, row.therapy, deep=True)
                for r in reasons_of(row.therapy, changed)[:_REASONS_SHOWN]
            ]
            why = tuple(one.title for one in said)
            facts = tuple(dict.fromkeys(fact for one in said for fact in one.facts[:1]))
        way = "other"
        if now.is_open != before.is_open:
            way = "opens" if now.is_open else "closes"
        turn = Turn((), before, now, way, why, facts)
        alike.setdefault(turn, []).append(base.library.therapies[row.therapy].name)
    turned = (replace(turn, names=tuple(names)) for turn, names in alike.items())
    return tuple(sorted(turned, key=lambda turn: _WAYS.index(turn.way)))


def reasons_of(therapy: str, assessment: Assessment) -> tuple[Reason, ...]:
    """The reasons that keep an option from being simply open; none where it is that, or not looked at."""
    option = next((o for o in assessment.proposal.options if o.therapy.id == therapy), None)
    return () if option is None or option.verdict is Verdict.PROPOSE else deciding(option)
