"""Whether two knowledge bases see one patient alike: then only a rule that was edited can tell them apart.

A verdict rests on the values of rules, and these on the facts that they read. Most patients have none of the
facts that a changed number goes into; to find that out costs a fraction of their verdicts on all therapies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from escalate.audit.diff.pairs import shape
from escalate.language.evaluate import tests_of
from escalate.language.facts import Fact, Facts
from escalate.language.tree import Condition
from escalate.library.model import ConditionalTest, Library

# What a patient file is read with.
_READ_WITH = ("facts", "entities", "antibodies", "drugs", "overlaps", "language")


class Alike:
    """What is the same on both sides whoever the patient is, and what must be compared for each."""

    def __init__(self, old: Library, new: Library) -> None:
        sides = old, new
        self.reads = all(getattr(old, name) == getattr(new, name) for name in _READ_WITH)
        """Whether a patient file read for the one side is as good as read for the other."""
        self.judges = all(said(old) == said(new) for said in (_tests_of, _levels_of, _roles_of))
        """Whether nothing but rules and facts decides on a verdict otherwise."""
        read = {name for side in sides for name in _names_in(side)}
        self._names = sorted(name for name in read if all(name in side.facts for side in sides))

    def facts(self, old: Facts, new: Facts) -> bool:
        """Whether every fact that a rule of both sides may read says the same.

        A fact that only one side knows is read by rules that were edited, added or removed alone.
        """
        return all(_said(old[name]) == _said(new[name]) for name in self._names)


def _said(fact: Fact) -> tuple[object, ...]:
    """What an evaluation sees of a fact."""
    return fact.status, fact.value, fact.low, fact.high


def _names_in(library: Library) -> Iterator[str]:
    conditions = [rule.when for rule in library.rules if rule.status == "active"]
    for test in library.tests.values():
        conditions += [one for one in _conditions(test) if one is not None]
    for condition in conditions:
        yield from (test.name for test in tests_of(condition) if test.name not in library.findings)


def _conditions(test: ConditionalTest) -> Iterable[Condition | None]:
    return test.called_for, test.suspected_by, test.replaced_by


def _tests_of(library: Library) -> Mapping[str, object]:
    return {
        name: (test.fields, *(shape(one) if one is not None else None for one in _conditions(test)))
        for name, test in library.tests.items()
    }


def _levels_of(library: Library) -> Mapping[str, object]:
    return {name: spec.levels for name, spec in library.findings.items()}


def _roles_of(library: Library) -> Mapping[str, object]:
    return {name: (therapy.listed, therapy.classes) for name, therapy in library.therapies.items()}
