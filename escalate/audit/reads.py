"""Which fields of the patient file a rule reads, directly or through findings and derived facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from escalate.language.evaluate import tests_of
from escalate.language.tree import Condition
from escalate.library.model import Library, Rule


def fields_read(library: Library) -> Mapping[str, frozenset[str]]:
    """By rule id: every field (`heart.echo.lvef_percent`), block or list (`therapies`) its value can turn on.

    A finding is followed into its active rules, a derived fact to what it declares to read, a detail to
    the field it refines, and a result of a conditional test into what calls for that test or replaces it.
    What makes a field unknown because it contradicts another is not followed.
    """
    read: dict[str, set[str]] = {}
    proving = _proving(library)
    for rule in library.rules:
        if rule.status == "active":
            _follow(rule.when, read.setdefault(rule.id, set()), set(), library, proving)
    return {name: frozenset(fields) for name, fields in read.items()}


def is_read(path: str, fields: Iterable[str]) -> bool:
    """Whether a path of a patient file is one of the fields, or lies in one of them.

    >>> is_read("lung.hrct.date", {"lung.hrct"}), is_read("lung.hrct_old", {"lung.hrct"})
    (True, False)
    """
    return any(path == field or path.startswith(f"{field}.") for field in fields)


def _proving(library: Library) -> Mapping[str, list[Rule]]:
    rules: dict[str, list[Rule]] = {}
    for rule in library.rules:
        if rule.status == "active" and rule.kind == "finding":
            rules.setdefault(rule.targets[0], []).append(rule)
    return rules


def _follow(
    condition: Condition,
    fields: set[str],
    seen: set[str],
    library: Library,
    proving: Mapping[str, list[Rule]],
) -> None:
    """Add to `fields` what a condition reads; a name already `seen` is not followed again."""
    waiting = [test.name for test in tests_of(condition)]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in library.findings:
            waiting += [test.name for rule in proving.get(name, ()) for test in tests_of(rule.when)]
            continue
        spec = library.facts.get(name)
        if spec is not None and spec.derived:
            waiting += spec.reads
            continue
        # `therapies[].dose`: a list is one field, its entries have no names of their own.
        fields.add(name.partition("[")[0])
        if spec is not None and spec.refines:
            waiting.append(spec.refines)
        if spec is not None and spec.test:
            test = library.tests[spec.test]
            for called in (test.called_for, test.suspected_by, test.replaced_by):
                if called is not None:
                    waiting += [one.name for one in tests_of(called)]
