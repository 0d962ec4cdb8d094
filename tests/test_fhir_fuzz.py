"""FHIR of any shape: read or refused, reported, imported as it is read. Longer: tests/fuzz/fhir_shapes.py."""

from __future__ import annotations

import json
import random
from typing import Any

from fuzz.fhir_shapes import DAY, LIBRARY, damaged, judged, record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalate import assess
from escalate.fhir.read import read_bundle
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused
from escalate.report.fhir import fhir_bundle

WHOLE = record()
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_a_damaged_record_is_read_or_refused(chance: random.Random, changes: int) -> None:
    """No traceback, a report that can be shown, and an imported file that says what was read."""
    end, uses = judged(damaged(WHOLE, chance, changes))

    assert set(uses) <= {"used", "ignored", "rejected"}
    assert end


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    _JSON,
    st.sampled_from(["Observation", "Patient", "MedicationStatement", "Condition", "Bundle", "Medication"]),
)
def test_any_json_under_a_known_type_ends_well(value: Any, kind: str) -> None:
    """Every element of a resource may be anything."""
    inside = value if isinstance(value, dict) else {"value": value}
    resource = {**inside, "resourceType": kind, "subject": {"reference": "Patient/case"}}
    end, _uses = judged(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}, value]}
    )

    assert end


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_what_is_read_of_a_damaged_record_is_assessed_and_goes_out_again(chance: random.Random) -> None:
    """The answer is JSON that can be encoded, whatever stood in the record."""
    try:
        found = read_bundle(damaged(WHOLE, chance, 4), LIBRARY, today=DAY)
        patient = read_patient(found.patient_document, LIBRARY, today=DAY)
    except PatientRefused:
        return
    text = json.dumps(fhir_bundle(assess(patient, LIBRARY), found), allow_nan=False, ensure_ascii=False)

    assert text.encode()
