"""One knowledge base over the facts of all patients: rules, findings and verdicts as pairs of formulas.

    space = Space(library)             # the facts of a patient, and the solver that holds their axioms
    rules = Encoding(library, space)
    rules.rule("BCMA-X04").true        # a formula: the rule is TRUE for this patient
    rules.head("heart_grade>=C2").unknown
    rules.condition(rule.when)         # any typed condition
    options = Options(rules)           # escalate.audit.verify.options
    options.is_open("teclistamab")     # propose, caution or caution_high, and listed in this scope
    space.solver.check(options.is_open("teclistamab"), rules.head("heart_grade>=C3").true)   # z3.unsat

Two knowledge bases over the same patients (a diff) share one space:

    space = Space(old, new)
    before, after = Encoding(old, space), Encoding(new, space)
    before.rule(key).true.eq(after.rule(key).true)     # the same formula has the same name: proved
    closed, opened = negation(Options(before).is_open(t)), Options(after).is_open(t)
    space.solver.check(closed, opened)                 # z3.sat: LOOSENS, with a witness in the model

Two patients who differ in some facts share the rest: `Encoding(library, space, changed={"lung.ild"})` reads
these facts from variables of their own.

What is exact: fields, contradictions and what they blank, `refines`, tests that are not called for, strata,
the verdict table. What is freer than a patient: derived facts have variables of their own;
rules/assumptions.yaml says what holds between them (escalate.audit.verify.assumptions).
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from escalate.audit.verify.rail import (
    NEVER,
    NO,
    YES,
    Formula,
    Rail,
    at_least,
    both,
    either,
    every,
    negation,
    some,
)
from escalate.audit.verify.space import Space, Variable
from escalate.language.evaluate import head_name
from escalate.language.tree import (
    All,
    Any,
    AtLeast,
    AtLevel,
    Compare,
    Condition,
    Flag,
    Known,
    Leaf,
    Nothing,
    Test,
)
from escalate.library.model import ConditionalTest, Library, Rule


@dataclass(frozen=True, slots=True)
class View:
    """How the facts are read. `stated`: as the file says, before contradictions blank anything.
    `untested`: a conditional test without a result shows nothing (patient/conditional_tests.py)."""

    stated: bool = False
    untested: bool = False


FINAL = View()
STATED = View(stated=True)


@dataclass(frozen=True, slots=True)
class State:
    """The status of a fact: it has a value, or it is known not to apply; UNKNOWN where neither holds."""

    present: Formula
    absent: Formula

    @property
    def known(self) -> Formula:
        return either((self.present, self.absent))


class Encoding:
    """The rules of one library over one patient; everything is built when it is first asked for.

    Args: changed, facts that this patient has alone while all others are shared with the space's patient.
    """

    def __init__(self, library: Library, space: Space, changed: Set[str] = frozenset()) -> None:
        self.library, self.space, self.changed = library, space, changed
        self.by_key = {rule.key: rule for rule in library.rules}
        self._mark = "'" if changed else ""
        self._rules: dict[tuple[str, View], Rail] = {}
        self._heads: dict[tuple[str, View], Rail] = {}
        self._states: dict[tuple[str, View], State] = {}
        self._owed: dict[tuple[str, View], Rail] = {}
        self._of_head = _rules_of_heads(library)
        self._blanking: dict[str, list[Rule]] = {}
        for rule in library.rules:
            if rule.status == "active" and rule.alert == "contradiction":
                for field in rule.makes_unknown:
                    self._blanking.setdefault(field, []).append(rule)

    # -- what may be asked

    def rule(self, key: str, view: View = FINAL) -> Rail:
        """The value of one rule, whatever its status; a contradiction is read on what the file states."""
        rule = self.by_key[key]
        view = STATED if rule.alert == "contradiction" and view == FINAL else view
        found = self._rules.get((key, view))
        if found is None:
            found = self._rules[key, view] = self._named(self.condition(rule.when, view), key)
        return found

    def head(self, name: str, view: View = FINAL) -> Rail:
        """The value of a finding, or of one level of a graded one (`heart_grade>=C2`)."""
        found = self._heads.get((name, view))
        if found is None:
            value = some(self.rule(rule.key, view) for rule in self._of_head[name])
            found = self._heads[name, view] = self._named(value, name)
        return found

    def condition(self, condition: Condition, view: View = FINAL) -> Rail:
        """The value of any typed condition over the names of this library."""
        match condition:
            case Leaf(test=test, negated=negated):
                value = self.test(test, view)
                return ~value if negated else value
            case All(parts=parts):
                return every(self.condition(part, view) for part in parts)
            case Any(parts=parts):
                return some(self.condition(part, view) for part in parts)
            case Nothing(parts=parts):
                return ~some(self.condition(part, view) for part in parts)
            case AtLeast(count=count, parts=parts):
                return at_least(count, [self.condition(part, view) for part in parts])

    def test(self, test: Test, view: View = FINAL) -> Rail:
        """The value of one test."""
        if isinstance(test, AtLevel):
            return self.head(head_name(test.name, test.level), view)
        if isinstance(test, Flag) and test.finding:
            return self.head(test.name, view)
        if isinstance(test, Known):
            known = self._known(test.name, view)
            return Rail(known, negation(known))
        state, variable = self.state(test.name, view), self.variable(test.name, view)
        value = self.space.holds(variable, test)
        # A range decides a comparison also while the number itself is unknown; only derived numbers have one.
        ranged = variable.spec.derived and isinstance(test, Compare)
        here = negation(state.absent) if ranged else state.present
        return Rail(
            both((here, value.true)),
            either((both((here, value.false)), state.absent)),
        )

    def state(self, name: str, view: View = FINAL) -> State:
        """Whether a fact has a value, is known not to apply, or is unknown, in this reading."""
        found = self._states.get((name, view))
        if found is None:
            found = self._states[name, view] = self._state(name, view)
        return found

    def variable(self, name: str, view: View = FINAL) -> Variable:
        """The variable of a fact. A derived fact that rests on what a contradiction may blank has another one
        in the stated reading: nothing is claimed about how the two hang together."""
        mark = self._mark if name in self.changed else ""
        if view.stated and self._rests_on_blanked(name):
            mark += "''"
        return self.space.variable(name + mark)

    def owed(self, test: ConditionalTest, view: View = FINAL) -> Rail:
        """Whether the result of a conditional test is still owed, judged without tests that were not done."""
        found = self._owed.get((test.name, view))
        if found is None:
            alone = View(view.stated, untested=True)

            def value(condition: Condition | None) -> Rail:
                return NEVER if condition is None else self.condition(condition, alone)

            called = some((value(test.called_for), value(test.suspected_by)))
            owed = every((called, ~value(test.replaced_by)))
            found = self._owed[test.name, view] = self._named(owed, f"{test.name} owed")
        return found

    # -- how it is built

    def _state(self, name: str, view: View) -> State:
        variable = self.variable(name, view)
        spec = variable.spec
        if spec.derived:
            return State(variable.known, variable.absent)
        given, never = variable.known, variable.absent
        blank = NO if view.stated else self._blank(name)
        clear = negation(blank)
        silent = both((clear, negation(given), negation(never)))  # nothing in the file
        if spec.test:
            test = self.library.tests[spec.test]
            silently = YES if view.untested else self.owed(test, view).false
            worthless = YES if test.called_for is None else NO
        else:
            silently = self.state(spec.refines, view).known if spec.refines else NO
            worthless = NO
        absent = either((both((never, clear)), both((silent, silently)), both((blank, worthless))))
        label = f"{name} absent"
        return State(both((given, clear)), self.space.name(absent, label))

    def _blank(self, name: str) -> Formula:
        rules = self._blanking.get(name, ())
        return self.space.name(either(self.rule(rule.key, STATED).true for rule in rules), f"{name} blanked")

    def _rests_on_blanked(self, name: str) -> bool:
        spec = self.library.facts[name]
        return spec.derived and any(
            field == read or field.startswith(f"{read}.") or read.startswith((f"{field}.", f"{field}["))
            for read in spec.reads
            for field in self._blanking
        )

    def _known(self, name: str, view: View) -> Formula:
        levels = [head for head in self._of_head if head == name or head.startswith(f"{name}>=")]
        if levels:
            rails = [self.head(head, view) for head in levels]
            return both(either((rail.true, rail.false)) for rail in rails)
        return self.state(name, view).known

    def _named(self, rail: Rail, label: str) -> Rail:
        return Rail(self.space.name(rail.true, f"{label}=T "), self.space.name(rail.false, f"{label}=F "))


def _rules_of_heads(library: Library) -> dict[str, list[Rule]]:
    """The active rules that prove each head; one of a level proves every lower level too."""
    of: dict[str, list[Rule]] = {
        head_name(spec.name, level): []
        for spec in library.findings.values()
        for level in spec.levels[1:] or ("",)
    }
    for rule in library.rules:
        if rule.kind == "finding" and rule.status == "active":
            levels = library.findings[rule.targets[0]].levels
            for level in levels[1 : levels.index(rule.level) + 1] if levels else ("",):
                of[head_name(rule.targets[0], level)].append(rule)
    return of
