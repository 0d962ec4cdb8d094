"""Which findings rest on which: the order in which rules are run, and the proof that it ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from escalate.language.evaluate import tests_of
from escalate.language.tree import AtLevel, Condition, Flag, Known
from escalate.library.model import FindingSpec, Rule


def findings_in(condition: Condition, findings: Mapping[str, FindingSpec]) -> set[str]:
    """The findings that a condition names."""
    named: set[str] = set()
    for test in tests_of(condition):
        is_finding = isinstance(test, AtLevel) or (isinstance(test, Flag) and test.finding)
        if is_finding or (isinstance(test, Known) and test.name in findings):
            named.add(test.name)
    return named


def dependencies(rules: Iterable[Rule], findings: Mapping[str, FindingSpec]) -> dict[str, set[str]]:
    """For each finding with an active rule, the findings its rules name."""
    needs: dict[str, set[str]] = {}
    for rule in rules:
        if rule.kind == "finding" and rule.status == "active" and rule.targets:
            needs.setdefault(rule.targets[0], set()).update(findings_in(rule.when, findings))
    return needs


def cycles(needs: Mapping[str, set[str]]) -> list[tuple[str, ...]]:
    """Each circle of findings once, as the path that leads back to its start."""
    found: list[tuple[str, ...]] = []
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> None:
        if name in path:
            found.append((*path[path.index(name) :], name))
            return
        if name in done:
            return
        for below in sorted(needs.get(name, ())):
            walk(below, [*path, name])
        done.add(name)

    for name in sorted(needs):
        walk(name, [])
    return found


def strata(needs: Mapping[str, set[str]]) -> dict[str, int]:
    """The stratum in which the rules of each finding run: 0 where they rest on facts alone.

    Args: needs, without circles (`cycles`).
    """
    level: dict[str, int] = {}

    def of(name: str) -> int:
        if name not in level:
            level[name] = max((of(below) + 1 for below in needs.get(name, ())), default=0)
        return level[name]

    for name in needs:
        of(name)
    return level


def stratum_of(condition: Condition, findings: Mapping[str, FindingSpec], levels: Mapping[str, int]) -> int:
    """The stratum of one rule: above every finding it names."""
    return max((levels.get(name, 0) + 1 for name in findings_in(condition, findings)), default=0)
