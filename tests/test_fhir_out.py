"""FHIR out: valid for R4 by two validators, every code in its value set, the same bytes every time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import fhirkit
import pytest
from click.testing import CliRunner
from fhir.resources.R4B.bundle import Bundle
from fhir_bundles import LIBRARY, LOINC, TERMS, bundle, observation, quantity, resources_of

from escalate import assess, load_knowledge
from escalate.assessment import Assessment
from escalate.commands import cli
from escalate.fhir.model import Understood
from escalate.fhir.read import read_bundle
from escalate.files.json_text import dumps
from escalate.files.patient_file import load_patient, patient_of
from escalate.options.verdict import Verdict
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused
from escalate.report.fhir import fhir_bundle, fhir_bundle_of, operation_outcome

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted(
    [*(ROOT / "examples").glob("*.yaml"), *(ROOT / "examples" / "series").glob("patient-0[1-5].yaml")]
)
DAY = date(2026, 10, 12)
Resource = dict[str, Any]

_DRAFTS = "draft active on-hold revoked completed entered-in-error unknown"
_INTENTS = "proposal plan directive order original-order reflex-order filler-order instance-order option"
# The R4 value sets that are required, as far as a report uses them.
REQUIRED = {
    ("Bundle", "type"): "document message transaction transaction-response batch batch-response history "
    "searchset collection",
    ("GuidanceResponse", "status"): "success data-requested data-required in-progress failure "
    "entered-in-error",
    ("RequestGroup", "status"): _DRAFTS,
    ("RequestGroup", "intent"): _INTENTS,
    (
        "MedicationRequest",
        "status",
    ): "active on-hold cancelled completed entered-in-error stopped draft unknown",
    ("MedicationRequest", "intent"): _INTENTS.replace("directive ", ""),
    ("ServiceRequest", "status"): _DRAFTS,
    ("ServiceRequest", "intent"): _INTENTS,
    ("DetectedIssue", "status"): "registered preliminary final amended corrected cancelled entered-in-error "
    "unknown",
    ("DetectedIssue", "severity"): "high moderate low",
}
ACTION = {
    "groupingBehavior": "visual-group logical-group sentence-group",
    "selectionBehavior": "any all all-or-none exactly-one at-most-one one-or-more",
}
ARTIFACT = "documentation justification citation predecessor successor derived-from depends-on composed-of"
ISSUE_SEVERITY = {"fatal", "error", "warning", "information"}
ISSUE_TYPE = (
    "invalid structure required value invariant security login unknown expired forbidden suppressed "
    "processing not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension "
    "too-costly business-rule conflict transient lock-error no-store exception timeout incomplete throttled "
    "informational"
)
ENTITY_ROLE = {"derivation", "revision", "quotation", "source", "removal"}


def assessed(path: Path) -> Assessment:
    return assess(load_patient(path, LIBRARY, today=DAY), LIBRARY)


@pytest.fixture(scope="module")
def bundles() -> dict[str, Resource]:
    """The report of each example, of a record of which a part could not be read, and one in German."""
    found = {path.stem: fhir_bundle(assessed(path)) for path in EXAMPLES}
    assessment, understood = from_record()
    found["record"] = fhir_bundle(assessment, understood)
    german = load_knowledge(language="de")
    found["german"] = fhir_bundle(assess(load_patient(EXAMPLES[0], german, today=DAY), german))
    return found


def from_record() -> tuple[Assessment, Understood]:
    """A record with one value in a unit that is not read, and an LVEF that closes an option."""
    patient = load_patient(ROOT / "examples" / "refractory-antisynthetase.yaml", LIBRARY)
    lvef_codes = set(TERMS.loinc_of("heart.echo.lvef_percent"))
    resources = [
        one
        for one in resources_of(patient)
        if not lvef_codes & {c["code"] for c in one.get("code", {}).get("coding", ())}
    ]
    lvef = observation("10230-1", "2026-10-05", id="lvef", valueQuantity=quantity(30, "%"))
    odd = observation("2276-4", id="odd", valueQuantity=quantity(3, "g/dL"))
    understood = read_bundle(bundle(*resources, lvef, odd), LIBRARY, today=DAY)
    return assess(read_patient(understood.patient_document, LIBRARY, today=DAY), LIBRARY), understood


def walk(value: Any) -> Iterator[Resource]:
    """Every object inside a value."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


def of(whole: Resource, kind: str) -> list[Resource]:
    return [e["resource"] for e in whole["entry"] if e["resource"]["resourceType"] == kind]


def test_the_first_validator_takes_every_report(bundles) -> None:
    """fhir.resources, R4B models: cardinality, types, unknown elements."""
    for whole in bundles.values():
        assert Bundle.model_validate_json(json.dumps(whole)).type == "collection"


def test_the_second_validator_takes_every_report(bundles) -> None:
    """fhirkit: the R4 definitions."""
    for name, whole in bundles.items():
        assert [(name, issue.path, issue.message) for issue in fhirkit.validate(json.dumps(whole))] == []


def test_both_validators_would_notice() -> None:
    """A validator that takes everything proves nothing."""
    wrong = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"resourceType": "GuidanceResponse"}}],
    }

    assert fhirkit.validate(json.dumps(wrong))
    with pytest.raises(ValueError, match="status"):
        Bundle.model_validate_json(json.dumps(wrong))


def test_every_code_is_in_its_value_set(bundles) -> None:
    """What the validators do not look at: the required value sets."""
    for whole in bundles.values():
        for one in walk(whole):
            for (kind, key), codes in REQUIRED.items():
                if one.get("resourceType") == kind and key in one:
                    assert one[key] in codes.split()
            for key, codes in ACTION.items():
                assert one.get(key) is None or one[key] in codes.split()
            assert all(d["type"] in ARTIFACT.split() for d in one.get("documentation", ()))
            if one.get("resourceType") == "OperationOutcome":
                assert {i["severity"] for i in one["issue"]} <= ISSUE_SEVERITY
                assert {i["code"] for i in one["issue"]} <= set(ISSUE_TYPE.split())
            if one.get("resourceType") == "Provenance":
                assert {e["role"] for e in one["entity"]} <= ENTITY_ROLE


def test_invariants_hold(bundles) -> None:
    """rqg-1: a resource or actions; bdl-7: full URLs once; dom-3: what is contained is referred to."""
    for whole in bundles.values():
        urls = [entry["fullUrl"] for entry in whole["entry"]]
        assert len(urls) == len(set(urls))
        for one in walk(whole):
            if "selectionBehavior" in one or "textEquivalent" in one:
                assert ("resource" in one) != ("action" in one)
            inside = {f"#{c['id']}" for c in one.get("contained", ())}
            assert inside <= {r["reference"] for r in walk(one) if "reference" in r}
            assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", one.get("id", "x"))
            assert all(value not in ("", [], {}, None) for value in one.values())


def test_references_inside_the_bundle_lead_somewhere(bundles) -> None:
    """A `urn:uuid:` is the full URL of an entry."""
    for whole in bundles.values():
        urls = {entry["fullUrl"] for entry in whole["entry"]}
        told = {one["reference"] for one in walk(whole) if str(one.get("reference")).startswith("urn:uuid:")}
        assert told <= urls


def test_the_request_group_holds_the_open_options_and_no_other() -> None:
    """Drafts with the intent `proposal`, of which at most one is taken."""
    assessment = assessed(ROOT / "examples" / "refractory-antisynthetase.yaml")
    group = of(fhir_bundle(assessment), "RequestGroup")[0]
    actions = group["action"][0]["action"]
    open_ = [
        option.therapy.name
        for option in assessment.proposal.options
        if option.verdict in (Verdict.PROPOSE, Verdict.CAUTION, Verdict.CAUTION_HIGH)
    ]

    assert [action["title"] for action in actions] == open_
    assert group["action"][0]["selectionBehavior"] == "at-most-one"
    assert {(c["status"], c["intent"]) for c in group["contained"]} == {("draft", "proposal")}


def test_each_exclusion_is_an_issue_with_the_entry_it_stands_on() -> None:
    """An LVEF of 30 % closes teclistamab; the evidence refers to the Observation."""
    assessment, understood = from_record()
    option = assessment.option("teclistamab")
    issues = of(fhir_bundle(assessment, understood), "DetectedIssue")
    mine = [i for i in issues if {"reference": "#teclistamab"} in i.get("implicated", ())]
    details = [d["reference"] for i in mine for e in i["evidence"] for d in e.get("detail", ())]

    assert option.verdict is Verdict.EXCLUDED
    assert len(mine) == len(option.excluded_by) + len(option.deferred_by)  # type: ignore[union-attr]
    assert "Observation/lvef" in details
    assert "high" in {i["severity"] for i in mine}


def test_what_is_missing_is_a_data_requirement_by_its_codes() -> None:
    """LVEF by LOINC and by the project's own code; status `data-required`."""
    text = (ROOT / "examples" / "refractory-antisynthetase.yaml").read_text(encoding="utf-8")
    patient = patient_of(text.replace("lvef_percent: 62, ", "").encode(), "x.yaml", LIBRARY)
    response = of(fhir_bundle(assess(patient, LIBRARY)), "GuidanceResponse")[0]
    codes = {
        (c["system"] == LOINC, c["code"])
        for need in response["dataRequirement"]
        for f in need.get("codeFilter", ())
        for c in f["code"]
    }

    assert response["status"] == "data-required"
    assert {(True, "10230-1"), (False, "heart.echo.lvef_percent")} <= codes


def test_provenance_names_the_digests_of_input_and_knowledge() -> None:
    """SHA-256 of both, and every other resource as target."""
    assessment = assessed(EXAMPLES[0])
    whole = fhir_bundle(assessment)
    one = of(whole, "Provenance")[0]
    digests = [entity["what"]["identifier"]["value"] for entity in one["entity"]]

    assert digests == [assessment.patient.sha256, LIBRARY.digest.removeprefix("sha256:")]
    assert len(one["target"]) == len(whole["entry"]) - 1


def test_the_same_input_gives_the_same_bytes_and_another_one_other_ids() -> None:
    """Ids follow from the digests; no clock is asked."""
    first, again = (dumps(fhir_bundle(assessed(EXAMPLES[0]))) for _ in range(2))
    other = fhir_bundle(assessed(EXAMPLES[1]))

    assert first == again
    assert not {e["fullUrl"] for e in other["entry"]} & {e["fullUrl"] for e in json.loads(first)["entry"]}


def test_what_could_not_be_read_is_an_outcome_of_the_guidance(bundles) -> None:
    """The entry and the reason, as a warning."""
    outcome = of(bundles["record"], "OperationOutcome")[0]

    assert any("Observation/odd" in issue["diagnostics"] for issue in outcome["issue"])
    assert of(bundles["record"], "GuidanceResponse")[0]["evaluationMessage"]


def test_a_patient_file_is_referred_to_by_its_pseudonym_and_a_record_by_its_reference(bundles) -> None:
    """Nothing else about the person leaves."""
    assert of(bundles["record"], "GuidanceResponse")[0]["subject"]["reference"] == "Patient/case"
    assert "identifier" in of(bundles["mda5-emergency"], "GuidanceResponse")[0]["subject"]


def test_a_refused_input_is_an_operation_outcome_for_whoever_sent_it() -> None:
    """Valid by both validators, each problem with its code and place."""
    with pytest.raises(PatientRefused) as refusal:
        patient_of(
            b"schema: escalate/patient/v1\nid: x\nmuscle: {ck_u_per_l: '> 3', mmt9: 1}\n", "p.yaml", LIBRARY
        )
    outcome = operation_outcome(refusal.value.problems)

    assert fhirkit.validate(json.dumps(outcome)) == []
    assert {i["code"] for i in outcome["issue"]} <= set(ISSUE_TYPE.split())
    assert outcome["issue"][0]["location"][0].startswith("p.yaml:3:")


def test_several_patients_are_bundles_in_one_bundle() -> None:
    """Valid like each of them."""
    done = CliRunner().invoke(
        cli, ["assess", *map(str, EXAMPLES[:2]), "--format", "fhir"], standalone_mode=False
    )
    whole = json.loads(done.stdout)

    assert fhirkit.validate(done.stdout) == []
    assert [e["resource"]["resourceType"] for e in whole["entry"]] == ["Bundle", "Bundle"]
    assert fhir_bundle_of([])["entry"] == []
