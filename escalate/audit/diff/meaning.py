"""What an edit of one rule means: proved equal for every patient, or a patient for each kind of change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from escalate.audit.diff.model import Meaning, Shown
from escalate.audit.diff.pairs import RulePair, same_role, starts
from escalate.audit.diff.prove import Both
from escalate.audit.diff.witness import UNDECIDED, Shower
from escalate.audit.verify import rail
from escalate.audit.verify.rail import Formula, Rail, either
from escalate.language.evaluate import tests_of
from escalate.language.tree import Test
from escalate.library.model import Rule
from escalate.truth import Truth

# In this order, so that what opens without a doubt is shown before what waits for data.
_TRUTHS = (Truth.TRUE, Truth.FALSE, Truth.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a proof says of one rule. `reaches` are the therapies that change with it."""

    meaning: Meaning
    shown: tuple[Shown, ...] = ()
    reaches: tuple[str, ...] = ()


def verified(
    pair: RulePair, both: Both, shower: Shower, touched: Sequence[str], others_say_the_same: Formula
) -> Verified:
    """The meaning of one edited rule.

    Args: touched, the therapies whose verdict differs for some patient; others_say_the_same, that no other
          edited rule says another thing of the patient, so that what happens to him is this rule's doing.
    """
    found = [one for old, new in pair.instances for one in _transitions(old, new, both)]
    answers = [(one, both.prover.ask(one.formula)) for one in found]
    possible = [one for one, answer in answers if not answer.impossible]
    if not possible:
        return Verified(Meaning.EQUAL)
    near = sorted(touched, key=lambda t: (not any(t in _targets(one) for one in possible), t))
    anybody = both.prover.space.name(either(both.differs(t) for t in near), "somebody differs ")
    undecided = False
    # An edited rule may also speak through another edited one: then it does not change alone.
    for alone in ((others_say_the_same,), ()):
        answers = [(one, both.prover.ask(one.formula, anybody, *alone)) for one in possible]
        undecided = undecided or any(answer.undecided for _, answer in answers)
        if moving := [one for one, answer in answers if answer.found]:
            return _shown(moving, both, shower, near, alone)
    if undecided:
        return Verified(Meaning.NOT_PROVED)
    first = possible[0]
    if first.is_same_value:
        return Verified(Meaning.HIDDEN)
    return Verified(Meaning.HIDDEN, (shower.show((first.formula,), (), first.values, first.tests),))


def says_the_same(pair: RulePair, both: Both) -> Formula:
    """That no instance of an edited rule says another thing of the patient than before."""
    parts: list[Formula] = []
    for old, new in pair.instances:
        was, now = both.value(old, old=True), both.value(new, old=False)
        if _has_other_role(old, new):
            parts += [was.false, now.false]
        else:
            parts += [_equal(was.true, now.true), _equal(was.false, now.false)]
    return both.prover.space.name(rail.both(parts), f"{pair.id} says the same ")


def _shown(
    moving: Sequence[_Transition],
    both: Both,
    shower: Shower,
    near: Sequence[str],
    alone: tuple[Formula, ...],
) -> Verified:
    """Patients for each kind of change: with a value or without one, more open or less."""
    ask = both.prover.ask
    shown: dict[tuple[bool, str], Shown] = {}
    reaches: set[str] = set()
    for one in moving:
        reached = [t for t in near if not ask(one.formula, both.differs(t), *alone).impossible]
        reaches.update(reached)
        missing = UNDECIDED in one.values
        for name, way in (("looser", both.looser), ("tighter", both.tighter)):
            if (missing, name) in shown:
                continue
            moved = next((t for t in reached if ask(one.formula, way(t), *alone).found), None)
            if moved is not None:
                question = (one.formula, way(moved), *alone)
                shown[missing, name] = shower.show(question, reached, one.values, one.tests)
    if not shown and reaches:  # a closed option is closed by another word
        one, therapy = next(
            (o, t) for o in moving for t in near if ask(o.formula, both.differs(t), *alone).found
        )
        question = (one.formula, both.differs(therapy), *alone)
        shown[False, "other"] = shower.show(question, sorted(reaches), one.values, one.tests)
    return Verified(Meaning.CHANGED, tuple(shown.values()), tuple(sorted(reaches)))


@dataclass(frozen=True, slots=True)
class _Transition:
    """The value of one instance of a rule, from one truth to another."""

    old: Rule | None
    new: Rule | None
    values: tuple[str, str]
    formula: Formula
    tests: frozenset[Test]

    @property
    def is_same_value(self) -> bool:
        return self.values[0] == self.values[1]


def _transitions(old: Rule | None, new: Rule | None, both: Both) -> Iterator[_Transition]:
    """Every change of value that the formulas do not rule out at once; with another role also no change."""
    was, now = both.value(old, old=True), both.value(new, old=False)
    role = _has_other_role(old, new)
    same = was.true.eq(now.true) and was.false.eq(now.false)
    if same and not role:
        return
    tests = frozenset(tests_of(old.when) if old else ()) ^ frozenset(tests_of(new.when) if new else ())
    name = new.key if new is not None else old.key if old is not None else ""
    for before in _TRUTHS:
        for after in _TRUTHS:
            # FALSE says nothing, whatever the rule would do.
            if before is after and (not role or before is Truth.FALSE):
                continue
            if same and before is not after:
                continue
            formula = both.prover.space.name(
                rail.both((_side(was, before), _side(now, after))),
                f"{name} {before.name}-{after.name} ",
            )
            yield _Transition(old, new, (before.name, after.name), formula, tests)


def _has_other_role(old: Rule | None, new: Rule | None) -> bool:
    if old is None or new is None or old.status != new.status:
        return False  # the value of a rule that is not there is FALSE, which says enough
    return not same_role(old, new)


def _targets(one: _Transition) -> set[str]:
    return {t for rule in (one.old, one.new) if rule is not None for t in (*rule.targets, *starts(rule))}


def _side(value: Rail, truth: Truth) -> Formula:
    return {Truth.TRUE: value.true, Truth.FALSE: value.false, Truth.UNKNOWN: value.unknown}[truth]


def _equal(one: Formula, other: Formula) -> Formula:
    if one.eq(other):
        return rail.YES
    return either((rail.both((one, other)), rail.both((rail.negation(one), rail.negation(other)))))
