"""What an undecided rule waits for, as list columns: `escalate.findings.reasons` read on a relation.

A leaf counts where it and every condition above it is UNKNOWN; below an `ask` that is not FALSE also what its
`is unknown` leaves ask for. A finding stands for the fields of its own undecided rules. Every list is empty,
never NULL, where nothing is waited for: Spark's `flatten` is NULL as soon as one of its lists is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import ibis

from escalate.cohort.columns import FactColumn, rules_of
from escalate.cohort.relational.condition import undecided, value
from escalate.cohort.relational.names import fact_missing, rule_column, waits_for
from escalate.language.evaluate import leaves_of
from escalate.language.tree import AtLevel, Compare, Condition, Known, Leaf, Test
from escalate.library.model import Library, Rule

if TYPE_CHECKING:
    from ibis.expr.types import ArrayValue, BooleanValue, Table

    from escalate.cohort.relational.condition import Tests

LIST = "array<string>"


def of_fact(column: FactColumn, table: Table) -> ArrayValue:
    """The fields that would settle one fact, from the columns of that fact; empty where it is known."""
    itself = ibis.array([ibis.literal(column.name)])
    fields = table[column.missing].fill_null(itself) if column.missing else itself
    unknown = table[column.name].isnull()
    if column.absent:
        unknown = unknown & ~table[column.absent].fill_null(False)
    return when(unknown, fields)


def when(holds: BooleanValue, fields: ArrayValue) -> ArrayValue:
    """A list where something holds, else the empty one."""
    return ibis.cases((holds, fields), else_=empty())


def empty() -> ArrayValue:
    """No field at all."""
    return ibis.literal([], LIST)


def joined(lists: list[ArrayValue]) -> ArrayValue:
    """The lists one behind the other."""
    return lists[0] if len(lists) == 1 else ibis.array(lists).flatten() if lists else empty()


class Missing:
    """The fields behind the undecided rules of one library.

    Args: facts, the fact columns by name.
    """

    def __init__(self, library: Library, facts: Mapping[str, FactColumn]) -> None:
        self._library, self._facts = library, facts
        self._behind: dict[str, list[Rule]] = {}
        for rule in rules_of(library).rules:
            if rule.kind == "finding":
                self._behind.setdefault(rule.targets[0], []).append(rule)

    def of_rule(self, rule: Rule, table: Table, of: Tests) -> ArrayValue:
        """The fields of one rule, with repetitions; empty where it is settled.

        Args: table, with the rule's value and the columns that `reads` names; of, the rule's tests.
        """
        # An `ask` may hold because something is unknown, so it is asked about while it is not FALSE.
        asks = _asks(rule.when)
        here = table[rule_column(rule)].fill_null(True) if asks else table[rule_column(rule)].isnull()
        fields = joined(list(self._parts(rule.when, table, of, visited=True)))
        # A finding rests on findings that rest on the same fields: without this its lists grow with every
        # stratum, and with them what a query holds in memory.
        return when(here, fields.unique() if rule.kind == "finding" else fields)

    def reads(self, rule: Rule) -> Iterator[str]:
        """The list columns that the fields of a rule are put together from."""
        for leaf in leaves_of(rule.when):
            yield from self._columns(leaf.test)

    def _parts(self, condition: Condition, table: Table, of: Tests, *, visited: bool) -> Iterator[ArrayValue]:
        """Args: visited, the condition is known not to be FALSE where these lists are asked for."""
        if isinstance(condition, Leaf):
            yield from self._of_leaf(condition.test, table, of)
            return
        asking = value(condition, of).fill_null(True) if _asks(condition) else None
        for part in condition.parts:
            if isinstance(part, Leaf):
                lists = list(self._of_leaf(part.test, table, of))
                if asking is not None and isinstance(part.test, Known) and not visited:
                    lists = [when(asking, joined(lists))]
                yield from lists
                continue
            here = undecided(part, of)
            if asking is not None and _asks(part):
                here = here | asking
            yield when(here, joined(list(self._parts(part, table, of, visited=False))))

    def _of_leaf(self, test: Test, table: Table, of: Tests) -> Iterator[ArrayValue]:
        lists = [table[column] for column in self._columns(test)]
        # A range may decide a number that is not known; elsewhere a list is empty where the leaf is decided.
        ranged = isinstance(test, Compare) and self._facts[test.name].low
        graded = test.name in self._library.findings and not isinstance(test, Known)
        if ranged or graded:
            yield when(of(test).isnull(), joined(lists))
        else:
            yield from lists

    def _columns(self, test: Test) -> list[str]:
        spec = self._library.findings.get(test.name)
        if spec is None:
            return [fact_missing(test.name)]
        rules = self._behind.get(test.name, [])
        if isinstance(test, AtLevel):
            reach = spec.levels[spec.levels.index(test.level) :]
            rules = [rule for rule in rules if rule.level in reach]
        return [waits_for(rule) for rule in rules]


def _asks(condition: Condition) -> bool:
    return any(isinstance(leaf.test, Known) for leaf in leaves_of(condition))
