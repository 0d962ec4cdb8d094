"""What the rules say of one vignette's patient: every rule, every test, every number that is compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from escalate.engine import RuleBase, kleene
from escalate.language.facts import Status
from escalate.language.tree import Compare
from escalate.library.model import Library
from escalate.nodes import Mapping as MappingNode
from escalate.nodes import Node, Scalar, Sequence
from escalate.patient.contradictions import find_contradictions
from escalate.patient.facts import PatientFacts
from escalate.patient.model import Patient
from escalate.truth import Truth

# They name the file, not the patient.
_NAMES_THE_FILE = ("schema", "id", "note")


@dataclass(frozen=True, slots=True)
class Observation:
    """One patient under one knowledge base.

    `stated` are the fields as the file writes them, `rules` the value of each active rule by key,
    `stated_tests` and `tests` the value of each test of `library.rails` before and after contradicted
    fields became unknown (only rules that find contradictions are judged before), `numbers` the known
    values of facts that some rule compares.
    """

    name: str
    stated: frozenset[tuple[str, str]]
    rules: Mapping[str, Truth]
    stated_tests: bytes
    tests: bytes
    numbers: Mapping[str, Decimal]


def observer(library: Library) -> Callable[[str, MappingNode, Patient], Observation]:
    """How a patient becomes an Observation. The evaluator alone is asked: `kb test` runs both engines on
    the same cases and refuses a difference."""
    first = RuleBase([r for r in library.rules if r.alert == "contradiction"], library)
    second = RuleBase([r for r in library.rules if r.alert != "contradiction"], library)
    compared = sorted({test.name for test in library.rails.tests if isinstance(test, Compare)})

    def observe(name: str, root: MappingNode, patient: Patient) -> Observation:
        facts = PatientFacts(patient, library)
        stated = first.read_facts(facts)
        contradictory = kleene.run_on(first, stated)
        blanked = {field for found in find_contradictions(patient, library) for field in found.makes_unknown}
        for rule in first.rules:
            if rule.alert == "contradiction" and contradictory.rules[rule.key] is Truth.TRUE:
                blanked.update(rule.makes_unknown)
        if blanked:
            facts = PatientFacts(patient, library, frozenset(blanked))
        values = second.read_facts(facts)
        settled = kleene.run_on(second, values)
        found = {key: truth for key, truth in contradictory.rules.items() if key not in settled.rules}
        return Observation(
            name,
            frozenset(pair for pair in flat(root) if pair[0] not in _NAMES_THE_FILE),
            {**found, **settled.rules},
            bytes(stated[::2]),
            bytes(values[::2]),
            {fact: value for fact in compared if (value := _number(facts, fact)) is not None},
        )

    return observe


def _number(facts: PatientFacts, name: str) -> Decimal | None:
    fact = facts[name]
    return fact.value if fact.status is Status.KNOWN and isinstance(fact.value, Decimal) else None


def flat(node: MappingNode, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every field of a patient file with its text; a list is one field."""
    for key, value in node.entries:
        path = f"{prefix}{key.text}"
        if isinstance(value, MappingNode):
            yield from flat(value, f"{path}.")
        else:
            yield path, _text(value)


def _text(node: Node) -> str:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return f"[{'; '.join(_text(item) for item in node.items)}]"
    return ", ".join(f"{key.text}: {_text(value)}" for key, value in node.entries)
