"""Facts to rules and findings: one stratum above the other, each a select over the one below.

A select carries on only what something above it reads. The columns are named in
`escalate.cohort.relational.names`.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import TYPE_CHECKING

import ibis

from escalate.cohort.columns import PATIENT, fact_columns, rules_of
from escalate.cohort.relational.condition import every, fact_test, some, value
from escalate.cohort.relational.missing import Missing, of_fact
from escalate.cohort.relational.names import fact_missing, rule_column, waits_for
from escalate.language.evaluate import head_name, tests_of
from escalate.language.tree import AtLevel, Flag, Known, Test
from escalate.library.model import Library

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from escalate.cohort.relational.condition import Truth


def settled(facts: Table, library: Library, kept: Set[str]) -> Table:
    """Rules and findings of every patient, and the fields that undecided rules wait for.

    Args: facts, a table as `escalate.cohort.columns` describes it; kept, the columns that are wanted: rules,
    heads of findings, what a rule waits for.
    Returns: a row per patient: `patient`, a nullable Boolean per rule and head, and lists of fields (with
    repetitions, empty where the rule is settled).
    """
    rulebase = rules_of(library)
    columns = {column.name: column for column in fact_columns(library)}
    missing = Missing(library, columns)
    needed = _needed(library, missing, kept)
    tests = {
        text: fact_test(test, columns[test.name], facts)
        for test, text in ((rulebase.tests[n], rulebase.texts[n]) for n in rulebase.fact_tests)
        if text in needed[0]
    }
    lists = {
        name: of_fact(column, facts)
        for column in columns.values()
        if (name := fact_missing(column.name)) in needed[0]
    }
    # A finding that no rule concludes is FALSE in everybody.
    concluded = {head.name for stratum in rulebase.strata for head in stratum.heads}
    never = {
        name: ibis.literal(False)
        for spec in library.findings.values()
        for name in (head_name(spec.name, level) for level in spec.levels[1:] or ("",))
        if name in needed[0] and name not in concluded
    }
    table = facts.select(facts[PATIENT], **tests, **lists, **never)
    for place, stratum in enumerate(rulebase.strata):
        of = _Values(table, library)
        values = {rule_column(rule): value(rule.when, of) for rule in stratum.rules}
        table = table.mutate(**values)
        of = _Values(table, library)
        heads = {
            head.name: some(table[rule_column(rulebase.by_key[key])] for key in head.rules)
            for head in stratum.heads
        }
        waiting = {
            name: missing.of_rule(rule, table, of)
            for rule in stratum.rules
            if (name := waits_for(rule)) in needed[place + 1]
        }
        carried = [table[name] for name in table.columns if name in needed[place + 1] or name == PATIENT]
        table = table.select(*carried, **heads, **waiting)
    return table


def _needed(library: Library, missing: Missing, kept: Set[str]) -> list[set[str]]:
    """Per stratum what it and all above it read; behind the last one what is wanted in the end."""
    rulebase = rules_of(library)
    wanted = set(kept)
    found = [set(wanted)]
    for stratum in reversed(rulebase.strata):
        for rule in stratum.rules:
            wanted |= {name for test in tests_of(rule.when) for name in _columns_of(test, library)}
            if waits_for(rule) in wanted:
                wanted |= set(missing.reads(rule))
        found.append(set(wanted))
    return found[::-1]


def _columns_of(test: Test, library: Library) -> Iterator[str]:
    """The columns that the value of a test stands in."""
    if isinstance(test, AtLevel):
        yield head_name(test.name, test.level)
    elif isinstance(test, Known) and test.name in library.findings:
        spec = library.findings[test.name]
        yield from (head_name(spec.name, level) for level in spec.levels[1:] or ("",))
    elif isinstance(test, Flag) and test.finding:
        yield test.name
    else:
        rulebase = rules_of(library)
        yield rulebase.texts[rulebase.number(test)]


class _Values:
    """The value of a test where its facts and findings are columns already."""

    def __init__(self, table: Table, library: Library) -> None:
        self._table, self._library = table, library

    def __call__(self, test: Test) -> Truth:
        names = list(_columns_of(test, self._library))
        if isinstance(test, Known) and test.name in self._library.findings:
            return every(self._table[name].notnull() for name in names)
        return self._table[names[0]]
