"""Rules to options: indication, verdict, deciding rules, missing fields and step of every therapy.

The table of verdicts is that of `escalate.options.verdict`; which rules speak on a therapy is what
`escalate.options.gates` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import ibis

from escalate.cohort.relational.condition import every, some
from escalate.cohort.relational.missing import empty, joined, when
from escalate.cohort.relational.names import rule_column, waits_for
from escalate.library.model import Library, Rule, Therapy
from escalate.options.gates import alerts_of, gates_of, holds_anyway, on_the_past
from escalate.options.propose import ENGAGER
from escalate.options.verdict import KINDS, TABLE, Verdict
from escalate.problems import InternalFault
from escalate.texts import _
from escalate.truth import Truth

if TYPE_CHECKING:
    from ibis.expr.types import ArrayValue, BooleanValue, StringValue, Table

SCOPE = "scope"
_SCOPES = ("out_of_scope", "bcma_safety_only")
# The id of a rule where it has one of these values, NULL elsewhere: columns of their own, since a rule for a
# class speaks on every member.
_MARKS = {
    ":if true": (Truth.TRUE,),
    ":if unknown": (Truth.UNKNOWN,),
    ":if not false": (Truth.TRUE, Truth.UNKNOWN),
}


def read_by_options(library: Library) -> frozenset[str]:
    """The columns of `settled` that the options need."""
    gates = gates_of(library)
    rules = [rule for kinds in gates.values() for rules in kinds.values() for rule in rules]
    return read_for_scope(library) | {name for rule in rules for name in (rule_column(rule), waits_for(rule))}


def read_for_scope(library: Library) -> frozenset[str]:
    """The rules that say in which scope a patient is looked at."""
    return frozenset(rule_column(rule) for rule in alerts_of(library).get("scope", ()))


def judged(settled: Table, library: Library) -> Table:
    """Scope and verdicts beside what `settled` holds.

    Args: settled, as `escalate.cohort.relational.strata.settled` gives it, with `read_by_options`.
    Returns: a row per patient: further `scope` and `THERAPY:verdict`.
    """
    therapies = gates(library)
    rules = {rule.key: rule for gate in therapies for rule in gate.all}
    marks = {
        f"{rule_column(rule)}{mark}": ibis.cases(
            (_is_one_of(settled[rule_column(rule)], truths), rule.id), else_=ibis.null("string")
        )
        for rule in rules.values()
        for mark, truths in _MARKS.items()
    }
    values = {name: value for gate in therapies for name, value in gate.joined(settled).items()}
    table = settled.mutate(**{SCOPE: scope_of(settled, library)}, **values, **marks)
    return table.mutate(**{gate.column("verdict"): gate.verdict(table) for gate in therapies})


def gates(library: Library) -> list[Gate]:
    """Every therapy of the knowledge base, by id."""
    return [Gate(therapy, library) for _, therapy in sorted(library.therapies.items())]


class Gate:
    """One therapy: the active rules that speak on it, by kind."""

    def __init__(self, therapy: Therapy, library: Library) -> None:
        self.therapy = therapy
        self._rules = gates_of(library).get(therapy.id, {})

    @property
    def all(self) -> list[Rule]:
        """Every rule that speaks on it."""
        return [rule for rules in self._rules.values() for rule in rules]

    def column(self, what: str) -> str:
        """The name of a column of this therapy: its verdict, the joined value of a kind."""
        return f"{self.therapy.id}:{what}"

    def joined(self, table: Table) -> dict[str, BooleanValue]:
        """By column the indication, the joined criteria, and what the indication rests on, never NULL."""
        values = {kind: some(table[rule_column(rule)] for rule in self._of(kind)) for kind in KINDS}
        past = some(table[rule_column(rule)] for rule in self._history)
        values["indicated"] = self._indicated(table, past)
        values |= self._standing(table, past)
        return {self.column(kind): value for kind, value in values.items()}

    def _standing(self, table: Table, past: BooleanValue) -> dict[str, BooleanValue]:
        """What `escalate.options.gates.grounds` chooses the rules by."""

        def some_is(*truths: Truth, anyway: bool) -> BooleanValue:
            rules = [r for r in self._of("indicate") if holds_anyway(r) is anyway]
            return some(_is_one_of(table[rule_column(rule)], truths) for rule in rules)

        true, unknown = Truth.TRUE, Truth.UNKNOWN
        plain = some_is(true, anyway=False)
        spoken = some_is(true, anyway=True) | (plain & ~past.fill_null(True))
        return {
            "untried": ~past.fill_null(True),
            "spoken": spoken,  # an indication is TRUE and not set aside
            "possible": ~spoken & ~plain & ~past.fill_null(False),  # so counts one that can be set aside
            "history": ~spoken & past.isnull() & some_is(true, unknown, anyway=False),
        }

    def verdict(self, table: Table) -> StringValue:
        """The first row of the table of verdicts that holds."""
        rows = [
            (
                some(_is_one_of(table[self.column(kind)], truths) for kind, truths in holding.items()),
                str(word),
            )
            for word, holding in TABLE
        ]
        return ibis.cases(*rows, else_=str(Verdict.PROPOSE))

    def rules(self, table: Table) -> ArrayValue:
        """The ids of the rules that decide the verdict, sorted, each once.

        Those that are TRUE of the kind that the verdict is named for; for `data_needed` all that are
        undecided, for a caution also those that could not be checked, for `propose` what speaks for it.
        """
        cautions = _ids(self._of("caution_high", "caution"), table, ":if not false")
        undecided = [
            *_ids((*self._other, *self._of("exclude", "defer")), table, ":if unknown"),
            *_ids(self._of("ask"), table, ":if not false"),
            *(
                ibis.cases((holds, name), else_=ibis.null("string"))
                for holds, rules in self._of_account(table)
                for name in _ids(rules, table, ":if unknown")
            ),
        ]
        speaking = [
            ibis.cases((self._weighs(rule, table), name), else_=ibis.null("string"))
            for rule, name in zip(
                self._of("indicate"), _ids(self._of("indicate"), table, ":if true"), strict=True
            )
        ]
        by_verdict = {
            Verdict.NOT_INDICATED: _ids(self._of("against"), table, ":if true"),
            Verdict.EXCLUDED: _ids(self._of("exclude"), table, ":if true"),
            Verdict.DEFERRED: _ids(self._of("defer"), table, ":if true"),
            Verdict.DATA_NEEDED: undecided,
            Verdict.CAUTION_HIGH: cautions,
            Verdict.CAUTION: cautions,
            Verdict.PROPOSE: speaking,
        }
        verdict = table[self.column("verdict")]
        rows = [(verdict == str(word), _named(names)) for word, names in by_verdict.items() if names]
        return ibis.cases(*rows, else_=empty()) if rows else empty()

    def missing(self, table: Table) -> ArrayValue:
        """The patient fields that its undecided rules wait for, sorted, each once."""
        hard = _lists(self._of("exclude", "defer"), table)
        rest = _lists((*self._other, *self._of("ask", "caution_high", "caution")), table)
        rest += [
            when(holds, joined(_lists(rules, table))) for holds, rules in self._of_account(table) if rules
        ]
        if not self.therapy.listed or not (hard or rest):
            return empty()
        verdict = table[self.column("verdict")]
        closed = verdict.isin([str(Verdict.NOT_INDICATED), str(Verdict.EXCLUDED)])
        deferred = (verdict == str(Verdict.DEFERRED), _each_once(joined(hard)))
        return ibis.cases((closed, empty()), deferred, else_=_each_once(joined([*hard, *rest])))

    def listed(self, table: Table) -> BooleanValue:
        """Whether the therapy is looked at in the patient's scope."""
        scope = table[SCOPE]
        return scope != "out_of_scope" if ENGAGER in self.therapy.classes else scope == "iim"

    def _of(self, *kinds: str) -> list[Rule]:
        return [rule for kind in kinds for rule in self._rules.get(kind, ())]

    @property
    def _history(self) -> list[Rule]:
        return [rule for rule in self._of("against") if on_the_past(rule, self.therapy.id)]

    @property
    def _other(self) -> list[Rule]:
        return [rule for rule in self._of("against") if not on_the_past(rule, self.therapy.id)]

    def _of_account(self, table: Table) -> list[tuple[BooleanValue, list[Rule]]]:
        """The rules for it, and on its past, with when they count if they are UNKNOWN."""
        indications = self._of("indicate")
        return [
            (table[self.column("possible")], [r for r in indications if not holds_anyway(r)]),
            (~table[self.column("spoken")], [r for r in indications if holds_anyway(r)]),
            (table[self.column("history")], self._history),
        ]

    def _weighs(self, rule: Rule, table: Table) -> BooleanValue:
        """Whether an indication that is TRUE is not set aside."""
        return ibis.literal(True) if holds_anyway(rule) else table[self.column("untried")]

    def _indicated(self, table: Table, past: BooleanValue) -> BooleanValue:
        if not self.therapy.listed:
            return ibis.literal(False)
        other = some(table[rule_column(r)] for r in self._other)
        spoken = some(
            table[rule_column(r)] if holds_anyway(r) else every((table[rule_column(r)], ~past))
            for r in self._of("indicate")
        )
        return every((spoken, ~other))


def scope_of(table: Table, library: Library) -> StringValue:
    """`iim`, or what a scope rule says that is TRUE; out of scope goes before all others."""
    rules = alerts_of(library).get("scope", ())

    def says(word: str) -> BooleanValue:
        return some(table[rule_column(rule)].fill_null(False) for rule in rules if rule.scope == word)

    return ibis.cases(*((says(word), word) for word in _SCOPES), else_="iim")


def _is_one_of(value: BooleanValue, truths: Sequence[Truth]) -> BooleanValue:
    """Whether a nullable Boolean has one of these truths; itself never NULL."""
    match sorted(set(truths)):
        case [Truth.UNKNOWN]:
            return value.isnull()
        case [Truth.TRUE]:
            return value.fill_null(False)
        case [Truth.UNKNOWN, Truth.TRUE]:
            return value.fill_null(True)
        case [Truth.FALSE]:
            return ~value.fill_null(True)
    raise InternalFault(_("no row of the table of verdicts asks for {truths}").format(truths=truths))


def _ids(rules: Iterable[Rule], table: Table, mark: str) -> list[StringValue]:
    return [table[f"{rule_column(rule)}{mark}"] for rule in rules]


def _named(ids: list[StringValue]) -> ArrayValue:
    return _each_once(ibis.array(ids).filter(lambda name: name.notnull()))


def _lists(rules: Iterable[Rule], table: Table) -> list[ArrayValue]:
    return [table[waits_for(rule)] for rule in rules]


def _each_once(names: ArrayValue) -> ArrayValue:
    return names.unique().sort()
