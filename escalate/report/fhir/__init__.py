"""An assessment as FHIR R4: GuidanceResponse, RequestGroup, DetectedIssue, Provenance, in one Bundle.

Plain dicts, the same bytes for the same input: every id is a UUID of the digests, and the only date is that
of the assessment. Proposals are drafts with the intent `proposal`: nothing here is an order, or a CarePlan.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from escalate.assessment import Assessment
from escalate.report.fhir.guidance import guidance_response
from escalate.report.fhir.issues import alert_issues, detected_issues
from escalate.report.fhir.outcome import mapping_outcome, operation_outcome
from escalate.report.fhir.proposals import request_group
from escalate.report.fhir.provenance import provenance
from escalate.report.fhir.run import Record, Resource, Run, reference
from escalate.texts import in_its_language

__all__ = ["Record", "Resource", "fhir_bundle", "fhir_bundle_of", "operation_outcome"]


@in_its_language
def fhir_bundle(assessment: Assessment, record: Record | None = None, sha256: str = "") -> Resource:
    """The Bundle (collection) of one assessment.

    Args: record, what was understood of FHIR input (`escalate.fhir.model.Understood`), whose subject and
          resources are then referred to; sha256, of the input, else the patient file's own.
    """
    run = Run(assessment, record, sha256 or assessment.patient.sha256)
    group = request_group(run)
    outcome = mapping_outcome(run)
    guidance = guidance_response(run, group, outcome)
    issues = [*alert_issues(run), *detected_issues(run)]
    told = [one for one in (guidance, group, *issues, outcome) if one is not None]
    entries = [*told, provenance(run, told)]
    return run.bundle([{"fullUrl": reference(one)["reference"], "resource": one} for one in entries])


def fhir_bundle_of(bundles: Iterable[Resource]) -> Resource:
    """One Bundle that holds the Bundles of several patients, and the OperationOutcome of each refused one."""
    entries: list[dict[str, Any]] = [
        {"fullUrl": reference(one)["reference"], "resource": one} if "id" in one else {"resource": one}
        for one in bundles
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
