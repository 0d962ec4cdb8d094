"""CDS Hooks, order-select: which drug a selected order is for, whose it is, and what is not judged."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.fhir_bundles import ATC, TERMS, bundle, concept, person
from tests.helpers_cds import SELECT, draft, example, ordered, without

TECLISTAMAB, RITUXIMAB, ASPIRIN, IVIG = "L01FX24", "L01FA01", "B01AC06", "J06BA02"
EXCLUDED = "Teclistamab is excluded: "
ICD = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


@pytest.fixture(scope="module")
def patient() -> list[dict[str, Any]]:
    """With an LVEF of 38 %, at which teclistamab is excluded."""
    found = copy.deepcopy(example())
    for one in found:
        if any(code in str(one.get("code")) for code in TERMS.loinc_of("heart.echo.lvef_percent")):
            one["valueQuantity"]["value"] = 38
    return found


def coded(*codings: tuple[str, str], text: str = "Tecvayli") -> dict[str, Any]:
    """A draft order with these codings."""
    order = draft(TECLISTAMAB)
    order["medicationCodeableConcept"] = {
        "coding": [{"system": system, "code": code} for system, code in codings],
        "text": text,
    }
    return order


def referring(reference: str) -> dict[str, Any]:
    """A draft order that refers to its medication."""
    order = draft(TECLISTAMAB)
    del order["medicationCodeableConcept"]
    return order | {"medicationReference": {"reference": reference}}


def said(service: TestClient, body: dict[str, Any]) -> list[tuple[str, str]]:
    """Indicator and summary of each card."""
    answer = service.post(SELECT, json=body)
    assert answer.status_code == 200, answer.text
    return [(card["indicator"], card["summary"]) for card in answer.json()["cards"]]


def refused(service: TestClient, body: dict[str, Any]) -> str:
    """Why a call is none of this service."""
    answer = service.post(SELECT, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong-call")
    return str(answer.json()["detail"])


# -- which drug ---------------------------------------------------------------------------------


def test_a_code_in_lower_case_is_the_code(service: TestClient, patient: list[dict[str, Any]]):
    """As in a medication of the record."""
    ((indicator, summary),) = said(service, ordered(patient, coded((ATC, "l01fx24"))))

    assert (indicator, summary[: len(EXCLUDED)]) == ("warning", EXCLUDED)


@pytest.mark.parametrize(
    "reference",
    ["Medication/drug", "https://ehr.example.org/fhir/Medication/drug", "urn:uuid:0b1d5a5e-drug"],
)
def test_a_medication_among_the_drafts_is_found(
    service: TestClient, patient: list[dict[str, Any]], reference: str
):
    """By its id or by the address of its entry."""
    body = ordered(patient, referring(reference))
    medication = {"resourceType": "Medication", "id": "drug", "code": concept(ATC, TECLISTAMAB)}
    full = reference if ":" in reference else "https://ehr.example.org/fhir/Medication/drug"
    body["context"]["draftOrders"]["entry"].append({"fullUrl": full, "resource": medication})
    ((_indicator, summary),) = said(service, body)

    assert summary.startswith(EXCLUDED)


def test_a_contained_medication_is_found(service: TestClient, patient: list[dict[str, Any]]):
    """Within the order itself."""
    order = referring("#drug")
    order["contained"] = [{"resourceType": "Medication", "id": "drug", "code": concept(ATC, TECLISTAMAB)}]
    ((_indicator, summary),) = said(service, ordered(patient, order))

    assert summary.startswith(EXCLUDED)


@pytest.mark.parametrize("reference", ["Medication/elsewhere", "#nothing", "urn:uuid:none"])
def test_a_medication_that_was_not_sent_is_named(
    service: TestClient, patient: list[dict[str, Any]], reference: str
):
    """An order whose drug is not known is not passed over in silence."""
    ((indicator, summary),) = said(service, ordered(patient, referring(reference)))

    assert indicator == "info"
    assert summary == "Not judged: MedicationRequest/order-1; the medication that it refers to was not sent"


@pytest.mark.parametrize("codings", [((RXNORM, "2619520"),), (), ((ATC, "L01FX"),)])
def test_a_drug_without_a_code_that_is_read_is_named(
    service: TestClient, patient: list[dict[str, Any]], codings: tuple[tuple[str, str], ...]
):
    """Another code system, words alone, a whole group: silence would be `nothing stands against it`."""
    ((indicator, summary),) = said(service, ordered(patient, coded(*codings)))

    assert indicator == "info"
    assert summary == "Not judged: Tecvayli; its order holds no ATC code of a drug"


@pytest.mark.parametrize("other", [IVIG, RITUXIMAB, ASPIRIN])
@pytest.mark.parametrize("turned", [False, True])
def test_an_order_of_two_drugs_is_not_judged_by_the_first(
    service: TestClient, patient: list[dict[str, Any]], other: str, turned: bool
):
    """Whichever of them stands first."""
    codes = [(ATC, TECLISTAMAB), (ATC, other)]
    ((indicator, summary),) = said(service, ordered(patient, coded(*(codes[::-1] if turned else codes))))

    assert indicator == "info"
    assert summary.startswith("Not judged: Tecvayli; its codes name several drugs: ")
    assert {TECLISTAMAB, other} <= set(summary.replace(",", "").split())


def test_two_codes_of_one_drug_are_one_drug(service: TestClient, patient: list[dict[str, Any]]):
    """The drug, its group, and a code of another system beside it."""
    codes = ((ATC, "L01FX"), (RXNORM, "2619520"), (ATC, TECLISTAMAB), (ATC, TECLISTAMAB.lower()))
    ((_indicator, summary),) = said(service, ordered(patient, coded(*codes)))

    assert summary.startswith(EXCLUDED)


def test_a_drug_of_another_field_gets_no_card(service: TestClient, patient: list[dict[str, Any]]):
    """Its code says in full that it is none of the therapies that are assessed here."""
    assert said(service, ordered(patient, draft(ASPIRIN))) == []


def test_an_order_that_is_no_medication_gets_no_card(service: TestClient, patient: list[dict[str, Any]]):
    """A request for a service is no drug."""
    order = {"resourceType": "ServiceRequest", "id": "order-1", "subject": {"reference": "Patient/case"}}

    assert said(service, ordered(patient, order)) == []


def test_an_order_not_to_give_a_drug_gets_no_card(service: TestClient, patient: list[dict[str, Any]]):
    """Nothing stands against not giving it, whatever its code is; the order beside it is judged."""
    orders = [
        draft(TECLISTAMAB) | {"doNotPerform": True},
        coded((RXNORM, "2619520")) | {"id": "order-2", "doNotPerform": True},
        draft(TECLISTAMAB, "order-3") | {"doNotPerform": False},
    ]
    service_order = {
        "resourceType": "ServiceRequest", "id": "order-4", "doNotPerform": True, "status": "draft",
        "intent": "order", "subject": {"reference": "Patient/case"}, "code": concept(ATC, TECLISTAMAB),
    }  # fmt: skip
    answer = service.post(SELECT, json=ordered(patient, *orders, service_order)).json()

    (card,) = answer["cards"]
    assert card["summary"].startswith(EXCLUDED)
    assert card["suggestions"][0]["actions"][0]["resourceId"] == "MedicationRequest/order-3"


@pytest.mark.parametrize("told", ["true", "false", 1, [True]])
def test_an_order_that_does_not_say_whether_to_give_is_named(
    service: TestClient, patient: list[dict[str, Any]], told: object
):
    """Of another type than FHIR's it is neither an order to give nor one not to."""
    ((indicator, summary),) = said(service, ordered(patient, draft(TECLISTAMAB) | {"doNotPerform": told}))

    assert indicator == "info"
    assert summary == "Not judged: Teclistamab; it has doNotPerform, which changes what it means"


def test_what_changes_the_meaning_of_an_order_is_named(service: TestClient, patient: list[dict[str, Any]]):
    """A modifier extension is not understood, so nothing is said of the order but that."""
    order = draft(TECLISTAMAB) | {"modifierExtension": [{"url": "https://ehr.example.org/not-this-one"}]}
    ((indicator, summary),) = said(service, ordered(patient, order))

    assert indicator == "info"
    assert summary.startswith("Not judged: Teclistamab; it has modifierExtension")


# -- which patient ------------------------------------------------------------------------------


def test_a_myositis_without_its_subtype_is_said(service: TestClient, patient: list[dict[str, Any]]):
    """A diagnosis code and no entity: the selected drug is named, a drug of another field is not."""
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "subject": {"reference": "Patient/case"},
        "code": concept(ICD, "M33.1"),
    }
    record = [*without(patient, "diagnosis.entity"), condition]
    found = said(service, ordered(record, draft(TECLISTAMAB), draft(ASPIRIN, "order-2")))

    assert found == [
        ("info", "Not judged: Teclistamab; which myositis is recorded is not clear from the codes")
    ]


def test_nobody_without_myositis_is_told_so(service: TestClient):
    """An order for somebody else's patient stays without a card, whatever its code is."""
    orders = [coded((RXNORM, "2619520")), referring("Medication/elsewhere") | {"id": "order-2"}]

    assert said(service, ordered([person()], *orders)) == []


def test_a_patient_outside_the_scope_is_said(service: TestClient, patient: list[dict[str, Any]]):
    """A child with myositis is not assessed, and the order of a drug says so."""
    record = [*without(patient, "demographics.age_years")]
    record[0] = record[0] | {"birthDate": "2015-01-01"}
    ((indicator, summary),) = said(service, ordered(record, draft(TECLISTAMAB)))

    assert indicator == "info"
    assert summary.startswith("Not judged: Teclistamab; ")


@pytest.mark.parametrize(
    ("told", "day"), [({"deceasedBoolean": True}, ""), ({"deceasedDateTime": "2026-10-01"}, " (2026-10-01)")]
)
def test_a_death_is_said_before_the_orders(
    service: TestClient, patient: list[dict[str, Any]], told: dict[str, Any], day: str
):
    """Also where nothing stands against the drug, and where it is not judged."""
    record = [{**patient[0], **told}, *patient[1:]]
    first = ("warning", f"The record says that the patient has died{day}")
    excluded = said(service, ordered(record, draft(TECLISTAMAB)))

    assert excluded[0] == first
    assert excluded[1][1].startswith(EXCLUDED)
    assert said(service, ordered(record, draft(IVIG))) == [first]
    assert said(service, ordered(record, coded((RXNORM, "1"))))[0] == first
    assert said(service, ordered(record, draft(ASPIRIN))) == []


def test_nothing_is_said_of_a_death_that_the_record_does_not_state(
    service: TestClient, patient: list[dict[str, Any]]
):
    """`deceasedBoolean: false` is a patient who lives."""
    record = [{**patient[0], "deceasedBoolean": False}, *patient[1:]]

    assert said(service, ordered(record, draft(IVIG))) == said(service, ordered(patient, draft(IVIG)))


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/somebody-else"},
        {"reference": "https://ehr.example.org/fhir/Patient/somebody-else"},
        {"reference": "https://another.example.org/fhir/Patient/case"},
        {"reference": "Group/case"},
    ],
)
def test_an_order_for_somebody_else_is_refused(
    service: TestClient, patient: list[dict[str, Any]], subject: dict[str, str]
):
    """It is not judged with the data of the patient in context."""
    body = ordered(patient, draft(TECLISTAMAB) | {"subject": subject})
    body["fhirServer"] = "https://ehr.example.org/fhir/"

    assert "is not of the patient of the context" in refused(service, body)


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "https://ehr.example.org/fhir/Patient/case"},
        {"reference": "https://ehr.example.org/fhir/Patient/case/_history/3"},
        {"reference": "Patient/case"},
        {"identifier": {"system": "https://ehr.example.org/id", "value": "7"}},
    ],
)
def test_an_order_for_the_patient_is_judged(
    service: TestClient, patient: list[dict[str, Any]], subject: dict[str, Any]
):
    """By a whole address of the client's server, a relative one, or an identifier of the patient."""
    record = copy.deepcopy(patient)
    record[0]["identifier"] = [{"system": "https://ehr.example.org/id", "value": "7"}]
    body = ordered(record, draft(TECLISTAMAB) | {"subject": subject})
    body["fhirServer"] = "https://ehr.example.org/fhir"
    ((_indicator, summary),) = said(service, body)

    assert summary.startswith(EXCLUDED)


@pytest.mark.parametrize("subject", [None, {}, {"reference": "#p"}, {"identifier": {"value": "8"}}])
def test_an_order_of_which_nobody_says_whose_it_is_is_named(
    service: TestClient, patient: list[dict[str, Any]], subject: object
):
    """It may be somebody else's."""
    order = {key: value for key, value in draft(TECLISTAMAB).items() if key != "subject"}
    body = ordered(patient, order if subject is None else order | {"subject": subject})

    assert said(service, body) == [
        ("info", "Not judged: Teclistamab; its order does not say that it is of this patient")
    ]


# -- which order --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "selection",
    [
        "MedicationRequest/order-9",
        "order-9",
        "https://ehr.example.org/fhir/MedicationRequest/order-9",
        "https://another.example.org/fhir/MedicationRequest/order-1",
        "NutritionOrder/order-1",
    ],
)
def test_a_selection_without_a_draft_is_refused(
    service: TestClient, patient: list[dict[str, Any]], selection: str
):
    """Nothing is known of the order, so nothing may look as if nothing stood against it."""
    body = ordered(patient, draft(TECLISTAMAB), selections=[selection])
    body["context"]["draftOrders"]["entry"][0]["fullUrl"] = (
        "https://ehr.example.org/fhir/MedicationRequest/order-1"
    )

    assert "names no draft order" in refused(service, body)


@pytest.mark.parametrize("with_address", [True, False])
@pytest.mark.parametrize(
    "selection",
    ["MedicationRequest/order-1", "order-1", "https://ehr.example.org/fhir/MedicationRequest/order-1"],
)
def test_a_selection_may_be_an_address(
    service: TestClient, patient: list[dict[str, Any]], selection: str, with_address: bool
):
    """The id, the relative reference, or the whole address."""
    body = ordered(patient, draft(TECLISTAMAB), selections=[selection, "MedicationRequest/order-1"])
    if with_address:
        full = "https://ehr.example.org/fhir/MedicationRequest/order-1"
        body["context"]["draftOrders"]["entry"][0]["fullUrl"] = full
    ((_indicator, summary),) = said(service, body)

    assert summary.startswith(EXCLUDED)


def test_a_selection_of_two_drafts_is_refused(service: TestClient, patient: list[dict[str, Any]]):
    """Which of them is selected is not known."""
    body = ordered(patient, draft(RITUXIMAB), draft(TECLISTAMAB), selections=["MedicationRequest/order-1"])

    assert "names several draft orders" in refused(service, body)


def test_a_single_order_is_no_bundle(service: TestClient, patient: list[dict[str, Any]]):
    """The drafts come as a Bundle."""
    body = ordered(patient, draft(TECLISTAMAB))
    body["context"]["draftOrders"] = draft(TECLISTAMAB)

    assert "draftOrders" in refused(service, body)


def test_the_card_that_takes_an_order_back_names_it(service: TestClient, patient: list[dict[str, Any]]):
    """By type and id, however it was selected; the same for a draft that has an address alone."""
    body = ordered(patient, draft(TECLISTAMAB), selections=["order-1"])
    (card,) = service.post(SELECT, json=body).json()["cards"]

    assert card["suggestions"][0]["actions"][0]["resourceId"] == "MedicationRequest/order-1"


def test_a_text_of_the_order_is_no_markup(service: TestClient, patient: list[dict[str, Any]]):
    """What a stranger wrote is shown as it was written, within the limit of a summary."""
    body = ordered(patient, coded((RXNORM, "1"), text="[a](http://b) " * 40))
    (card,) = service.post(SELECT, json=body).json()["cards"]

    assert len(card["summary"]) < 140
    assert "](http" not in card["detail"]


def test_nothing_empty_is_sent(service: TestClient, patient: list[dict[str, Any]]):
    """An order without anything in it gets a card that has no empty member."""
    order = {"resourceType": "MedicationRequest", "id": "order-1", "subject": {"reference": "Patient/case"}}
    answer = service.post(SELECT, json=ordered(patient, order)).json()

    assert answer["cards"][0]["summary"].startswith("Not judged: MedicationRequest/order-1; ")
    assert bundle()["entry"] == []
    assert all(value not in (None, "", [], {}) for value in answer["cards"][0].values())
