"""Reasons and citations as a page shows them: numbered sources, days of values, no places in a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from escalate.assessment import Assessment
from escalate.findings.reasons import Reason
from escalate.library.model import Evidence, Rule
from escalate.options.verdict import Verdict
from escalate.patient.model import WHAT_IF
from escalate.report.basis import basis_word
from escalate.report.days import long_day, with_long_days
from escalate.report.overrides import overrides_of
from escalate.texts import N_, _

IN_A_LINE = {
    Verdict.PROPOSE: N_("open for discussion"),
    Verdict.CAUTION: N_("open with caution"),
    Verdict.CAUTION_HIGH: N_("only with a recorded override"),
    Verdict.DATA_NEEDED: N_("data needed"),
    Verdict.DEFERRED: N_("deferred"),
    Verdict.EXCLUDED: N_("excluded"),
    Verdict.NOT_INDICATED: N_("not indicated"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A rule that speaks: its title, on what it stands, and what follows from it.

    `basis` is the word for a rule without evidence, `sources` are numbers of the list of sources.
    """

    rule: str
    title: str
    basis: str
    sources: tuple[int, ...]
    facts: tuple[str, ...]
    advise: str
    look_again: str
    earlier: tuple[str, ...]


class Voice:
    """Says reasons for one patient, and numbers the sources in the order in which they are first named."""

    def __init__(self, assessment: Assessment) -> None:
        self._assessment = assessment
        self._numbers: dict[str, int] = {}
        place = rf"(?:{re.escape(assessment.patient.file)}|{re.escape(WHAT_IF)}):\d+:\d+"
        self._place = re.compile(rf" \(([a-z][\w.]*)(?:, {place})*\)")

    def cite(self, refs: Iterable[str]) -> tuple[int, ...]:
        """The numbers of sources; what is not in the register has none."""
        known = [ref for ref in dict.fromkeys(refs) if ref in self._assessment.library.evidence]
        return tuple(self._numbers.setdefault(ref, len(self._numbers) + 1) for ref in known)

    def sources(self) -> tuple[tuple[int, Evidence], ...]:
        """What was cited so far, by number."""
        register = self._assessment.library.evidence
        return tuple((number, register[ref]) for ref, number in self._numbers.items())

    def fact(self, sentence: str) -> str:
        """A sentence about a fact: the place in the file gives way to the day of the value."""
        return with_long_days(self._place.sub(self._day, sentence))

    def day_of(self, fact: str) -> str:
        """The day of a value as a page prints it; nothing where the file states none."""
        dated = self._assessment.reasons.facts.get(self._assessment.library.facts[fact].dated_by)
        return with_long_days(str(dated.value)) if dated is not None and dated.value is not None else ""

    def _day(self, found: re.Match[str]) -> str:
        spec = self._assessment.library.facts.get(found[1])
        if spec is None:
            return found[0]
        if WHAT_IF in found[0]:
            return f" ({_('supposed')})"  # the day that the file states belongs to the value it replaces
        dated = self._assessment.reasons.facts.get(spec.dated_by)
        if dated is None:
            return ""
        return f" ({dated.value})" if dated.value is not None else f" ({_('day not stated')})"

    def rule(self, rule: Rule) -> Said:
        """A rule by itself."""
        return self._said(rule, (), "", ())

    def reason(self, reason: Reason, therapy: str, *, deep: bool = False) -> Said:
        """A rule with what carries it: `deep` down to the values of the file, else its own criteria."""
        facts = reason.because[:3] if deep else reason.brief
        earlier = tuple(
            o.sentence(long_day)
            for o in overrides_of(self._assessment.patient, therapy)
            if o.rule == reason.rule.id
        )
        again = long_day(reason.until) if reason.until else ""
        return self._said(reason.rule, tuple(map(self.fact, facts)), again, earlier)

    def _said(self, rule: Rule, facts: tuple[str, ...], again: str, earlier: tuple[str, ...]) -> Said:
        sources = self.cite(source.ref for source in rule.sources)
        return Said(rule.id, rule.title, basis_word(rule), sources, facts, rule.advise, again, earlier)
