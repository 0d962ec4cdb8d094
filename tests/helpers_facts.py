"""Patients for tests of derived facts, from a few lines under the shipped fields, names and parameters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache

from escalate.files.knowledge_base import read_knowledge
from escalate.files.yaml_reader import read_text
from escalate.language.facts import Fact, Status
from escalate.library.build import assemble
from escalate.library.model import Library
from escalate.patient.facts import PatientFacts
from escalate.patient.lines import Line, read_lines
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused

TODAY = date(2026, 10, 12)
HEAD = "schema: escalate/patient/v1\nid: case-1\nassessed_on: 2026-10-12\n"


@lru_cache(maxsize=1)
def knowledge() -> Library:
    """The shipped knowledge as far as it can be read: a fault in one rule is no fault of a derived fact."""
    return assemble(read_knowledge())[0]


def facts_of(body: str, blanked: frozenset[str] = frozenset()) -> PatientFacts:
    """The facts of a patient file that begins with schema, id and assessed_on 2026-10-12."""
    document = read_text(HEAD + body, "p.yaml", PatientRefused)
    return PatientFacts(read_patient(document, knowledge(), today=TODAY), knowledge(), blanked)


def line_of(entry: str, rest: str = "") -> Line:
    """The one line of a history that is written as a flow mapping: `drug: methotrexate, weeks: 12`."""
    facts = facts_of(f"therapies: [{{{entry}}}]\n{rest}")
    lines = read_lines(facts.patient, facts.library)
    assert lines is not None
    return lines[0]


def counts_as(entry: str, rest: str = "") -> str:
    return line_of(entry, rest).counts_as


def shown(fact: Fact) -> object:
    """A fact in one value: True, False, a number, `unknown`, `absent`, or its bounds as a pair."""
    if fact.status is Status.ABSENT:
        return "absent"
    if fact.status is Status.KNOWN:
        return float(fact.value) if isinstance(fact.value, Decimal) else fact.value
    if fact.low is None and fact.high is None:
        return "unknown"
    return tuple(None if end is None else float(end) for end in (fact.low, fact.high))
