"""FHIR in: what of each resource is read, what is not and why; nothing is guessed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from escalate.fhir.model import Understood, Use
from escalate.fhir.read import read_bundle
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused
from tests.fhir_bundles import (
    ATC,
    INTERPRETATION,
    LIBRARY,
    LOINC,
    OWN,
    SNOMED,
    SUBJECT,
    UCUM,
    Resource,
    bundle,
    concept,
    interpreted,
    observation,
    person,
    quantity,
    statement,
    whole,
)
from tests.helpers_fhir import CK, ECHO, GOOD, TODAY, ck, only, patient, understood

# -- Observation: status, codes, units ------------------------------------------------------------


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_a_result_that_stands_is_read(status: str) -> None:
    """Final, amended and corrected results are facts."""
    found = patient(observation(CK, valueQuantity=quantity(900, "U/L"), status=status))

    assert found.value("muscle.ck_u_per_l") == 900


@pytest.mark.parametrize("status", ["registered", "preliminary", "cancelled", "entered-in-error", "unknown"])
def test_a_result_that_does_not_stand_is_ignored(status: str) -> None:
    """The report says which status it has."""
    use, reason = only(observation(CK, valueQuantity=quantity(900, "U/L"), status=status))

    assert use is Use.IGNORED
    assert status in reason


@pytest.mark.parametrize("status", [None, "weird", 3, ["final"]])
def test_a_result_without_a_status_is_rejected(status: Any) -> None:
    """FHIR's status is needed: a draft must not pass for a result."""
    use, _reason = only(observation(CK, valueQuantity=quantity(900, "U/L"), status=status))

    assert use is Use.REJECTED


@pytest.mark.parametrize(
    ("code", "value", "unit", "field", "expected"),
    [
        (CK, 900, "U/L", "muscle.ck_u_per_l", "900"),
        ("1988-5", 1.2, "mg/dL", "labs.crp_mg_per_l", "12"),
        ("2160-0", 1.5, "mg/dL", "labs.creatinine_umol_per_l", "132.6"),
        ("14682-9", 90, "umol/L", "labs.creatinine_umol_per_l", "90"),
        ("2465-3", 1050, "mg/dL", "labs.igg_g_per_l", "10.5"),
        ("718-7", 135, "g/L", "labs.haemoglobin_g_per_dl", "13.5"),
        ("731-0", 800, "/uL", "labs.lymphocytes_per_nl", "0.8"),
        ("731-0", 0.8, "10*3/uL", "labs.lymphocytes_per_nl", "0.8"),
        ("731-0", 0.8, "10*9/L", "labs.lymphocytes_per_nl", "0.8"),
        ("8116-6", 12, "{cells}/uL", "labs.cd19_b_cells_per_nl", "0.012"),
        ("89579-7", 0.04, "ng/mL", "heart.troponin_i.ng_per_l", "40"),
        ("62238-1", 64, "mL/min/{1.73_m2}", "labs.egfr_ml_per_min", "64"),
        ("93369-7", 480, "[arb'U]/mL", "labs.kl6_u_per_ml", "480"),
        ("19872-1", 0.72, "1", "lung.fvc_percent_predicted", "72"),
        ("19872-1", 72, "%", "lung.fvc_percent_predicted", "72"),
        ("29463-7", 70.5, "kg", "demographics.weight_kg", "70.5"),
        ("42595-9", 2000, "[IU]/mL", "infection.hbv_dna_iu_per_ml", "2000"),
    ],
)
def test_a_value_is_read_in_the_unit_of_its_ucum_code(
    code: str, value: float, unit: str, field: str, expected: str
) -> None:
    """Unit variations of one value give the same fact, exactly."""
    found = patient(observation(code, valueQuantity=quantity(value, unit)))

    assert found.value(field) == Decimal(expected)


@pytest.mark.parametrize(
    ("code", "given"),
    [
        (CK, quantity(900, "ukat/L")),
        (CK, quantity(900)),
        (CK, {"value": 900, "unit": "U/L"}),
        (CK, {"value": 900, "code": "U/L", "system": "http://example.org/units"}),
        ("33763-4", quantity(100, "pmol/L")),
        ("8117-4", quantity(12, "%")),
        ("19872-1", quantity(72, "1")),
        ("2160-0", quantity(90, "umol/L")),
        ("42595-9", quantity(300, "{copies}/mL")),
        (CK, {"value": 900, "unit": "mval"}),
    ],
)
def test_an_unknown_unit_is_not_guessed(code: str, given: Resource) -> None:
    """Such a value fills no field, and the entry says so."""
    found = understood(observation(code, valueQuantity=given))

    assert [fact.field for fact in found.facts] == []
    assert found.entries[-1].use is not Use.USED


@pytest.mark.parametrize(("unit", "expected"), [("G/l", "2.5"), ("Gpt/l", "2.5"), ("/nl", "2.5")])
def test_the_free_text_units_of_german_laboratories_are_read(unit: str, expected: str) -> None:
    """Three spellings of one unit, and no others, are read without a code."""
    found = patient(observation("731-0", valueQuantity={"value": 2.5, "unit": unit}))

    assert found.value("labs.lymphocytes_per_nl") == Decimal(expected)


@pytest.mark.parametrize(
    ("code", "value", "unit", "shown", "read"),
    [
        ("1988-5", 12, "mg/L", "mg/dL", False),
        ("1988-5", 12, "mg/L", "mg/dl", False),
        ("1988-5", 12, "mg/L", "mg/l", True),
        ("1988-5", 12, "mg/L", "milligrams per litre", True),
        ("2276-4", 900, "ug/L", "ng/ml", True),
        ("2276-4", 900, "ng/mL", "µg/L", True),
        ("33762-6", 900, "ng/L", "pg/ml", True),
        ("33762-6", 900, "pg/mL", "ng/ml", False),
        ("731-0", 1.2, "10*3/uL", "G/l", True),
        ("731-0", 800, "/uL", "/nl", False),
        ("2160-0", 90, "mg/dL", "µmol/l", False),
        ("19872-1", 0.72, "1", "%", False),
    ],
)
def test_a_unit_that_is_shown_as_another_one_is_not_read(
    code: str, value: float, unit: str, shown: str, read: bool
) -> None:
    """One of the two is a mistake; spellings of one amount are none."""
    found = understood(observation(code, valueQuantity=quantity(value, unit) | {"unit": shown}))

    assert bool(found.facts) is read
    assert ("which differ" in found.entries[-1].reason) is not read


def test_any_coding_of_a_code_may_be_the_known_one() -> None:
    """A local code beside LOINC does not hide it."""
    code = {
        "coding": [{"system": "http://hospital.example/lab", "code": "CK"}, {"system": LOINC, "code": CK}]
    }

    one = observation(CK, valueQuantity=quantity(900, "U/L")) | {"code": code}

    assert patient(one).value("muscle.ck_u_per_l") == 900


def test_codes_that_name_two_things_are_rejected() -> None:
    """CK and LDH in one code: nobody knows which it is."""
    code = {"coding": [{"system": LOINC, "code": CK}, {"system": LOINC, "code": "2532-0"}]}
    use, reason = only(observation(CK, valueQuantity=quantity(900, "U/L")) | {"code": code})

    assert use is Use.REJECTED
    assert "name different things" in reason


def test_components_are_read_like_the_whole() -> None:
    """FVC in the German core data set: the share of the predicted is a component."""
    one = observation(
        "19868-9",
        component=[
            {"code": concept(LOINC, "19869-7"), "valueQuantity": quantity(3.9, "L")},
            {"code": concept(LOINC, "19872-1"), "valueQuantity": quantity(68, "%")},
        ],
        valueQuantity=quantity(2.6, "L"),
    )
    found = patient(one)

    assert found.value("lung.fvc_percent_predicted") == 68
    assert found.value("lung.function_on") == date(2026, 10, 1)


def test_the_limit_is_that_of_the_same_result() -> None:
    """The upper end of the one reference range for everybody goes with the value."""
    one = observation(CK, valueQuantity=quantity(900, "U/L"), referenceRange=[{"high": quantity(170, "U/L")}])

    assert patient(one).value("muscle.ck_uln_u_per_l") == 170


@pytest.mark.parametrize(
    "ranges",
    [
        [{"high": quantity(170, "U/L"), "appliesTo": [{"text": "men"}]}],
        [{"high": quantity(170, "U/L")}, {"high": quantity(200, "U/L")}],
        [{"high": quantity(3, "ukat/L")}],
        [{"text": "up to 170"}],
    ],
)
def test_a_limit_that_may_be_another_patients_is_left_out(ranges: list[Resource]) -> None:
    """Ranges of a group, several ranges and ranges in another unit give no limit."""
    found = patient(observation(CK, valueQuantity=quantity(900, "U/L"), referenceRange=ranges))

    assert found.value("muscle.ck_uln_u_per_l") is None
    assert found.value("muscle.ck_u_per_l") == 900


@pytest.mark.parametrize(
    ("comparator", "low", "high"), [("<", None, 3), ("<=", None, 3), (">", 3, None), (">=", 3, None)]
)
def test_a_comparator_gives_a_bound(comparator: str, low: int | None, high: int | None) -> None:
    """A value with a comparator is no number: only its bound is known."""
    found = patient(observation("89579-7", valueQuantity=quantity(3, "ng/L", comparator=comparator)))
    value = found.values["heart.troponin_i.ng_per_l"]

    assert (value.value, value.low, value.high) == (None, low, high)


@pytest.mark.parametrize("comparator", ["ad", "~", 3, ["<"], {}])
def test_another_comparator_is_rejected(comparator: Any) -> None:
    """What the comparator means must be known."""
    use, _reason = only(observation(CK, valueQuantity=quantity(3, "U/L", comparator=comparator)))

    assert use is Use.REJECTED


@pytest.mark.parametrize(
    "value",
    [
        "900",
        None,
        True,
        float("nan"),
        float("inf"),
        10**400,
        Decimal("1E+999"),
        Decimal("NaN"),
        [900],
        {},
        -5,
        1e9,
    ],
)
def test_what_is_no_measurement_is_rejected(value: Any) -> None:
    """Text, truth, infinity, and what lies outside the field's range."""
    use, _reason = only(observation(CK, valueQuantity=quantity(value, "U/L")))

    assert use is Use.REJECTED


def test_a_value_that_is_absent_is_named() -> None:
    """`dataAbsentReason` is no value and no fault."""
    absent = concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-performed")
    use, reason = only(observation(CK, dataAbsentReason=absent))

    assert use is Use.IGNORED
    assert "not-performed" in reason


@pytest.mark.parametrize("more", [{"valueQuantity": quantity(900, "U/L")}, {"interpretation": []}])
@pytest.mark.parametrize("why", ["not-performed", "unknown", "error"])
def test_a_value_beside_the_reason_why_there_is_none_is_not_read(more: Resource, why: str) -> None:
    """FHIR allows one of the two: which of them holds is not known."""
    absent = concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", why)
    found = understood(observation(CK, dataAbsentReason=absent, **more))

    assert found.facts == ()
    assert found.entries[-1].use is (Use.REJECTED if "valueQuantity" in more else Use.IGNORED)


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", "completed"])
def test_a_procedure_gives_nothing_and_says_its_status(status: str) -> None:
    """One that was not done is named as such."""
    one = {
        "resourceType": "Procedure", "status": status, "subject": SUBJECT,
        "code": {"text": "Autologous stem-cell transplantation"},
    }  # fmt: skip
    use, reason = only(one)

    assert use is Use.IGNORED
    assert (status in reason) is (status != "completed")


def test_free_text_is_shown_and_never_read() -> None:
    """A number in a text is no number."""
    use, reason = only(observation(CK, valueString="CK 900 U/L"))

    assert use is Use.REJECTED
    assert "CK 900 U/L" in reason


@pytest.mark.parametrize("key", ["modifierExtension", "implicitRules"])
def test_what_changes_the_meaning_is_not_passed_over(key: str) -> None:
    """FHIR forbids to read a resource whose modifiers are not understood."""
    use, reason = only(observation(CK, valueQuantity=quantity(900, "U/L"), **{key: [{"url": "x"}]}))

    assert use is Use.REJECTED
    assert key in reason


def test_an_observation_on_somebody_else_is_rejected() -> None:
    """A fetus or a relative as `focus` is not the patient."""
    use, _reason = only(
        observation(CK, valueQuantity=quantity(900, "U/L"), focus=[{"reference": "RelatedPerson/1"}])
    )

    assert use is Use.REJECTED


# -- results --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"interpretation": [concept(INTERPRETATION, "POS")]}, "positive"),
        ({"interpretation": [concept(INTERPRETATION, "NEG")]}, "negative"),
        ({"valueCodeableConcept": concept(SNOMED, "10828004")}, "positive"),
        (
            {
                "valueQuantity": quantity(0.3, "[IU]/mL"),
                "referenceRange": [{"high": quantity(0.9, "[IU]/mL")}],
            },
            "negative",
        ),
        (
            {"valueQuantity": quantity(4, "[IU]/mL"), "referenceRange": [{"high": quantity(0.9, "[IU]/mL")}]},
            "positive",
        ),
    ],
)
def test_positive_or_negative_comes_from_what_says_so(more: Resource, expected: str) -> None:
    """A code, an interpretation, or a number against the range that came with it."""
    assert patient(observation("16933-4", **more)).value("infection.anti_hbc") == expected


@pytest.mark.parametrize(
    "more",
    [
        {"valueCodeableConcept": concept(SNOMED, "260385009")},  # grade U
        {"valueCodeableConcept": {"text": "negative"}},
        {"valueString": "negative"},
        {"valueQuantity": quantity(0.3, "[IU]/mL")},
        {"valueBoolean": False},
        {
            "valueQuantity": quantity(0.95, "[IU]/mL", comparator="<"),
            "referenceRange": [{"high": quantity(0.9, "[IU]/mL")}],
        },
        {
            "valueCodeableConcept": concept(SNOMED, "10828004"),
            "interpretation": [concept(INTERPRETATION, "NEG")],
        },
    ],
)
def test_what_does_not_say_so_leaves_the_result_unknown(more: Resource) -> None:
    """Unverified codes, free text, a bare number, a bound across the limit, and a contradiction."""
    found = understood(observation("16933-4", **more))

    assert found.facts == ()
    assert found.entries[-1].use is Use.REJECTED


COI = {"low": quantity(1.0, "{COI}"), "high": quantity(3.0, "{COI}")}
ONE = {"valueQuantity": quantity(0.9, "{COI}"), "referenceRange": [{"high": quantity(1.0, "{COI}")}]}


@pytest.mark.parametrize(
    "more",
    [
        # A competitive assay: the lower the number, the more antibody.
        {"valueQuantity": quantity(0.006, "{COI}"), "referenceRange": [COI]},
        {"valueQuantity": quantity(2, "{COI}", comparator="<"), "referenceRange": [COI]},
        {"valueQuantity": quantity(2, "{COI}"), "referenceRange": [COI | {"low": quantity(1.0, "{S_CO}")}]},
        {"valueQuantity": quantity(2, "{COI}"), "referenceRange": [COI | {"low": {"value": "x"}}]},
        {"valueQuantity": quantity(2, "{COI}"), "referenceRange": [COI | {"low": 1.0}]},
        # What is said of the number is not understood.
        ONE | {"interpretation": [concept(INTERPRETATION, "A")]},
        ONE | {"interpretation": [concept(INTERPRETATION, "H")]},
        ONE | {"interpretation": [concept(INTERPRETATION, "RR")]},
        ONE | {"interpretation": [concept(INTERPRETATION, "NEG"), concept(INTERPRETATION, "RR")]},
        ONE | {"interpretation": [{"text": "reactive"}]},
        ONE | {"interpretation": ["reactive"]},
        ONE | {"interpretation": "reactive"},
        {"interpretation": [concept(INTERPRETATION, "NEG"), {"text": "reactive"}]},
    ],
)
def test_a_number_is_negative_only_where_nothing_speaks_against_it(more: Resource) -> None:
    """Below the range, or beside an interpretation that is not understood, it is not read."""
    found = understood(observation("13952-7", **more))

    assert found.facts == ()
    assert found.unsettled == ("infection.anti_hbc",)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (ONE, "negative"),
        ({"valueQuantity": quantity(2, "{COI}"), "referenceRange": [COI]}, "negative"),
        ({"valueQuantity": quantity(4, "{COI}"), "referenceRange": [COI]}, "positive"),
        (
            {
                "valueQuantity": quantity(0.05, "{COI}", comparator="<"),
                "referenceRange": [{"low": quantity(0, "{COI}"), "high": quantity(1.0, "{COI}")}],
            },
            "negative",
        ),
        ({"interpretation": [concept(INTERPRETATION, "POS"), concept(INTERPRETATION, "H")]}, "positive"),
    ],
)
def test_a_number_inside_its_range_is_negative(more: Resource, expected: str) -> None:
    """Above it, it is positive, and so is what a code says so."""
    assert patient(observation("13952-7", **more)).value("infection.anti_hbc") == expected


def test_a_negative_hcv_antibody_counts_as_negative_and_a_positive_one_settles_nothing() -> None:
    """Of a positive antibody the RNA decides."""
    negative = patient(interpreted("16128-1", "NEG")).value("infection.hcv_rna")
    use, _reason = only(interpreted("16128-1", "POS"))

    assert negative == "negative"
    assert use is Use.IGNORED


def test_an_antibody_becomes_an_entry_with_its_titre_in_the_report() -> None:
    """ANA 1:320 with an interpretation is positive; the titre is kept beside it."""
    one = interpreted("5048-4", "POS", valueRatio={"numerator": {"value": 1}, "denominator": {"value": 320}})
    found = understood(one)

    assert [(a.name, a.result) for a in patient(one).antibodies or ()] == [("ANA", "positive")]
    assert "1:320" in found.entries[-1].reason


@pytest.mark.parametrize(
    "value",
    [
        {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 320}}},
        {"valueString": "1:320"},
        {"valueQuantity": {"value": 320, "system": "http://unitsofmeasure.org", "code": "{titer}"}},
    ],
)
def test_a_titre_is_read_in_its_three_forms(value: Resource) -> None:
    """A ratio, a text and a quantity are one titre."""
    assert "1:320" in understood(interpreted("5048-4", "POS", **value)).entries[-1].reason


def test_half_a_target_negative_is_not_the_antibody_negative() -> None:
    """Mi-2 alpha negative says nothing of Mi-2."""
    found = understood(interpreted("82997-8", "NEG"))

    assert found.facts == ()


def test_an_antibody_that_was_not_tested_is_unknown() -> None:
    """No entry, and no panel, is made of silence."""
    found = patient(observation(CK, valueQuantity=quantity(900, "U/L")))

    assert found.antibodies is None
    assert found.antibody_panel is None


# -- whose record it is ---------------------------------------------------------------------------


def test_what_is_of_another_patient_is_rejected() -> None:
    """A result with another subject never becomes this patient's."""
    stray = observation(CK, valueQuantity=quantity(900, "U/L"), subject={"reference": "Patient/other"})
    use, reason = only(stray)

    assert use is Use.REJECTED
    assert "another patient" in reason


def test_what_says_nothing_of_its_subject_is_rejected() -> None:
    """Not even in a Bundle with one patient."""
    use, _reason = only(observation(CK, valueQuantity=quantity(900, "U/L"), subject=None))

    assert use is Use.REJECTED


@pytest.mark.parametrize(
    "reference", ["Patient/case", "https://x.example/fhir/Patient/case", "Patient/case/_history/2"]
)
def test_the_ways_to_refer_to_the_patient(reference: str) -> None:
    """Relative, absolute and versioned references are one."""
    one = observation(CK, valueQuantity=quantity(900, "U/L"), subject={"reference": reference})

    assert patient(one).value("muscle.ck_u_per_l") == 900


HERE, ELSEWHERE = "https://a.example/fhir", "https://b.example/fhir"


def from_servers(patient_url: str, subject: str) -> Understood:
    whole = bundle(person(), {**GOOD, "subject": {"reference": subject}})
    whole["entry"][0]["fullUrl"] = patient_url
    return read_bundle(whole, LIBRARY, today=TODAY)


@pytest.mark.parametrize(
    ("patient_url", "subject", "read"),
    [
        (f"{HERE}/Patient/case", f"{HERE}/Patient/case", True),
        (f"{HERE}/Patient/case", f"{HERE}/Patient/case/_history/2", True),
        (f"{HERE}/Patient/case", "https://A.example/fhir/Patient/case", True),
        (f"{HERE}/Patient/case", "http://a.example/fhir/Patient/case", True),
        (f"{HERE}/Patient/case", "Patient/case", True),
        (f"{HERE}/Patient/case", f"{ELSEWHERE}/Patient/case", False),
        (f"{HERE}/Patient/case", "https://a.example/other/Patient/case", False),
        ("urn:uuid:7", f"{ELSEWHERE}/Patient/case", True),
    ],
)
def test_a_patient_of_the_same_id_on_another_server_is_another(
    patient_url: str, subject: str, read: bool
) -> None:
    """Two absolute addresses are compared as a whole; where one is relative there is nothing to compare."""
    found = from_servers(patient_url, subject)

    assert (ECHO in [fact.field for fact in found.facts]) is read
    assert (found.entries[1].use is Use.REJECTED) is not read


def test_patients_of_the_same_id_on_two_servers_are_two() -> None:
    """With and without their Patient resources."""
    both = bundle(person(), person())
    both["entry"][0]["fullUrl"], both["entry"][1]["fullUrl"] = (
        f"{HERE}/Patient/case",
        f"{ELSEWHERE}/Patient/case",
    )
    subjects = [{**GOOD, "subject": {"reference": f"{base}/Patient/case"}} for base in (HERE, ELSEWHERE)]

    for one in (both, bundle(*subjects)):
        with pytest.raises(PatientRefused) as refusal:
            read_bundle(one, LIBRARY, today=TODAY)
        assert [p.code for p in refusal.value.problems] == ["several-patients"]


def test_two_patients_in_one_bundle_are_refused() -> None:
    """An assessment is of one."""
    with pytest.raises(PatientRefused) as refusal:
        read_bundle(bundle(person(), {**person(), "id": "other"}), LIBRARY, today=TODAY)

    assert [p.code for p in refusal.value.problems] == ["several-patients"]


def test_without_a_patient_resource_the_subjects_must_agree() -> None:
    """A CDS Hooks prefetch need not hold the Patient."""
    found = read_bundle({"ck": ck(900, "2026-05-01"), "nothing": None}, LIBRARY, today=TODAY)

    assert found.reference == "Patient/case"
    assert [fact.field for fact in found.facts] == ["muscle.ck_u_per_l"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ([], "not-fhir"),
        ("x", "not-fhir"),
        (None, "not-fhir"),
        ({}, "not-fhir"),
        ({"resourceType": "Bundle", "type": "history"}, "bundle-type"),
        ({"resourceType": "Bundle"}, "bundle-type"),
        ({"resourceType": "Bundle", "type": "collection"}, "no-patient"),
        ({"resourceType": "Observation"}, "no-patient"),
    ],
)
def test_what_is_no_record_is_refused(value: Any, code: str) -> None:
    """With a stable code."""
    with pytest.raises(PatientRefused) as refusal:
        read_bundle(value, LIBRARY, today=TODAY)

    assert [p.code for p in refusal.value.problems] == [code]


@pytest.mark.parametrize("form", ["collection", "searchset", "transaction"])
def test_the_three_kinds_of_bundle_are_read(form: str) -> None:
    """They differ in what stands beside the resource."""
    found = read_bundle(bundle(person(), ck(900, "2026-05-01"), form=form), LIBRARY, today=TODAY)

    assert len(found.facts) == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"link": [{"relation": "next", "url": "https://x.example?page=2"}]}, "there are further pages"),
        ({"total": 4}, "its `total` is 4, and 3 of its entries are matches"),
        ({"total": 3}, ""),
        ({"total": 2}, ""),
    ],
)
def test_a_search_result_that_is_not_whole_is_noted(more: Resource, said: str) -> None:
    """A newer value may stand on the page that is missing, and the history is not whole."""
    found = read_bundle(
        bundle(person(), statement("L01FA01"), whole(), form="searchset") | more, LIBRARY, today=TODAY
    )

    assert any(said in note for note in found.notes) is bool(said)
    assert found.whole_history is not bool(said)


def test_a_transaction_that_deletes_states_nothing() -> None:
    """What is to be deleted is no fact."""
    whole = bundle(person(), ck(900, "2026-05-01"), form="transaction")
    whole["entry"][1]["request"] = {"method": "DELETE"}

    assert read_bundle(whole, LIBRARY, today=TODAY).facts == ()


# -- Patient and Condition --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("1974-10-12", "52"),
        ("1974-10-13", "51"),
        ("1974", (51, 52)),
        ("1974-10", (51, 52)),
        ("1974-11", "51"),
    ],
)
def test_age_is_counted_to_the_day_of_the_assessment(born: str, age: Any) -> None:
    """A year of birth alone gives the two ages it may be."""
    found = read_bundle(bundle(person(birthDate=born)), LIBRARY, today=TODAY)
    value = read_patient(found.patient_document, LIBRARY, today=TODAY).values["demographics.age_years"]

    assert (value.value or (value.low, value.high)) == (Decimal(age) if isinstance(age, str) else age)


def test_a_diagnosis_is_a_hint_and_no_entity() -> None:
    """No code tells the subtypes."""
    one = {"resourceType": "Condition", "subject": SUBJECT, "code": concept(SNOMED, "396230008")}
    found = understood(one)

    assert [hint.words for hint in found.hints] == [("dermatomyositis",)]
    assert found.facts == ()
    assert "subtype not determined from record" in found.entries[-1].reason


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_a_diagnosis_that_was_refuted_hints_at_nothing(status: str) -> None:
    """Its verificationStatus is asked first."""
    one = {
        "resourceType": "Condition", "subject": SUBJECT, "code": concept(SNOMED, "396230008"),
        "verificationStatus": concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", status),
    }  # fmt: skip

    assert understood(one).hints == ()


def test_a_conclusion_is_shown_and_not_read() -> None:
    """Free text goes to the board."""
    one = {
        "resourceType": "DiagnosticReport",
        "subject": SUBJECT,
        "conclusion": "LVEF 30 %, severely reduced",
    }
    found = understood(one)

    assert found.facts == ()
    assert found.entries[-1].shown == "LVEF 30 %, severely reduced"


# -- the project's own codes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("muscle.mmt8", {"valueQuantity": {"value": 120}}, Decimal(120)),
        ("muscle.mmt8", {"valueInteger": 120}, Decimal(120)),
        ("lung.ild", {"valueBoolean": True}, True),
        ("diagnosis.entity", {"valueCodeableConcept": concept(OWN, "dermatomyositis")}, "dermatomyositis"),
        ("infection.sars_cov_2_last_on", {"valueDateTime": "2026-02-03"}, date(2026, 2, 3)),
        ("skin.signs", {"valueCodeableConcept": concept(OWN, "none")}, frozenset()),
    ],
)
def test_an_own_code_states_a_field_by_its_name(field: str, value: Resource, expected: object) -> None:
    """For what has no published code."""
    assert patient(observation(field, system=OWN, **value)).value(field) == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("muscle.mmt9", {"valueInteger": 120}),
        ("muscle.mmt8", {"valueString": "120"}),
        ("lung.ild", {"valueInteger": 1}),
        ("lung.ild", {"valueString": "yes"}),
        ("diagnosis.entity", {"valueCodeableConcept": {"text": "dermatomyositis"}}),
        ("diagnosis.entity", {"valueCodeableConcept": concept(OWN, "dermatitis")}),
        ("note", {"valueString": "ignore the rules"}),
        ("id", {"valueString": "other"}),
        ("assessed_on", {"valueDateTime": "2020-01-01"}),
        ("therapies[].drug", {"valueString": "MTX"}),
        ("therapies", {"valueBoolean": True}),
        ("muscle.ck_u_per_l", {"valueQuantity": {"value": 5}}),
    ],
)
def test_an_own_code_takes_its_own_type_alone(field: str, value: Resource) -> None:
    """Everything else is rejected with the reason."""
    use, _reason = only(observation(field, system=OWN, **value))

    assert use is Use.REJECTED


@pytest.mark.parametrize(
    "value",
    [
        {"coding": [{"system": ATC, "code": "L01FX24"}]},
        {"text": "teclistamab"},
        {"coding": [{"system": OWN, "code": "none"}, {"system": ATC, "code": "L01FX24"}]},
        {"coding": [{"system": OWN, "code": "none"}, {"code": "L01FX24"}]},
        {"coding": [{"system": OWN, "code": "none"}, {"system": OWN, "code": "rituximab"}]},
        {"coding": [{"system": OWN, "code": "none"}, {"display": "teclistamab"}]},
        {"coding": [{"system": OWN, "code": "none"}, "teclistamab"]},
        {"coding": [{"system": OWN}]},
        {"coding": []},
        {},
        [],
        "none",
    ],
)
def test_a_list_in_other_words_is_not_an_empty_one(value: Any) -> None:
    """`[]` says that nothing was found; only the project's own `none`, alone, says so."""
    found = understood(observation("comorbidities.allergies", system=OWN, valueCodeableConcept=value))

    assert found.facts == ()
    assert found.entries[-1].use is Use.REJECTED
    assert found.unsettled == ("comorbidities.allergies",)


def test_a_list_in_the_projects_words_is_read() -> None:
    """Every one of them, and `none` alone as the empty list."""

    def told(*words: str) -> object:
        codes = {"coding": [{"system": OWN, "code": word} for word in words]}
        one = observation("comorbidities.glucocorticoid_risk", system=OWN, valueCodeableConcept=codes)
        return patient(one).value("comorbidities.glucocorticoid_risk")

    assert told("none") == frozenset()
    assert told("glaucoma") == frozenset({"glaucoma"})


@pytest.mark.parametrize("code", ["{mg/dL}", "{score}"])
@pytest.mark.parametrize("system", ["", UCUM])
def test_a_unit_in_braces_is_not_the_unit_of_the_field(code: str, system: str) -> None:
    """An annotation of UCUM carries no dimension: 640 {mg/dL} is not 640 g/L."""
    given = {"value": 6.4, "unit": "mg/dL", "code": code, "system": system}

    assert only(observation("labs.igg_g_per_l", system=OWN, valueQuantity=given))[0] is Use.REJECTED


def test_every_entry_is_in_the_report_once() -> None:
    """Used, ignored or rejected, with the reason; kinds that are not read among them."""
    found = understood(
        ck(900, "2026-05-01"), {"resourceType": "Encounter", "id": "e"}, {"id": "x"}, statement("X99XX99")
    )

    uses = [str(entry.use) for entry in found.entries]
    assert uses == ["ignored", "used", "ignored", "rejected", "rejected"]
    assert all(entry.reason for entry in found.entries)
