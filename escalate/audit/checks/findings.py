"""Findings that no rule proves, that nobody reads, or with a level out of reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from escalate.audit.checks.places import places
from escalate.audit.checks.rules import active
from escalate.library.model import Library
from escalate.library.strata import findings_in
from escalate.nodes import Document
from escalate.problems import Problem


def findings_without_use(library: Library, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """A finding that no rule proves, or that nobody reads and no report shows."""
    at = places(documents.get("knowledge/findings.yaml"))
    proved = {r.targets[0] for r in active(library) if r.kind == "finding"}
    conditions = [r.when for r in active(library)]
    for test in library.tests.values():
        conditions += [c for c in (test.called_for, test.suspected_by, test.replaced_by) if c is not None]
    read = {name for c in conditions for name in findings_in(c, library.findings)}
    for spec in library.findings.values():
        if spec.name not in proved:
            yield Problem(at[spec.name], "finding-without-rule", f"no active rule proves `{spec.name}`")
        elif spec.name not in read and not spec.shown:
            yield Problem(at[spec.name], "finding-unread", f"`{spec.name}` is read by no rule and not shown")
        lacking = [
            level
            for level in spec.levels[1:]
            if not any(r.targets == (spec.name,) and r.level == level for r in active(library))
        ]
        for level in lacking if spec.name in proved else ():
            yield Problem(at[spec.name], "level-without-rule", f"no active rule proves `{spec.name}` {level}")
