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
from escalate.language.names import Names
from escalate.language.normal import Disjunct, Literal, rails, test_text
from escalate.language.tree import Known, Leaf
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
    """The smallest closing sets, one a rule, shortest first; then the one set that would open it.

    Empty for an option whose verdict nothing missing can change.
    """
    if option.verdict not in (Verdict.DATA_NEEDED, Verdict.DEFERRED):
        return ()
    closing = [
        Settlement("closes", reason.rule.id, _answers(smallest, reason.rule, reasons))
        for reason in option.unsettled
        if reason.rule.kind in ("exclude", "defer")
        and (smallest := _smallest(reason.rule, reasons, true=True)) is not None
    ]
    closing.sort(key=lambda s: (len(s.answers), s.rule))
    opening = _opening(option, reasons)
    return (*closing[:_CLOSING_SHOWN], *([opening] if opening else []))


def _opening(option: Option, reasons: Reasons) -> Settlement | None:
    """One set of answers that makes every unsettled rule harmless; None where no answer can."""
    if option.deferred_by:
        return None
    answers: dict[str, Answer] = {}
    for reason in option.unsettled:
        helpful = reason.rule.kind == "indicate"
        smallest = _smallest(reason.rule, reasons, true=helpful)
        if smallest is None:
            if helpful:
                continue
            return None
        answers.update((a.text, a) for a in _answers(smallest, reason.rule, reasons))
    return Settlement("opens", "", tuple(answers.values())) if answers else None


def _smallest(rule: Rule, reasons: Reasons, *, true: bool) -> Disjunct | None:
    """The fewest open literals on facts that give the rule this value; None where a known fact forbids it."""
    rail = rails(rule.when)[0 if true else 1]
    left = [open_ends for disjunct in rail if (open_ends := _open_ends(disjunct, reasons)) is not None]
    return _fewest(left)


def _fewest(sets: Iterable[Disjunct]) -> Disjunct | None:
    return min(sets, key=lambda d: (len(d), sorted(test_text(t) for t, _ in d)), default=None)


def _open_ends(disjunct: Disjunct, reasons: Reasons) -> Disjunct | None:
    open_ends: set[Literal] = set()
    for test, wanted in disjunct:
        value = test_truth(test, reasons.facts, reasons.heads)
        if isinstance(test, Known):
            if wanted and value is Truth.FALSE:
                open_ends |= _answering(test, reasons)
            elif value is not Truth.of(wanted):
                return None
        elif value is Truth.UNKNOWN:
            below = _on_facts((test, wanted), reasons)
            if below is None:
                return None
            open_ends |= below
        elif value is not Truth.of(wanted):
            return None
    return frozenset(open_ends)


def _on_facts(literal: Literal, reasons: Reasons) -> Disjunct | None:
    """The same answer on facts: a finding is TRUE by one of its rules, and FALSE only by all of them."""
    test, wanted = literal
    rules = reasons.rules_behind(test)
    if rules is None:
        return frozenset((literal,))
    undecided = [rule for rule in rules if reasons.values[rule.key] is Truth.UNKNOWN]
    sets = [_smallest(rule, reasons, true=wanted) for rule in undecided]
    possible = [one for one in sets if one is not None]
    if wanted:
        return _fewest(possible)
    return frozenset(chain.from_iterable(possible)) if len(possible) == len(sets) else None


def _answering(test: Known, reasons: Reasons) -> Disjunct:
    """What has to be answered, whatever the answer is, until the fact or finding is known."""
    if test.name not in reasons.library.findings:
        return frozenset(((test, True),))
    return frozenset((Known(field), True) for field in reasons.missing_of_finding(test.name))


def _answers(disjunct: Disjunct, rule: Rule, reasons: Reasons) -> tuple[Answer, ...]:
    names = Names(reasons.library.facts, reasons.library.findings)
    literals: Iterable[Literal] = sorted(disjunct, key=lambda literal: test_text(literal[0]))
    return tuple(
        Answer(
            describe_leaf(leaf := Leaf(test, not wanted, test_text(test), rule.at), names),
            (test.name,) if isinstance(test, Known) else reasons.missing(leaf),
        )
        for test, wanted in literals
    )
