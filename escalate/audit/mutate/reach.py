"""How far a change beneath the rules goes: which facts turn with a field, and which of them close."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from fnmatch import fnmatchcase

from escalate.audit.mutate.mutants import closes
from escalate.audit.reads import is_read
from escalate.language.evaluate import tests_of
from escalate.library.model import Library, Rule
from escalate.library.strata import findings_in


class Reach:
    """The facts that the active rules ask for, each with all that its value can hang on."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._proving: dict[str, list[Rule]] = {}
        self._active = active = [rule for rule in library.rules if rule.status == "active"]
        for rule in active:
            if rule.kind == "finding":
                self._proving.setdefault(rule.targets[0], []).append(rule)
        self._below: dict[str, frozenset[str]] = {}
        for rule in active:
            for name in self._facts_in((rule,)):
                self._below.setdefault(name, frozenset(self._follow(name)))
        self.read = frozenset(self._below)
        """The facts that some active rule reads."""
        self.closing = frozenset(self._facts_in(r for r in active if closes(r, library)))
        """The facts that some closing rule reads, through findings too."""

    def of(self, field: str) -> frozenset[str]:
        """The facts of the rules that can turn with a field of the patient file, or with a list of it."""
        return frozenset(name for name, below in self._below.items() if is_read(field, below))

    def rules(self, facts: Set[str]) -> frozenset[str]:
        """The keys of the active rules that read one of these facts, through findings too."""
        found: set[str] = set()
        findings: set[str] = set()
        grown = True
        while grown:
            grown = False
            for rule in self._active:
                if rule.key in found:
                    continue
                reads = {test.name for test in tests_of(rule.when)}
                if reads & facts or reads & findings:
                    found.add(rule.key)
                    findings.update(rule.targets if rule.kind == "finding" else ())
                    grown = True
        return frozenset(found)

    def like(self, *beginnings: str) -> frozenset[str]:
        """The facts of the rules whose names begin so; `*` stands for anything."""
        return frozenset(n for n in self._below if any(fnmatchcase(n, f"{begins}*") for begins in beginnings))

    def _facts_in(self, rules: Iterable[Rule]) -> Iterator[str]:
        """The facts that some rules read, down through the findings."""
        waiting, seen = list(rules), set()
        while waiting:
            rule = waiting.pop()
            if rule.key in seen:
                continue
            seen.add(rule.key)
            for test in tests_of(rule.when):
                if test.name not in self.library.findings:
                    yield test.name
            for finding in findings_in(rule.when, self.library.findings):
                waiting += self._proving.get(finding, ())

    def _follow(self, name: str) -> Iterator[str]:
        """A fact, what it is computed from or is a detail of, and what its test is called for by."""
        waiting, seen = [name], set()
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen.add(one)
            yield one
            spec = self.library.facts.get(one)
            if spec is None:
                continue
            waiting += spec.reads
            waiting += [spec.refines] if spec.refines else []
            test = self.library.tests.get(spec.test)
            for condition in (test.called_for, test.suspected_by, test.replaced_by) if test else ():
                if condition is not None:
                    waiting += [t.name for t in tests_of(condition) if t.name not in self.library.findings]
                    below = (
                        r for f in findings_in(condition, self.library.findings) for r in self._proving[f]
                    )
                    waiting += self._facts_in(below)
