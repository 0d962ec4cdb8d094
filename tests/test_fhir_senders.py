"""FHIR in as record systems send it: contained resources, versions, odd dates, codes and patients."""

from __future__ import annotations

from typing import Any

import pytest

from escalate.fhir.gather import gather
from escalate.fhir.model import Understood, Use
from escalate.fhir.read import read_bundle, read_patients
from escalate.problems import PatientRefused
from tests.fhir_bundles import (
    ATC,
    INTERPRETATION,
    LIBRARY,
    LOINC,
    OWN,
    SNOMED,
    SUBJECT,
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
from tests.helpers_fhir import CK, ECHO, GOOD, LVEF, TODAY, ck, patient, understood


def lvef(value: float, day: str | None = "2026-10-01", **more: Any) -> Resource:
    """An ejection fraction; `more` replaces what it has."""
    return {**observation(LVEF, day, valueQuantity=quantity(value, "%")), **more}  # type: ignore[arg-type]


def value_of(found: Understood, field: str = ECHO) -> list[str]:
    return [fact.told.text for fact in found.facts if fact.field == field]


def whole_record(*resources: Resource) -> Understood:
    return read_bundle(bundle(*resources), LIBRARY, today=TODAY)


OLD = lvef(62, "2025-01-01")


# -- contained resources -----------------------------------------------------------------------


def report(*inside: Resource, **more: Any) -> Resource:
    return {
        "resourceType": "DiagnosticReport", "status": "final", "subject": SUBJECT,
        "contained": list(inside), **more,
    }  # fmt: skip


def test_a_result_inside_its_report_is_read() -> None:
    """It is an entry of its own in the mapping report, and newer than the one that stands alone."""
    found = understood(OLD, report(lvef(30)))

    assert value_of(found) == ["30 %"]
    assert [entry.path for entry in found.entries if entry.use is Use.USED] == [
        "entry[2].resource.contained[0]"
    ]


@pytest.mark.parametrize("subject", [None, {"reference": "#p"}, {"reference": "#"}])
def test_a_contained_result_that_does_not_say_whose_it_is_takes_the_older_one_away(
    subject: Resource | None,
) -> None:
    """It may be this patient's; a patient inside the report is known to nobody."""
    found = understood(OLD, report(lvef(30, subject=subject), {"resourceType": "Patient", "id": "p"}))

    assert value_of(found) == []
    assert found.unsettled == (ECHO,)


def test_a_contained_result_among_several_patients_goes_to_that_of_its_report() -> None:
    """It does not say whose it is, and takes the older value of that patient away, of no other one."""
    other = {"reference": "Patient/other"}
    unclear = report(lvef(30, subject=None))
    record = bundle(person(), person(id="other"), OLD, {**OLD, "subject": other}, unclear)
    both = read_patients(gather(record, "b", {}), LIBRARY, today=TODAY, name="b", sha256="0" * 64)

    assert [value_of(one) for one in both] == [[], ["62 %"]]


def test_a_contained_result_of_somebody_else_takes_nothing_away() -> None:
    """By its own subject, or by that of its report."""
    other = {"reference": "Patient/other"}
    mine = report(lvef(30, subject=other))
    his = report(lvef(30, subject=None), subject=other)

    assert value_of(understood(OLD, mine)) == ["62 %"]
    assert value_of(understood(OLD, his)) == ["62 %"]


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_a_contained_result_of_a_void_report_is_none(status: str) -> None:
    """It holds no longer than its holder, and the entry says so."""
    found = understood(OLD, report(lvef(30), status=status))

    assert value_of(found) == ["62 %"]
    assert status in found.entries[-1].reason


def test_two_contained_results_of_one_id_are_two() -> None:
    """An id inside a resource means nothing outside of it."""
    found = understood(
        report(lvef(62, id="r")), report(observation(CK, id="r", valueQuantity=quantity(900, "U/L")))
    )

    assert {fact.field for fact in found.facts} >= {ECHO, "muscle.ck_u_per_l"}


def test_a_contained_order_is_seen() -> None:
    """It counts among the medication resources, and its own medication lies beside it."""
    drug = {"resourceType": "Medication", "id": "m", "code": concept(ATC, "L01FA01")}
    inside = {
        "resourceType": "MedicationRequest", "id": "r", "status": "active", "intent": "order",
        "subject": SUBJECT, "medicationReference": {"reference": "#m"}, "authoredOn": "2026-09-01",
    }  # fmt: skip
    dispensed = {"resourceType": "MedicationDispense", "contained": [inside, drug], "subject": SUBJECT}

    assert [line[0].told.text for line in understood(dispensed).lines] == ["rituximab"]
    assert understood(statement("L04AX03"), dispensed, whole(1)).whole_history is False


def test_patients_inside_resources_are_not_one_patient() -> None:
    """`#p` of two resources may be two people."""
    results = [
        {**one, "subject": {"reference": "#p"}, "contained": [{"resourceType": "Patient", "id": "p"}]}
        for one in (GOOD, ck(100, "2026-05-01"))
    ]
    with pytest.raises(PatientRefused) as refusal:
        whole_record(*results)

    assert [problem.code for problem in refusal.value.problems] == ["no-patient"]


@pytest.mark.parametrize("reference", ["Device/1", "https://x.example/fhir/Group/1", "Location/case"])
def test_what_is_of_a_device_or_a_group_is_of_no_patient(reference: str) -> None:
    """A room has no muscle enzymes."""
    with pytest.raises(PatientRefused) as refusal:
        whole_record({**GOOD, "subject": {"reference": reference}})

    assert [problem.code for problem in refusal.value.problems] == ["no-patient"]
    assert value_of(understood(OLD, {**lvef(30), "subject": {"reference": reference}})) == ["62 %"]


# -- versions -----------------------------------------------------------------------------------


def versioned(number: str, one: Resource) -> Resource:
    return {**one, "id": "a", "meta": {"versionId": number}}


@pytest.mark.parametrize("turned", [False, True])
def test_a_later_version_replaces_the_earlier_one(turned: bool) -> None:
    """Also where the correction moved the examination to an earlier day."""
    pair = [versioned("9", lvef(62)), versioned("10", lvef(30, "2026-03-01", status="corrected"))]
    found = understood(*(reversed(pair) if turned else pair))

    assert value_of(found) == ["30 %"]
    assert "a later version" in " ".join(entry.reason for entry in found.entries)


def test_a_later_version_that_is_not_final_ends_the_earlier_one() -> None:
    """The result was taken back to preliminary: there is none that stands."""
    found = understood(versioned("1", lvef(62)), versioned("2", lvef(30, status="preliminary")))

    assert found.unsettled == (ECHO,)


@pytest.mark.parametrize("meta", [None, {"versionId": "1"}, {"versionId": "b"}, {"lastUpdated": "2026"}])
def test_versions_without_an_order_that_differ_are_not_read(meta: Resource | None) -> None:
    """Neither the newer day nor the place in the Bundle says which of them holds."""
    pair = [{**one, "id": "a", "meta": meta} for one in (lvef(62, "2026-09-01"), lvef(30, "2026-03-01"))]
    found = understood(*pair)

    assert found.unsettled == (ECHO,)
    assert [entry.use for entry in found.entries[1:]] == [Use.REJECTED, Use.REJECTED]


def test_a_statement_that_was_updated_is_one_line() -> None:
    """Active in the first version, completed in the second: it is over."""
    pair = [versioned("1", statement("L01FA01")), versioned("2", statement("L01FA01", "completed"))]

    assert [line.status for line in patient(*pair, whole(2)).therapies or ()] == ["past"]


def test_the_same_resource_twice_is_one() -> None:
    """A statement that came twice is no second trial of the drug."""
    twice = [statement("L01FA01", "completed", id="a")] * 2

    assert len(patient(*[dict(one) for one in twice], whole(2)).therapies or ()) == 1


def test_thousands_of_versions_are_no_work() -> None:
    """Nobody compares each with each; none of them is read."""
    found = understood(*(lvef(30 + number % 30, id="a") for number in range(3000)))

    assert found.unsettled == (ECHO,)


# -- when -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "when",
    [
        {"effectiveDateTime": "01.03.2021"},
        {"effectiveDateTime": "2021-03-01 08:00"},
        {"effectiveTiming": {"event": ["2021-03-01"]}},
        {"effectivePeriod": {"start": "?"}},
        {"effectivePeriod": {}},
    ],
)
def test_a_day_that_cannot_be_read_is_not_the_day_of_the_report(when: Resource) -> None:
    """The examination may be years older than the paper that was issued."""
    found = understood(observation(LVEF, None, issued="2026-10-01T10:00:00Z",  # type: ignore[arg-type]
                                   valueQuantity=quantity(62, "%"), **when))  # fmt: skip

    assert [fact.field for fact in found.facts] == [ECHO]
    assert "when it was observed cannot be read" in found.entries[-1].reason


# -- what a value is ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        {"interpretation": [concept(INTERPRETATION, ">")]},
        {"interpretation": [concept(INTERPRETATION, "H"), concept("http://hl7.org/fhir/v2/0078", "<")]},
        {"interpretation": [concept(INTERPRETATION, "QCF")]},
        {"valueString": "not assessable"},
        {"meta": {"tag": [{"code": "SUBSETTED"}]}},
        {"meta": {"security": [{"code": "REDACTED"}]}},
    ],
)
def test_a_number_that_something_takes_back_is_not_read(more: Resource) -> None:
    """Off the scale, quality control failed, two values, a part of the resource alone."""
    found = understood(OLD, lvef(62, **more))

    assert found.unsettled == (ECHO,)
    assert found.entries[-1].use is Use.REJECTED


def test_a_bound_may_say_that_it_is_off_the_scale() -> None:
    """The comparator says the same."""
    one = observation("89579-7", valueQuantity=quantity(3, "ng/L", comparator="<"))
    value = patient(one | {"interpretation": [concept(INTERPRETATION, "<")]})

    assert value.values["heart.troponin_i.ng_per_l"].high == 3


def test_a_component_is_read_only_where_its_modifiers_are_understood() -> None:
    """They may stand in each part."""
    part = {"code": concept(LOINC, "19872-1"), "valueQuantity": quantity(68, "%")}
    one = observation("19868-9", component=[part | {"modifierExtension": [{"url": "x"}]}])

    assert understood(one).unsettled == ("lung.fvc_percent_predicted",)


@pytest.mark.parametrize("system", [None, "urn:oid:2.16.840.1.113883.6.1", "http://hospital.example/lab"])
def test_a_loinc_code_that_is_not_said_to_be_one_takes_the_older_value_away(system: str | None) -> None:
    """It is not read as LOINC, and what it replaces is not read as the newest."""
    coding = {"code": LVEF} | ({"system": system} if system else {})
    found = understood(OLD, lvef(30, code={"coding": [coding]}))

    assert found.unsettled == (ECHO,)
    assert "is not said to be of LOINC" in found.entries[-1].reason


def test_a_code_of_another_form_takes_nothing_away() -> None:
    """A local number that no table of LOINC knows is a local number."""
    local = {"coding": [{"system": "http://hospital.example/lab", "code": "4711"}], "text": "LVEF"}

    assert value_of(understood(OLD, lvef(30, code=local))) == ["62 %"]


def test_an_antibody_under_a_code_without_its_system_is_not_the_rna() -> None:
    """A later one that is not read leaves open what it says."""
    antibody = interpreted("16128-1", "NEG", day="2026-10-05") | {"code": {"coding": [{"code": "16128-1"}]}}

    assert understood(interpreted("11011-4", "NEG"), antibody).unsettled == ("infection.hcv_rna",)


# -- the patient --------------------------------------------------------------------------------


def test_two_entries_of_one_patient_that_differ_leave_it_open() -> None:
    """Age and sex are those of nobody then; the report names both entries."""
    found = whole_record(
        person(gender="female", birthDate="1970-01-01"), person(gender="male", birthDate="2012-01-01")
    )

    assert found.unsettled == ("demographics.age_years", "demographics.sex")


def test_a_patient_that_stands_there_twice_is_one() -> None:
    """Nothing differs."""
    found = whole_record(*[person(gender="female", birthDate="1970-01-01")] * 2)

    assert value_of(found, "demographics.age_years") == ["56"]


def test_a_later_version_of_the_patient_holds() -> None:
    """A corrected date of birth."""
    pair = [versioned("1", person(birthDate="2012-01-01")), versioned("2", person(birthDate="1970-01-01"))]
    found = whole_record(*[{**one, "id": "case"} for one in pair])

    assert value_of(found, "demographics.age_years") == ["56"]


@pytest.mark.parametrize("gender", ["Female", "weiblich", 3, ["female"]])
def test_a_gender_that_is_none_of_fhirs_is_said(gender: Any) -> None:
    """It is not taken for nothing."""
    found = whole_record(person(gender=gender, birthDate="1970-01-01"))

    assert found.unsettled == ("demographics.sex",)
    assert "gender" in found.entries[0].reason


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"active": False}, "no longer in use"),
        ({"link": [{"type": "replaced-by", "other": {"reference": "Patient/2"}}]}, "replaced by Patient/2"),
        ({"active": True, "link": [{"type": "seealso", "other": {"reference": "Patient/2"}}]}, ""),
    ],
)
def test_a_record_that_is_no_longer_the_patients_is_noted(more: Resource, said: str) -> None:
    """The newest results may stand in the other one."""
    found = whole_record(person(**more))

    assert [said in note for note in found.notes] == ([True] if said else [])


# -- shapes -------------------------------------------------------------------------------------


def test_a_single_entry_that_is_no_list_is_an_entry() -> None:
    """Some converters from XML write one entry without its list."""
    results = {"resourceType": "Bundle", "type": "searchset", "entry": {"resource": GOOD}}
    found = read_bundle({"patient": person(), "results": results}, LIBRARY, today=TODAY)

    assert value_of(found) == ["62 %"]


@pytest.mark.parametrize("entry", ["x", 5, True])
def test_entries_that_are_none_are_rejected(entry: Any) -> None:
    """They are not taken for nothing."""
    results = {"resourceType": "Bundle", "type": "searchset", "entry": entry}
    found = read_bundle({"patient": person(), "results": results}, LIBRARY, today=TODAY)

    assert found.entries[-1].use is Use.REJECTED


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_the_words_of_a_void_report_are_not_shown(status: str) -> None:
    """It holds for nobody."""
    entry = understood(report(conclusion="Normal heart", status=status)).entries[-1]

    assert (entry.shown, status in entry.reason) == ("", True)


@pytest.mark.parametrize("status", ["preliminary", "registered", "partial"])
def test_the_words_of_a_report_that_is_not_final_say_so(status: str) -> None:
    """The board sees the words, and that they may change."""
    entry = understood(report(conclusion="Normal heart", status=status)).entries[-1]

    assert (entry.shown, status in entry.reason) == ("Normal heart", True)


@pytest.mark.parametrize("status", ["provisional", "differential", "unconfirmed"])
def test_a_hint_says_that_the_diagnosis_is_not_confirmed(status: str) -> None:
    """It is a hint all the same."""
    verification = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
    one = {
        "resourceType": "Condition", "subject": SUBJECT, "code": concept(SNOMED, "396230008"),
        "verificationStatus": concept(verification, status),
    }  # fmt: skip

    assert [status in hint.because for hint in understood(one).hints] == [True]


# -- many ---------------------------------------------------------------------------------------


def test_ten_thousand_entries_are_read() -> None:
    """Each of them stands in the report, and the newest wins."""
    many = [ck(100 + n, f"20{10 + n % 16}-0{1 + n % 9}-1{n % 10}") for n in range(10_000)]
    found = understood(*many, GOOD, observation("labs.igg_g_per_l", system=OWN, valueQuantity=quantity(9)))

    assert len(found.entries) == 10_003
    assert value_of(found) == ["62 %"]
