"""What an edit of one rule means: proved equal for every patient, or a patient for each kind of change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from escalate.audit.diff.model import Meaning, Shown
from escalate.audit.diff.pairs import RulePair, same_role, starts
from escalate.audit.diff.prove import Both
from escalate.audit.diff.witness import Shower
from escalate.audit.verify import rail
from escalate.audit.verify.rail import Formula, Rail, either
from escalate.language.evaluate import tests_of
from escalate.language.tree import Test
from escalate.library.model import Rule
from escalate.truth import Truth

# In this order, so that what opens without a doubt is shown before what waits for data.
_TRUTHS = (Truth.TRUE, Truth.FALSE, Truth.UNKNOWN)
_MOST_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Verified:
    """What a proof says of one rule. `reaches` are the therapies that change with it."""

    meaning: Meaning
    shown: tuple[Shown, ...] = ()
    reaches: tuple[str, ...] = ()


def verified(pair: RulePair, both: Both, shower: Shower, touched: Sequence[str]) -> Verified:
    """The meaning of one edited rule.

    Args: touched, the therapies whose verdict differs for some patient.
    """
    found = [one for old, new in pair.instances for one in _transitions(old, new, both)]
    if not found:
        return Verified(Meaning.EQUAL)
    possible, undecided = [], False
    for one in found:
        answer = both.prover.ask(one.formula)
        undecided = undecided or answer.undecided
        if answer.found:
            possible.append(one)
    if not possible:
        return Verified(Meaning.NOT_PROVED if undecided else Meaning.EQUAL)
    near = sorted(touched, key=lambda t: (not any(t in _targets(one) for one in possible), t))
    anybody = both.prover.space.name(either(both.differs(t) for t in near), "somebody differs ")
    shown: list[Shown] = []
    reaches: set[str] = set()
    seen: set[tuple[str, str, bool]] = set()
    for one in possible:
        if not both.prover.ask(one.formula, anybody).found:
            continue
        reached = [t for t in near if both.prover.ask(one.formula, both.differs(t)).found]
        reaches.update(reached)
        for looser, way in ((True, both.looser), (False, both.tighter)):
            moved = next((t for t in reached if both.prover.ask(one.formula, way(t)).found), None)
            key = (*one.values, looser)
            if moved is None or key in seen or len(shown) >= _MOST_SHOWN:
                continue
            seen.add(key)
            shown.append(shower.show((one.formula, way(moved)), reached, one.values, one.tests))
    if reaches:
        if not shown:  # a closed option is closed by another word
            one, therapy = next(
                (o, t) for o in possible for t in near if both.prover.ask(o.formula, both.differs(t)).found
            )
            shown.append(
                shower.show((one.formula, both.differs(therapy)), sorted(reaches), one.values, one.tests)
            )
        return Verified(Meaning.CHANGED, tuple(shown), tuple(sorted(reaches)))
    if possible[0].is_same_value:
        return Verified(Meaning.HIDDEN)
    first = possible[0]
    return Verified(Meaning.HIDDEN, (shower.show((first.formula,), (), first.values, first.tests),))


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
