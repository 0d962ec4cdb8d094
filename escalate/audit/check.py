"""What is wrong with a knowledge base beyond what keeps it from loading.

Each check of escalate/audit/checks finds knowledge that loads and still cannot do what its author meant: a
threshold that nothing can cross, a trial against a drug cited for it, a locked rule that is gone.
"""

from __future__ import annotations

from collections.abc import Mapping

from escalate.audit.checks.calendars import calendars
from escalate.audit.checks.citations import citations
from escalate.audit.checks.doses import doses
from escalate.audit.checks.evidence import (
    approvals_without_record,
    incomplete_evidence,
    levels_above_evidence,
    levels_against_design,
    orphaned_evidence,
)
from escalate.audit.checks.findings import findings_without_use
from escalate.audit.checks.lock import lock
from escalate.audit.checks.places import with_excerpt
from escalate.audit.checks.quotes import thresholds_against_quotes
from escalate.audit.checks.rules import (
    constant_thresholds,
    fields_without_ask,
    repeated_numbers,
    repeated_rules,
)
from escalate.audit.checks.therapies import listed_without_gate, rules_for_unlisted
from escalate.audit.prohibitions import prohibited
from escalate.library.build import assemble
from escalate.library.languages import untranslated
from escalate.library.model import Library, Rule
from escalate.nodes import Document
from escalate.problems import Problem, in_order


def check(documents: Mapping[str, Document]) -> tuple[Library | None, tuple[Problem, ...]]:
    """The Library if it loads, and every problem, sorted by place."""
    library, problems = assemble(documents)
    if problems:
        return None, problems
    found = [
        *of_rules(library, documents),
        *of_evidence(library, documents),
        *of_safety(library, documents),
        *incomplete_evidence(library, documents),
        *levels_above_evidence(library, documents),
        *orphaned_evidence(documents),
        *approvals_without_record(library, documents),
        *fields_without_ask(library),
    ]
    with_lines = (with_excerpt(problem, documents) for problem in found)
    return library, in_order(with_lines)


def of_rules(library: Library, documents: Mapping[str, Document]) -> list[Problem]:
    """What conditions, numbers, doses and findings show of themselves."""
    return [
        *constant_thresholds(library),
        *repeated_rules(library),
        *repeated_numbers(library),
        *rules_for_unlisted(library),
        *listed_without_gate(library),
        *thresholds_against_quotes(library, documents),
        *doses(library, documents),
        *calendars(library, documents),
        *findings_without_use(library, documents),
    ]


def of_evidence(library: Library, documents: Mapping[str, Document]) -> list[Problem]:
    """Evidence that does not carry what it is cited for."""
    return [*levels_against_design(library, documents), *citations(library, documents)]


def of_safety(library: Library, documents: Mapping[str, Document]) -> list[Problem]:
    """What the lock holds, and what nobody may write."""
    return [*lock(library, documents), *prohibited(library)]


def translations(documents: Mapping[str, Document]) -> tuple[Problem, ...]:
    """Every text for people that has no German, and German that stands for nothing, sorted by place."""
    return in_order(problem for document in documents.values() for problem in untranslated(document))


def drafts(library: Library) -> tuple[Rule, ...]:
    """The rules that are read and typed but never fire, in the order of the knowledge base."""
    return tuple(rule for rule in library.rules if rule.status == "draft")
