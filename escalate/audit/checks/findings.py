"""Findings that no rule proves, that nobody reads, or with a level out of reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from escalate.audit.checks.places import places
from escalate.audit.checks.rules import active
from escalate.library.model import Library
from escalate.library.strata import findings_in
from escalate.nodes import Document
from escalate.problems import Problem
from escalate.texts import _


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
            yield Problem(
                at[spec.name],
                "finding-without-rule",
                _("no active rule proves `{spec}`").format(spec=spec.name),
            )
        elif spec.name not in read and not spec.shown:
            yield Problem(
                at[spec.name],
                "finding-unread",
                _("`{spec}` is read by no rule and not shown").format(spec=spec.name),
            )
        lacking = [
            level
            for level in spec.levels[1:]
            if not any(r.targets == (spec.name,) and r.level == level for r in active(library))
        ]
        for level in lacking if spec.name in proved else ():
            yield Problem(
                at[spec.name],
                "level-without-rule",
                _("no active rule proves `{spec}` {level}").format(spec=spec.name, level=level),
            )
