"""The facts of one patient as variables: whether each is known, and its value as far as tests tell it apart.

A number is only ever compared with the thresholds of the rules, so its value is held as a chain of cuts
(`below 45`, `at most 45`, `below 50`, ...), exact and propositional: no arithmetic is left for the solver.
Variables appear when they are first asked for, and bring their own axioms into the solver.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import z3

from escalate.audit.verify.rail import NO, YES, Formula, Rail, both, either, negation
from escalate.language.tree import Compare, Flag, OneOf, Test
from escalate.library.model import FactType, Library

# A cut: (number, False) is `x < number`, (number, True) is `x <= number`; sorted as on the number line.
Cut = tuple[Decimal, bool]

# Words of a longer vocabulary (all drugs) get a variable only where a rule names them.
_MOST_WORDS = 60


@dataclass(slots=True)
class Chain:
    """One number: the cuts that were asked for, in order, each implying the next."""

    cuts: list[Cut] = field(default_factory=list)
    below: list[Formula] = field(default_factory=list)


@dataclass(slots=True)
class Variable:
    """One fact. `known` says that it has a value, `absent` that it is known not to apply.

    For a field of the patient file `known` is what stands in the file; what a contradiction, a `refines` or
    an uncalled-for test makes of it is the encoding's business. A derived number has a chain for each end of
    its range.
    """

    spec: FactType
    known: Formula
    absent: Formula
    yes: Formula = NO
    words: dict[str, Formula] = field(default_factory=dict)
    low: Chain = field(default_factory=Chain)
    high: Chain = field(default_factory=Chain)


class Space:
    """The variables of one patient, shared by every encoding over it (old and new rules, both readings).

    Args: libraries, whose facts the patient may have; of two ranges of a field the wider one counts.
    """

    def __init__(self, *libraries: Library) -> None:
        self.solver = z3.SolverFor("QF_FD")
        self._libraries = libraries
        self._variables: dict[str, Variable] = {}
        self._named: dict[int, tuple[Formula, Formula]] = {}

    def variable(self, name: str) -> Variable:
        """The variable of a fact; a name may carry a mark (`lung.ild'`) for a second, independent one."""
        known = self._variables.get(name)
        if known is None:
            known = self._variables[name] = self._make(name)
        return known

    @property
    def variables(self) -> Mapping[str, Variable]:
        """Every fact that was asked for so far, by name."""
        return self._variables

    def add(self, *formulas: Formula) -> None:
        """Axioms: what holds for every patient."""
        self.solver.add(*formulas)

    def name(self, formula: Formula, label: str) -> Formula:
        """A Boolean that stands for the formula; the same one for the same formula, whoever asks."""
        if formula.num_args() == 0:
            return formula
        if z3.is_not(formula) and formula.arg(0).num_args() == 0:
            return formula
        found = self._named.get(formula.get_id())
        if found is None:
            variable = z3.FreshBool(label)
            self.solver.add(variable == formula)
            # The formula is kept: z3 may give its number to another one once it is gone.
            found = self._named[formula.get_id()] = (variable, formula)
        return found[0]

    def holds(self, variable: Variable, test: Test) -> Rail:
        """A test on a fact that has a value, or on the range of an unknown derived number."""
        if isinstance(test, Flag):
            return Rail(variable.yes, negation(variable.yes))
        if isinstance(test, OneOf):
            met = either(self._word(variable, word) for word in test.words)
            return Rail(met, negation(met))
        if not isinstance(test, Compare):
            raise TypeError(f"{test} is no test on the value of a fact")
        cut = (test.number, test.op in ("<=", ">"))
        least, most = self.below(variable, "low", cut), self.below(variable, "high", cut)
        under = Rail(most, negation(least))
        return under if test.op in ("<", "<=") else ~under

    def below(self, variable: Variable, end: str, cut: Cut) -> Formula:
        """Whether one end of a number lies below a cut; both ends are the same for a field."""
        spec = variable.spec
        number, inclusive = cut
        if spec.kind == "integer":
            rounding = ROUND_FLOOR if inclusive else ROUND_CEILING
            number = number.to_integral_value(rounding) - (0 if inclusive else 1)
            inclusive = True
        if not spec.derived:
            if spec.low is not None and (number, inclusive) <= (spec.low, False):
                return NO
            if spec.high is not None and (number, inclusive) >= (spec.high, True):
                return YES
        chain = variable.low if end == "low" or not spec.derived else variable.high
        found = self._cut(variable, chain, (number, inclusive), "low" if chain is variable.low else "high")
        if spec.derived:
            other = variable.high if chain is variable.low else variable.low
            if (number, inclusive) not in other.cuts:
                # Both ends know the same cuts; of a known number they are the same.
                twin = self._cut(variable, other, (number, inclusive), "high" if end == "low" else "low")
                low, high = (found, twin) if end == "low" else (twin, found)
                self.add(z3.Implies(high, low), z3.Implies(both((variable.known, low)), high))
                self._bound(variable, (number, inclusive), low, high)
        return found

    # -- making

    def _make(self, name: str) -> Variable:
        spec = self._spec(name)
        known = z3.Bool(f"{name} known")
        if spec.derived:
            absent = z3.Bool(f"{name} absent")
            self.add(z3.Not(z3.And(known, absent)))
        elif spec.accepts_never:
            absent = z3.Bool(f"{name} never")
            self.add(z3.Not(z3.And(known, absent)))
        else:
            absent = NO
        if spec.name in ("region", "assessed_on"):
            self.add(known)  # the reader fills them in where the file does not
        variable = Variable(spec, known, absent)
        if spec.kind == "boolean":
            variable.yes = z3.Bool(name)
        elif spec.kind in ("enum", "list") and len(spec.values) <= _MOST_WORDS:
            for word in spec.values:
                variable.words[word] = z3.Bool(f"{name} {word}")
            if spec.kind == "enum" and variable.words:
                self.add(z3.AtMost(*variable.words.values(), 1), z3.Or(*variable.words.values()))
        return variable

    def _spec(self, name: str) -> FactType:
        plain = name.rstrip("'")
        found = [library.facts[plain] for library in self._libraries if plain in library.facts]
        if not found:
            raise KeyError(name)
        lows, highs = [spec.low for spec in found], [spec.high for spec in found]
        return replace(
            found[-1],
            low=None if None in lows else min(low for low in lows if low is not None),
            high=None if None in highs else max(high for high in highs if high is not None),
            values=tuple(dict.fromkeys(word for spec in found for word in spec.values)),
        )

    def _word(self, variable: Variable, word: str) -> Formula:
        found = variable.words.get(word)
        if found is None:
            found = z3.FreshBool(f"{variable.spec.name} {word}")
            if variable.spec.kind == "enum":
                self.add(*(z3.Not(z3.And(found, other)) for other in variable.words.values()))
            variable.words[word] = found
        return found

    def _cut(self, variable: Variable, chain: Chain, cut: Cut, end: str) -> Formula:
        place = bisect_left(chain.cuts, cut)
        if place < len(chain.cuts) and chain.cuts[place] == cut:
            return chain.below[place]
        sign = "<=" if cut[1] else "<"
        label = f"{variable.spec.name}{'' if not variable.spec.derived else f' {end}'} {sign} {cut[0]}"
        found = z3.FreshBool(label)
        if place > 0:
            self.add(z3.Implies(chain.below[place - 1], found))
        if place < len(chain.cuts):
            self.add(z3.Implies(found, chain.below[place]))
        chain.cuts.insert(place, cut)
        chain.below.insert(place, found)
        return found

    def _bound(self, variable: Variable, cut: Cut, low: Formula, high: Formula) -> None:
        """A known derived number lies in its range, an unknown one nowhere beyond it."""
        spec = variable.spec
        if spec.low is not None and cut <= (spec.low, False):
            self.add(z3.Not(high), z3.Implies(variable.known, z3.Not(low)))
        if spec.high is not None and cut >= (spec.high, True):
            self.add(low, z3.Implies(variable.known, high))
