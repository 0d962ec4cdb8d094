"""Patients as columns: the value of every test of the rules and of their mutants, patient by patient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from escalate.audit.mutate.mutants import Mutant
from escalate.audit.mutate.planes import Plane, plane_of
from escalate.engine import RuleBase, kleene
from escalate.language.evaluate import test_truth, tests_of
from escalate.language.tree import AtLevel, Flag, Known, Test
from escalate.library.model import Library
from escalate.patient.contradictions import find_contradictions
from escalate.patient.facts import PatientFacts
from escalate.patient.model import Patient


@dataclass(frozen=True, slots=True)
class Row:
    """One patient: the value of each test as stated, and after contradicted fields became unknown, which are
    `blanked`."""

    stated: bytes
    settled: bytes
    blanked: frozenset[str] = frozenset()


def fact_tests(library: Library, changed: Iterable[Mutant]) -> tuple[Test, ...]:
    """Every test of a fact that the active rules or their mutants make, each once."""
    conditions = [rule.when for rule in library.rules if rule.status == "active"]
    conditions += [rule.when for mutant in changed for rule in mutant.rules.values() if rule is not None]
    found = dict.fromkeys(test for condition in conditions for test in tests_of(condition))
    return tuple(test for test in found if not on_finding(test, library))


def on_finding(test: Test, library: Library) -> bool:
    """Whether a test asks for a finding and not for a fact."""
    if isinstance(test, Known):
        return test.name in library.findings
    return isinstance(test, AtLevel) or (isinstance(test, Flag) and test.finding)


def settler(library: Library) -> Callable[[Patient], tuple[PatientFacts, PatientFacts]]:
    """How a patient becomes facts: as stated, and as the rules see them. The evaluator alone is asked."""
    first = RuleBase([rule for rule in library.rules if rule.alert == "contradiction"], library)

    def settle(patient: Patient) -> tuple[PatientFacts, PatientFacts]:
        stated = PatientFacts(patient, library)
        found = kleene.run(first, stated)
        blanked = {field for one in find_contradictions(patient, library) for field in one.makes_unknown}
        for rule in first.rules:
            if rule.alert == "contradiction" and found.rules[rule.key] == 2:
                blanked.update(rule.makes_unknown)
        return stated, PatientFacts(patient, library, frozenset(blanked)) if blanked else stated

    return settle


def row(facts: tuple[PatientFacts, PatientFacts], tests: Sequence[Test]) -> Row:
    """The values of these tests for one patient."""
    stated, settled = facts
    after = bytes(int(test_truth(test, settled, {})) for test in tests)
    return Row(
        bytes(int(test_truth(test, stated, {})) for test in tests) if stated is not settled else after,
        after,
        settled.blanked,
    )


def columns(rows: Sequence[bytes], tests: Sequence[Test]) -> Mapping[Test, Plane]:
    """The rows turned: a plane for each test."""
    width = len(tests)
    whole = b"".join(rows)
    return {test: plane_of(whole[number::width]) for number, test in enumerate(tests)}
