"""OperationOutcome: why an input was refused, and what of a record could not be read."""

from __future__ import annotations

from collections.abc import Iterable

from escalate.problems import Problem
from escalate.report.fhir.run import BASE, Resource, Run, shown

# Codes of http://hl7.org/fhir/issue-type; what is not named here is `invalid`.
_TYPES = {
    "missing-field": "required",
    "no-patient": "required",
    "several-patients": "multiple-matches",
    "not-json": "structure",
    "not-fhir": "structure",
    "not-utf-8": "structure",
    "duplicate-key": "structure",
    "too-deep": "structure",
    "too-many-values": "too-long",
    "file-too-large": "too-long",
    "bundle-type": "not-supported",
    "unknown-field": "structure",
    "unknown-unit": "value",
    "out-of-range": "value",
    "no-such-file": "not-found",
}


def operation_outcome(problems: Iterable[Problem]) -> Resource:
    """Every problem of a refused input. It quotes the input: it goes to whoever sent it, and nowhere else."""
    issues = [
        {
            "severity": "error",
            "code": _TYPES.get(problem.code, "invalid"),
            "details": {"coding": [{"system": f"{BASE}/CodeSystem/escalate-problems", "code": problem.code}]},
            "diagnostics": shown(f"{problem.message}; {problem.help}" if problem.help else problem.message),
            "location": [shown(str(problem.at))],
        }
        for problem in problems
    ]
    return {"resourceType": "OperationOutcome", "issue": issues}


def mapping_outcome(run: Run) -> Resource | None:
    """The entries of a record that could not be read, as warnings, and what was noticed; None for nothing."""
    if run.record is None:
        return None
    issues = [
        {
            "severity": "warning",
            "code": "not-supported",
            "diagnostics": shown(f"{entry.resource}: {entry.reason}"),
            "expression": [shown(f"Bundle.{entry.path}" if entry.path.startswith("entry[") else entry.path)],
        }
        for entry in run.record.entries
        if entry.use == "rejected"
    ]
    issues += [
        {"severity": "information", "code": "informational", "diagnostics": shown(note)}
        for note in run.record.notes
    ]
    return {**run.resource("OperationOutcome"), "issue": issues} if issues else None
