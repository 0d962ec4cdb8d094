"""What the vignettes reach in the knowledge: rules, clauses, UNKNOWN outcomes, boundaries.

A rule is *covered* when two vignettes hold it between them:

- **one fires it**: a case in which its condition is TRUE;
- **one just does not**: a case in which its condition is FALSE, and which differs from a case that fires it
  in nothing but fields that this rule reads, directly or through findings and derived facts
  (`escalate.audit.reads`). So it is the same patient but for what the rule is about: the change alone turned
  it. Two cases of different files may be such a pair (IgG 3.8 in V29 and 4.0 in V30, both on the refractory
  example). A case that differs in anything else proves nothing here, however many fields the two share, and
  UNKNOWN is not FALSE.

A rule with `{therapy}` in it stands once per therapy with the same id and the same text: it is covered when
one of its instances is, and the pair is then of one instance.

Beside that, not needed for a full score:

- **clauses**: each leaf of a condition TRUE in one case and FALSE in another (with its `not`);
- **unknown**: a case in which the rule is UNKNOWN;
- **boundaries**: each threshold met exactly in one case, and in another missed on its far side by at most one
  step: for `< 45` and `>= 45` a value of 44 or more and below 45, for `> 45` and `<= 45` one above 45 and up
  to 46. A step is 1 in the last place in which the threshold is written (45: 1; 0.5: 0.1). Where the range of
  the fact ends at the threshold (`>= 0` of what may never have happened) nothing lies beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from escalate.audit.observe import Observation
from escalate.audit.reads import fields_read, is_read
from escalate.language.evaluate import leaves_of
from escalate.language.normal import test_text
from escalate.language.tree import Compare, Leaf, Test
from escalate.library.model import Library, Rule
from escalate.problems import Span
from escalate.truth import Truth


@dataclass(frozen=True, slots=True)
class Clause:
    """One leaf of a rule, and the values it had."""

    text: str
    true: bool
    false: bool


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """One rule id. `fires` names a case (empty: none), `just_not` a firing case and the one beside it."""

    id: str
    kind: str
    at: Span
    fires: str
    just_not: tuple[str, str] | None
    unknown: bool
    clauses: tuple[Clause, ...]

    @property
    def covered(self) -> bool:
        """Fired by one case, and just not by another."""
        return bool(self.fires) and self.just_not is not None


@dataclass(frozen=True, slots=True)
class Boundary:
    """One threshold of a fact, with the rules that compare with it."""

    text: str
    at: bool
    beyond: bool
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The whole, in the order of the knowledge base."""

    cases: int
    rules: tuple[RuleCoverage, ...]
    boundaries: tuple[Boundary, ...]

    @property
    def complete(self) -> bool:
        """Every active rule is covered."""
        return all(rule.covered for rule in self.rules)


def coverage(library: Library, seen: Sequence[Observation]) -> Coverage:
    """What these cases reach."""
    instances: dict[str, list[Rule]] = {}
    for rule in library.rules:
        if rule.status == "active":
            instances.setdefault(rule.id, []).append(rule)
    bits = _Bits(seen)
    reads = fields_read(library)
    numbers = {test: i for i, test in enumerate(library.rails.tests)}
    return Coverage(
        len(seen),
        tuple(_rule(rules, seen, bits, reads[name], numbers) for name, rules in instances.items()),
        tuple(_boundaries(instances, seen, library)),
    )


class _Bits:
    """Each distinct field with its value as one bit, each case as the sum of its own."""

    def __init__(self, seen: Sequence[Observation]) -> None:
        self._of_field: dict[str, int] = {}
        number: dict[tuple[str, str], int] = {}
        self.cases: list[int] = []
        for case in seen:
            whole = 0
            for pair in case.stated:
                bit = 1 << number.setdefault(pair, len(number))
                self._of_field[pair[0]] = self._of_field.get(pair[0], 0) | bit
                whole |= bit
            self.cases.append(whole)

    def unread(self, fields: Iterable[str]) -> int:
        """The bits of every field that is none of these."""
        read = 0
        for path, bit in self._of_field.items():
            if is_read(path, fields):
                read |= bit
        return ~read


def _rule(
    rules: Sequence[Rule],
    seen: Sequence[Observation],
    bits: _Bits,
    reads: frozenset[str],
    numbers: Mapping[Test, int],
) -> RuleCoverage:
    fires, just_not = "", None
    for rule in rules:
        values = [case.rules[rule.key] for case in seen]
        firing = [i for i, value in enumerate(values) if value is Truth.TRUE]
        if not firing:
            continue
        fires = fires or seen[firing[0]].name
        unread = bits.unread(reads)
        beside = {bits.cases[i] & unread: i for i in reversed(firing)}
        for i, value in enumerate(values):
            if value is Truth.FALSE and (twin := beside.get(bits.cases[i] & unread)) is not None:
                just_not = (seen[twin].name, seen[i].name)
                break
        if just_not is not None:
            break
    first = rules[0]
    return RuleCoverage(
        first.id,
        first.kind,
        first.at,
        fires,
        just_not,
        any(case.rules[rule.key] is Truth.UNKNOWN for rule in rules for case in seen),
        tuple(_clauses(rules, seen, numbers)),
    )


def _clauses(
    rules: Sequence[Rule], seen: Sequence[Observation], numbers: Mapping[Test, int]
) -> Iterator[Clause]:
    """The leaves of a rule; of a rule with instances, what any of them had."""
    for leaves in zip(*(leaves_of(rule.when) for rule in rules), strict=True):
        values = {value for leaf in leaves for value in _values(leaf, rules[0], seen, numbers)}
        yield Clause(leaves[0].text, Truth.TRUE in values, Truth.FALSE in values)


def _values(
    leaf: Leaf, rule: Rule, seen: Sequence[Observation], numbers: Mapping[Test, int]
) -> Iterator[int]:
    place = numbers[leaf.test]
    for case in seen:
        value = (case.stated_tests if rule.alert == "contradiction" else case.tests)[place]
        yield 2 - value if leaf.negated else value


def _boundaries(
    instances: Mapping[str, Sequence[Rule]], seen: Sequence[Observation], library: Library
) -> Iterator[Boundary]:
    values: dict[str, set[Decimal]] = {}
    for case in seen:
        for name, value in case.numbers.items():
            values.setdefault(name, set()).add(value)
    found: dict[str, tuple[bool, bool, dict[str, None]]] = {}
    for name, rules in instances.items():
        for leaves in zip(*(leaves_of(rule.when) for rule in rules), strict=True):
            compares = [leaf.test for leaf in leaves if isinstance(leaf.test, Compare)]
            if not compares:
                continue
            at = any(test.number in values.get(test.name, ()) for test in compares)
            beyond = any(
                _ends_there(test, library) or _missed(test, values.get(test.name, ())) for test in compares
            )
            text = test_text(compares[0])
            before = found.get(text, (False, False, {}))
            found[text] = (at or before[0], beyond or before[1], {**before[2], name: None})
    for text, (at, beyond, names) in found.items():
        yield Boundary(text, at, beyond, tuple(names))


def _missed(test: Compare, values: Iterable[Decimal]) -> bool:
    """Whether a value lies within one step beyond the threshold, where the test has the other value."""
    exponent = test.number.normalize().as_tuple().exponent
    step = Decimal(1).scaleb(min(int(exponent), 0))
    if test.op in ("<", ">="):
        return any(test.number - step <= value < test.number for value in values)
    return any(test.number < value <= test.number + step for value in values)


def _ends_there(test: Compare, library: Library) -> bool:
    fact = library.facts[test.name]
    return test.number == (fact.low if test.op in ("<", ">=") else fact.high)
