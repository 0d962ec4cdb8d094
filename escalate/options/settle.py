"""The smallest sets of answers that would settle an option: what closes it, and what opens it.

Read off the two rails of each unsettled rule: a disjunct that no known fact contradicts, less what is
known already, is a set of answers that gives the rule its value whatever else is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from escalate.findings.reasons import Reasons
from escalate.language.describe import describe_leaf
from escalate.language.evaluate import test_truth
from escalate.language.normal import Disjunct, Literal, rails, test_text
from escalate.language.tree import Known, Leaf, OneOf, Test
from escalate.library.model import Rule
from escalate.options.model import Option
from escalate.options.verdict import Verdict
from escalate.truth import Truth

_CLOSING_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer in words, and the patient fields that would give it."""

    text: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settlement:
    """Answers that, together, settle the option: `outcome` is `closes` (with the rule) or `opens`."""

    outcome: str
    rule: str
    answers: tuple[Answer, ...]


def settlements(option: Option, reasons: Reasons) -> tuple[Settlement, ...]:
    """The smallest closing sets, one a rule, shortest first; then one set that would open it.

    Empty for an option whose verdict nothing missing can change.
    """
    if option.verdict not in (Verdict.DATA_NEEDED, Verdict.DEFERRED):
        return ()
    search = _Search(reasons)
    closing = [
        Settlement("closes", reason.rule.id, _answers(smallest, reason.rule, reasons))
        for reason in option.unsettled
        if reason.rule.kind in ("exclude", "defer")
        and (smallest := search.smallest(reason.rule, true=True)) is not None
    ]
    closing.sort(key=lambda s: (len(s.answers), s.rule))
    opening = _opening(option, reasons)
    return (*closing[:_CLOSING_SHOWN], *([opening] if opening else []))


def _opening(option: Option, reasons: Reasons) -> Settlement | None:
    """Answers that make every unsettled rule harmless and one indication TRUE; None where none can.

    The gate comes first: what closes an option must not be the way to its indication (an arrhythmia
    rules out rituximab, and so makes a disease refractory).
    """
    if option.deferred_by or not option.unsettled:
        return None
    unsettled = [reason.rule for reason in option.unsettled]
    answers: Disjunct = frozenset()
    for kinds in (("exclude", "defer", "ask"), ("against",)):
        search = _Search(reasons, answers)
        sets = [search.smallest(rule, true=False) for rule in unsettled if rule.kind in kinds]
        if None in sets:
            return None
        answers = answers.union(*(one for one in sets if one is not None))
    search = _Search(reasons, answers)
    indications = [rule for rule in unsettled if rule.kind in ("indicate", "alert")]
    # One that is TRUE stands by now: what set it aside, if anything could, is answered above.
    if indications and not any(reason.truth is Truth.TRUE for reason in option.indicated_by):
        # By way of the ladder where it leads there: nobody hopes for an emergency or a tumour.
        on_ladder = [rule for rule in indications if rule.step is not None] or indications
        ways = [way for rule in on_ladder if (way := search.smallest(rule, true=True)) is not None]
        way = _best(ways, harmless=False)
        if way is None:
            return None
        answers |= way
    named = {test.name for test, _ in answers if not isinstance(test, Known)}
    told = [one for one in answers if not (isinstance(one[0], Known) and one[0].name in named)]
    return Settlement("opens", "", _answers(told, unsettled[0], reasons))


class _Search:
    """Looks for the fewest open answers on facts; `given` answers are not to be contradicted."""

    def __init__(self, reasons: Reasons, given: Disjunct = frozenset()) -> None:
        self._reasons, self._given = reasons, given

    def smallest(self, rule: Rule, *, true: bool) -> Disjunct | None:
        """The set that gives the rule this value; None where a known fact or a given answer forbids it."""
        rail = rails(rule.when)[0 if true else 1]
        left = [ends for disjunct in rail if (ends := self._open_ends(disjunct)) is not None]
        return _best(left, harmless=not true)

    def _open_ends(self, disjunct: Disjunct) -> Disjunct | None:
        open_ends: set[Literal] = set()
        for test, wanted in disjunct:
            value = test_truth(test, self._reasons.facts, self._reasons.heads)
            if isinstance(test, Known) and wanted and value is Truth.FALSE:
                open_ends |= self._answering(test)
            elif value is Truth.UNKNOWN:
                below = self._on_facts((test, wanted))
                if below is None:
                    return None
                open_ends |= below
            elif value is not Truth.of(wanted):
                return None
        return frozenset(open_ends)

    def _on_facts(self, literal: Literal) -> Disjunct | None:
        """The same answer on facts: a finding is TRUE by one of its rules, and FALSE only by all of them."""
        test, wanted = literal
        rules = self._reasons.rules_behind(test)
        if rules is None:
            return frozenset((literal,)) if self._agrees(test, wanted) else None
        undecided = [rule for rule in rules if self._reasons.values[rule.key] is Truth.UNKNOWN]
        sets = [self.smallest(rule, true=wanted) for rule in undecided]
        possible = [one for one in sets if one is not None]
        if wanted:
            return _best(possible, harmless=False)
        return frozenset(chain.from_iterable(possible)) if len(possible) == len(sets) else None

    def _agrees(self, test: Test, wanted: bool) -> bool:
        if (test, not wanted) in self._given:
            return False
        if not wanted or not isinstance(test, OneOf):
            return True
        ruled_out = {
            word
            for other, holds in self._given
            if isinstance(other, OneOf) and other.name == test.name and not holds
            for word in other.words
        }
        return not ruled_out.issuperset(test.words)

    def _answering(self, test: Known) -> Disjunct:
        """What has to be answered, whatever the answer is, until the fact or finding is known."""
        if test.name not in self._reasons.library.findings:
            return frozenset(((test, True),))
        return frozenset((Known(field), True) for field in self._reasons.missing_of_finding(test.name))


def _best(sets: Iterable[Disjunct], *, harmless: bool) -> Disjunct | None:
    """The shortest set; where a rule is to be FALSE, first the one that asserts least.

    A pacemaker makes the heart MRI dispensable, and nobody is to hear that a pacemaker opens an option.
    """

    def weight(disjunct: Disjunct) -> tuple[int, int, list[str]]:
        asserted = sum(wanted and not isinstance(test, Known) for test, wanted in disjunct)
        return asserted if harmless else 0, len(disjunct), sorted(test_text(test) for test, _ in disjunct)

    return min(sets, key=weight, default=None)


def _answers(literals: Iterable[Literal], rule: Rule, reasons: Reasons) -> tuple[Answer, ...]:
    names = reasons.names
    leaves = [Leaf(test, not wanted, test_text(test), rule.at) for test, wanted in literals]
    return tuple(
        Answer(
            describe_leaf(leaf, names),
            (leaf.test.name,) if isinstance(leaf.test, Known) else reasons.missing(leaf),
        )
        for leaf in sorted(leaves, key=lambda leaf: (leaf.text, leaf.negated))
    )
