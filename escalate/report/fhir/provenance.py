"""Provenance: which input, which knowledge and which software the resources of a run come from."""

from __future__ import annotations

from collections.abc import Sequence

from escalate._version import VERSION
from escalate.report.fhir.run import Resource, Run, reference
from escalate.texts import _


def provenance(run: Run, targets: Sequence[Resource]) -> Resource:
    """SHA-256 of the input and of the knowledge; `recorded` is the day of the assessment, not a clock."""
    library = run.assessment.library
    return {
        **run.resource("Provenance"),
        "target": [reference(one) for one in targets],
        "occurredDateTime": run.day,
        "recorded": f"{run.day}T00:00:00Z",
        "agent": [{"who": {"type": "Device", "display": f"escalate {VERSION} ({run.assessment.engine})"}}],
        "entity": [
            _entity(run, run.sha256, _("the input")),
            _entity(run, library.digest.removeprefix("sha256:"), _("the knowledge, version {version}").format(
                version=library.version
            )),
        ],
    }  # fmt: skip


def _entity(run: Run, digest: str, display: str) -> Resource:
    system = f"{run.base}/NamingSystem/sha256"
    return {"role": "source", "what": {"identifier": {"system": system, "value": digest}, "display": display}}
