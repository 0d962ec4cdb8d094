"""From a model of the solver back to facts: a value from the cell that no test can tell apart further."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any

import z3

from escalate.audit.verify.encoding import FINAL, Encoding, View
from escalate.audit.verify.rail import Formula
from escalate.audit.verify.space import Chain, Variable
from escalate.audit.verify.usual import usual_number
from escalate.language.facts import Fact, Status, Value
from escalate.library.model import FactType

Model = Any  # a z3.ModelRef; the package carries no types

_UNITS = tuple(Decimal(step) for step in ("1000", "100", "50", "10", "5", "1", "0.5", "0.1", "0.05", "0.01"))


@dataclass(frozen=True, slots=True)
class Cell:
    """The numbers between two neighbouring cuts; an end that is None is open to infinity."""

    low: Decimal | None
    low_inside: bool
    high: Decimal | None
    high_inside: bool

    def __contains__(self, number: Decimal) -> bool:
        above = self.low is None or number > self.low or (self.low_inside and number == self.low)
        under = self.high is None or number < self.high or (self.high_inside and number == self.high)
        return above and under


def holds(model: Model, formula: Formula) -> bool:
    """Whether a formula holds in a model; what the model leaves open is taken as it completes it."""
    return bool(z3.is_true(model.eval(formula, model_completion=True)))


def facts_of(
    rules: Encoding, model: Model, typical: Mapping[str, Decimal], view: View = FINAL
) -> dict[str, Fact]:
    """Every fact the encoding has touched, as the rules would see it."""
    names = {name.rstrip("'") for name in rules.space.variables}
    return {name: _fact(rules, model, name, typical, view) for name in sorted(names)}


def value_of(variable: Variable, model: Model, typical: Decimal | None = None) -> Value:
    """The value of a fact that has one, in this model; of a number the typical one, or the one next to it."""
    spec = variable.spec
    if spec.kind == "boolean":
        return holds(model, variable.yes)
    if spec.kind == "list":
        return frozenset(word for word, formula in variable.words.items() if holds(model, formula))
    if spec.kind in ("number", "integer"):
        return choose(_cell(variable.low, model), spec, typical)
    stated = [word for word, formula in variable.words.items() if holds(model, formula)]
    return stated[0] if stated else next(word for word in spec.values if word not in variable.words)


def choose(cell: Cell, spec: FactType, typical: Decimal | None = None) -> Decimal:
    """A number of the cell that a file might hold: the typical one, an end inside it, or a round one."""
    low = spec.low if spec.low is not None else Decimal(0)
    high = spec.high if spec.high is not None else low + 1000
    near = usual_number(spec, {} if typical is None else {spec.name: typical})
    if near in cell and low <= near <= high:
        return near
    if cell.low is not None and near <= cell.low:
        end, inside, sign = cell.low, cell.low_inside, 1
    elif cell.high is not None:
        end, inside, sign = cell.high, cell.high_inside, -1
    else:
        end, inside, sign = low, True, 1
    if inside:
        return end
    steps = [step for step in _UNITS if spec.kind != "integer" or step == step.to_integral_value()]
    # The round number next to the end, on the inside of it: one near the end, else any.
    for is_near in (True, False):
        for step in steps:
            rounding = ROUND_FLOOR if sign > 0 else ROUND_CEILING
            number = (end / step).to_integral_value(rounding) * step + sign * step
            far = abs(number - end) > (abs(end) / 5 if is_near else max(abs(end) / 5, step))
            if number in cell and low <= number <= high and not far:
                return number
    other = cell.high if sign > 0 else cell.low
    beyond = (high if sign > 0 else low) if other is None else other
    middle = (end + beyond) / 2
    return middle.quantize(Decimal("0.001"), ROUND_HALF_EVEN) if middle.as_tuple().exponent else middle


def _fact(rules: Encoding, model: Model, name: str, typical: Mapping[str, Decimal], view: View) -> Fact:
    state, variable = rules.state(name, view), rules.variable(name, view)
    spec = variable.spec
    if holds(model, state.absent):
        return Fact(name, status=Status.ABSENT)
    if holds(model, state.present):
        if spec.kind in ("date", "text"):
            return Fact(name, "stated", Status.KNOWN)
        return Fact(name, value_of(variable, model, typical.get(name)), Status.KNOWN)
    if spec.derived and spec.kind in ("number", "integer"):
        low, high = _cell(variable.low, model), _cell(variable.high, model)
        return Fact(
            name,
            low=None if low.low is None else choose(low, spec, low.low),
            high=None if high.high is None else choose(high, spec, high.high),
        )
    return Fact(name)


def _cell(chain: Chain, model: Model) -> Cell:
    low: Decimal | None = None
    low_inside = high_inside = False
    for (number, inclusive), formula in zip(chain.cuts, chain.below, strict=True):
        if holds(model, formula):
            return Cell(low, low_inside, number, inclusive)
        low, low_inside = number, not inclusive
    return Cell(low, low_inside, None, high_inside)
