"""FHIR in: drugs by ATC as lines of therapy, and when they are the whole history."""

from __future__ import annotations

from typing import Any

import pytest

from escalate.fhir.model import Use
from escalate.fhir.read import read_bundle
from tests.fhir_bundles import (
    ATC,
    LIBRARY,
    SUBJECT,
    TERMS,
    Resource,
    bundle,
    concept,
    person,
    quantity,
    statement,
    whole,
)
from tests.helpers_fhir import TODAY, only, patient, understood


def test_the_history_is_read_only_where_the_record_says_that_it_is_whole() -> None:
    """A medication list of a hospital is rarely the history, and a list of therapies is all of it."""
    line = statement("L01FA01", "completed", effectivePeriod={"start": "2024-01-01", "end": "2024-06-30"})

    assert patient(line).therapies is None
    assert [t.drug for t in patient(line, whole()).therapies or ()] == ["rituximab"]


def test_a_history_of_which_a_resource_got_lost_is_not_whole() -> None:
    """The record says of how many resources it consists."""
    found = understood(statement("L01FA01", "completed"), whole(2))

    assert found.whole_history is False
    assert "it says 2" in found.notes[0]


def test_a_count_of_the_history_of_a_later_day_is_not_used() -> None:
    """On the day of the assessment nobody had said it."""
    count = whole() | {"effectiveDateTime": "2026-10-13"}

    assert only(statement("L01FA01"), count) == (Use.REJECTED, "it is dated after the day of the assessment")
    assert understood(statement("L01FA01"), count).whole_history is False


def test_one_drug_that_is_not_recognised_leaves_the_history_unknown() -> None:
    """It might have been the rituximab of last month."""
    unknown = statement("X99XX99")
    found = understood(statement("L01FA01", "completed"), unknown, whole(2))

    assert found.whole_history is False
    assert "entry[2]" in found.notes[0]


@pytest.mark.parametrize(
    ("code", "drug"),
    [
        ("L04AL01", "efgartigimod"), ("L04AA58", "efgartigimod"), ("L04AA29", "tofacitinib"),
        ("L04AF01", "tofacitinib"), ("L01XC02", "rituximab"), ("L04AA13", "leflunomide"),
        ("L04AX03", "methotrexate"), ("L01BA01", "methotrexate"), ("l04ax03", "methotrexate"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("system", sorted(TERMS.atc))
def test_atc_codes_of_every_edition_are_one_drug(code: str, drug: str, system: str) -> None:
    """Old codes are normalised; the German systems are the same code."""
    one = statement(code, "active", medicationCodeableConcept=concept(system, code))

    assert [line[0].told.text for line in understood(one).lines] == [drug]


@pytest.mark.parametrize("code", ["D11AH01", "S01XA18", "D11AH09"])
def test_skin_and_eye_products_are_other_drugs(code: str) -> None:
    """Tacrolimus ointment is no line of therapy."""
    assert understood(statement(code)).lines == ()


def test_a_medication_may_be_contained_or_stand_in_the_bundle() -> None:
    """References are followed, and one that leads nowhere is named."""
    drug = {"resourceType": "Medication", "id": "m1", "code": concept(ATC, "L01FA01")}
    inside = statement(
        "", medicationCodeableConcept=None, medicationReference={"reference": "#m1"}, contained=[drug]
    )
    beside = statement("", medicationCodeableConcept=None, medicationReference={"reference": "Medication/m1"})

    assert len(understood(inside).lines) == 1
    assert len(understood(drug, beside).lines) == 1
    assert "not in the input" in only(beside)[1]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("active", "ongoing"),
        ("completed", "past"),
        ("stopped", "past"),
        ("intended", "planned"),
        ("on-hold", None),
    ],
)
def test_the_status_of_a_statement_is_that_of_the_line(status: str, expected: str | None) -> None:
    """What is on hold is neither running nor over."""
    lines = patient(statement("L04AX03", status), whole()).therapies or ()

    assert [line.status for line in lines] == [expected]


@pytest.mark.parametrize("status", ["entered-in-error", "not-taken"])
def test_what_was_not_taken_is_no_line(status: str) -> None:
    """It is understood, and leaves the history whole."""
    assert patient(statement("L04AX03", status), whole()).therapies == ()


NOT_GIVEN = [
    {"resourceType": "MedicationStatement", "status": "not-taken"},
    {"resourceType": "MedicationAdministration", "status": "not-done"},
    {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "doNotPerform": True},
    {"resourceType": "MedicationRequest", "status": "completed", "intent": "order", "doNotPerform": True},
    {"resourceType": "MedicationRequest", "status": "cancelled", "intent": "order"},
]


@pytest.mark.parametrize("code", ["L01FA01", "C10AA05", "M04AA01"])
@pytest.mark.parametrize("more", NOT_GIVEN)
def test_what_is_not_to_be_given_was_not_given(more: Resource, code: str) -> None:
    """No line, no statin, no co-medication; it is understood, and the history stays whole."""
    one = {**more, "subject": SUBJECT, "medicationCodeableConcept": concept(ATC, code)}
    found = patient(one, whole())

    assert found.therapies == ()
    assert found.value("diagnosis.statin_exposure") is None
    assert not found.value("comorbidities.co_medication")
    assert only(one)[0] is Use.IGNORED


@pytest.mark.parametrize("told", ["true", "false", 1, 0, [True], {}])
def test_an_order_that_says_in_another_type_whether_to_give_is_not_understood(told: Any) -> None:
    """Neither given nor not: the history is not whole."""
    one = order("completed", "2026-05-01", doNotPerform=told)

    assert only(one)[0] is Use.REJECTED
    assert understood(one, whole()).whole_history is False


def test_an_order_that_is_to_be_performed_is_one() -> None:
    """`doNotPerform: false` says what its absence says."""
    assert len(understood(order("completed", "2026-05-01", doNotPerform=False)).lines) == 1


def test_order_and_infusion_join_the_statement_of_their_drug() -> None:
    """One line, with the day of its last dose."""
    line = statement("L01FA01", "active", effectivePeriod={"start": "2026-01-10"})
    order = {
        "resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": SUBJECT,
        "medicationCodeableConcept": concept(ATC, "L01FA01"), "authoredOn": "2026-07-01",
    }  # fmt: skip
    given = {
        "resourceType": "MedicationAdministration", "status": "completed", "subject": SUBJECT,
        "medicationCodeableConcept": concept(ATC, "L01FA01"), "effectiveDateTime": "2026-07-15",
    }  # fmt: skip
    lines = patient(line, order, given, whole(3)).therapies or ()

    assert [(t.drug, t.status, str(t.last_dose_on)) for t in lines] == [
        ("rituximab", "ongoing", "2026-07-15")
    ]


def test_an_active_order_after_a_past_statement_is_a_line_of_its_own() -> None:
    """It is being given again: the past line must not hide that."""
    line = statement("L01FA01", "completed", effectivePeriod={"start": "2020-01-10", "end": "2021-01-10"})
    order = {
        "resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": SUBJECT,
        "medicationCodeableConcept": concept(ATC, "L01FA01"), "authoredOn": "2026-07-01",
    }  # fmt: skip

    assert [t.status for t in patient(line, order, whole(2)).therapies or ()] == ["past", "ongoing"]


@pytest.mark.parametrize(
    "more",
    [
        {"resourceType": "MedicationStatement", "status": "active", "taken": "n"},
        {"resourceType": "MedicationStatement", "status": "completed", "wasNotTaken": True},
        {"resourceType": "MedicationAdministration", "status": "completed", "notGiven": True},
    ],
)
def test_an_older_edition_of_fhir_may_say_that_it_was_not_given(more: Resource) -> None:
    """In a key that R4 has not: it is no line, and the history is not whole."""
    one = {**more, "subject": SUBJECT, "medicationCodeableConcept": concept(ATC, "L01FA01")}
    found = understood(one, whole())

    assert (found.lines, found.whole_history) == ((), False)


@pytest.mark.parametrize("status", ["active", "completed"])
def test_what_begins_after_the_assessment_is_no_line(status: str) -> None:
    """Neither a statement nor a dose; what is planned may."""
    given = {
        "resourceType": "MedicationAdministration", "status": "completed", "subject": SUBJECT,
        "medicationCodeableConcept": concept(ATC, "L01FA01"), "effectiveDateTime": "2026-11-01",
    }  # fmt: skip
    later = {"effectivePeriod": {"start": "2027-01-01"}}

    assert only(statement("L01FA01", status, **later))[0] is Use.REJECTED
    assert only(given)[0] is Use.REJECTED
    assert len(understood(statement("L01FA01", "intended", **later)).lines) == 1


def test_what_is_said_to_run_and_has_ended_has_no_status() -> None:
    """Nobody closed the order: whether the drug is still taken is not known, nor when it ended."""
    one = statement("C10AA05", effectivePeriod={"start": "2019-01-01", "end": "2020-01-01"})
    old = statement("L04AX03", effectivePeriod={"start": "2019-01-01", "end": "2020-01-01"})
    line = (patient(old, whole()).therapies or ())[0]

    assert (line.status, str(line.started_on), line.stopped_on) == (None, "2019-01-01", None)
    assert patient(one).value("diagnosis.statin_exposure") is None
    assert "whether it is still given is not known" in only(old)[1]


@pytest.mark.parametrize("status", ["completed", "stopped", "on-hold"])
def test_an_end_after_the_assessment_is_not_the_day_it_ended(status: str) -> None:
    """Completed before its time, or looked at as of a day on which it was still given."""
    line = statement("L04AX03", status, effectivePeriod={"start": "2026-01-01", "end": "2027-01-01"})

    assert told_lines(line) == [(None, "2026-01-01", "", "")]


def test_a_dose_that_runs_beyond_the_assessment_began_before_it() -> None:
    """Its last day is none of a record of today."""
    given = {
        "resourceType": "MedicationAdministration", "status": "in-progress", "subject": SUBJECT,
        "medicationCodeableConcept": concept(ATC, "L01FA01"),
        "effectivePeriod": {"start": "2026-10-12", "end": "2026-10-14"},
    }  # fmt: skip

    assert told_lines(given) == [(None, "", "", "2026-10-12")]


def test_an_order_that_is_one_option_of_several_is_no_order() -> None:
    """It waits for somebody to choose."""
    assert [line[0] for line in told_lines(order("active", "2026-01-01", intent="option"))] == ["planned"]


def test_a_medication_that_was_entered_in_error_names_no_drug() -> None:
    """Which one was meant is not known."""
    drug = {"resourceType": "Medication", "id": "m", "code": concept(ATC, "L01FA01")}
    drug["status"] = "entered-in-error"
    pointing = statement(
        "", medicationCodeableConcept=None, medicationReference={"reference": "Medication/m"}
    )

    assert understood(drug, pointing).lines == ()
    assert only(drug, pointing)[0] is Use.REJECTED


@pytest.mark.parametrize(
    "dose",
    [
        quantity(15, "mg", comparator="<"),
        quantity(-15, "mg"),
        quantity(0, "mg"),
        quantity(15, "mg") | {"unit": "µg"},
        quantity(15, "mg") | {"system": "http://snomed.info/sct"},
        {"value": 6, "unit": "TAB", "code": "TAB"},
        quantity(2, "g/kg"),
    ],
)
def test_a_dose_of_another_kind_is_not_read_and_named(dose: Resource) -> None:
    """The line stays, without it, and the report shows how the dosage is written."""
    timing = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}}
    dosage = [{"text": "as before", "timing": timing, "doseAndRate": [{"doseQuantity": dose}]}]
    one = statement("L04AX03", dosage=dosage)

    assert (patient(one, whole()).therapies or ())[0].dose is None
    assert "its dosage is not one that is read: as before" in only(one)[1]


@pytest.mark.parametrize(("code", "read"), [("B01AC06", False), ("L04AX", True), ("L01BA01", True)])
def test_a_second_code_of_another_drug_leaves_the_drug_open(code: str, read: bool) -> None:
    """Listed here or not; its group, and another code of the same drug, say nothing more."""
    codes = {"coding": [{"system": ATC, "code": "L04AX03"}, {"system": ATC, "code": code}]}

    assert bool(understood(statement("", medicationCodeableConcept=codes)).lines) is read


def test_a_dosage_with_a_modifier_gives_no_dose() -> None:
    """It may say `do not exceed`, or anything else."""
    timing = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}}
    dosage = {"timing": timing, "doseAndRate": [{"doseQuantity": quantity(15, "mg")}]}
    odd = statement("L04AX03", dosage=[dosage | {"modifierExtension": [{"url": "x"}]}])

    assert (patient(statement("L04AX03", dosage=[dosage]), whole()).therapies or ())[0].dose == "15 mg/week"
    assert (patient(odd, whole()).therapies or ())[0].dose is None


@pytest.mark.parametrize("reference", ["Medication/m", "https://b.example/fhir/Medication/m"])
def test_a_medication_that_stands_there_twice_is_not_guessed(reference: str) -> None:
    """Two servers with one id: by its whole address it is one of them."""
    drugs = [
        {"resourceType": "Medication", "id": "m", "code": concept(ATC, code)}
        for code in ("L01FA01", "L04AX03")
    ]
    pointing = statement("", medicationCodeableConcept=None, medicationReference={"reference": reference})
    record = bundle(person(), *drugs, pointing)
    record["entry"][1]["fullUrl"] = "https://a.example/fhir/Medication/m"
    record["entry"][2]["fullUrl"] = "https://b.example/fhir/Medication/m"
    lines = read_bundle(record, LIBRARY, today=TODAY).lines

    assert [line[0].told.text for line in lines] == (["methotrexate"] if ":" in reference else [])


def order(status: str, day: str, code: str = "L01FA01", **more: Any) -> Resource:
    return {
        "resourceType": "MedicationRequest", "status": status, "intent": "order", "subject": SUBJECT,
        "medicationCodeableConcept": concept(ATC, code), "authoredOn": day, **more,
    }  # fmt: skip


def bounded(start: str, end: str) -> Resource:
    return {"dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"start": start, "end": end}}}}]}


def extended(**parts: str) -> Resource:
    inner = [{"url": name, "valueDate": day} for name, day in parts.items()]
    return {"extension": [{"url": TERMS.therapy_extension, "extension": inner}]}


def told_lines(*resources: Resource) -> list[tuple[str | None, str, str, str]]:
    """Status, start, end and last dose of each line."""
    found = patient(*resources, whole(len(resources))).therapies or ()
    return [
        (t.status, *(str(day or "") for day in (t.started_on, t.stopped_on, t.last_dose_on))) for t in found
    ]


@pytest.mark.parametrize("status", ["completed", "stopped"])
@pytest.mark.parametrize(
    "old",
    [
        {"effectivePeriod": {"start": "2019-01-10", "end": "2019-03-01"}},
        {"effectivePeriod": {"start": "2019-01-10"}} | extended(stopped_on="2019-03-01"),
        {"effectivePeriod": {"start": "2019-01-10"}} | extended(last_dose_on="2019-03-01"),
        extended(started_on="2019-01-10", stopped_on="2019-03-01"),
        {"effectivePeriod": {"start": "2019-01-10"}},
        {"effectivePeriod": {"end": "2019-03-01"}},
        {},
    ],
)
def test_a_later_course_by_order_is_a_line_of_its_own(old: Resource, status: str) -> None:
    """Of neither is it certain that it belongs to the old line: its start must not get lost."""
    found = told_lines(statement("L01FA01", "completed", **old), order(status, "2026-09-20"))

    assert len(found) == 2
    assert found[1][:2] == ("past", "2026-09-20")


def test_two_orders_years_apart_are_two_lines() -> None:
    """Neither says when it ended."""
    assert [
        line[1] for line in told_lines(order("completed", "2019-01-10"), order("completed", "2026-09-10"))
    ] == [
        "2019-01-10",
        "2026-09-10",
    ]
    assert len(told_lines(order("active", "2019-01-10"), order("active", "2026-09-10"))) == 2


def test_an_order_inside_a_past_line_joins_it_and_its_later_end_is_kept() -> None:
    """Both intervals are known and overlap: the drug was given until the later of the two ends."""
    line = statement("L01FA01", "completed", effectivePeriod={"start": "2026-01-10", "end": "2026-06-30"})
    inside = order("completed", "2026-05-01", **bounded("2026-05-01", "2026-08-31"))

    assert told_lines(line, inside) == [("past", "2026-01-10", "2026-08-31", "")]


def test_an_order_that_ended_does_not_end_the_line_that_runs() -> None:
    """A single prescription of a drug that is still taken."""
    line = statement("L01FA01", "active", effectivePeriod={"start": "2026-01-10"})
    inside = order("completed", "2026-05-01", **bounded("2026-05-01", "2026-05-31"))

    assert told_lines(line, inside) == [("ongoing", "2026-01-10", "", "")]


def test_months_that_may_not_overlap_are_two_lines() -> None:
    """A line that ended in June, and an order of June."""
    line = statement("L01FA01", "completed", effectivePeriod={"start": "2026-01", "end": "2026-06"})

    assert len(told_lines(line, order("completed", "2026-06-20", **bounded("2026-06-20", "2026-07-31")))) == 2


def test_an_infusion_after_the_end_of_a_line_is_a_line_of_its_own() -> None:
    """By the dates of the extension as by those of the resource."""
    given = {
        "resourceType": "MedicationAdministration", "status": "completed", "subject": SUBJECT,
        "medicationCodeableConcept": concept(ATC, "L01FA01"), "effectiveDateTime": "2026-09-15",
    }  # fmt: skip
    old = statement("L01FA01", "completed", **extended(started_on="2019-01-10", last_dose_on="2019-03-01"))

    assert [line[3] for line in told_lines(old, given)] == ["2019-03-01", "2026-09-15"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"effectivePeriod": {"start": "2023", "end": "2024-02"}}, "2023 is not exact enough"),
        ({"effectivePeriod": {"start": "2023-02", "end": "2024"}}, "2024 is not exact enough"),
        ({"effectivePeriod": {"start": "2023-02-01", "end": "2024-02"}}, ""),
    ],
)
def test_a_year_alone_is_not_lost_in_silence(more: Resource, said: str) -> None:
    """A line takes months and days; what is coarser is named."""
    use, reason = only(statement("L01FA01", "completed", **more))

    assert use is Use.IGNORED
    assert ("not exact enough" in reason) is bool(said)
    assert said in reason


def test_a_dose_of_a_month_is_not_lost_in_silence() -> None:
    """A last dose is a day."""
    given = {
        "resourceType": "MedicationAdministration", "status": "completed", "subject": SUBJECT,
        "medicationCodeableConcept": concept(ATC, "L01FA01"), "effectiveDateTime": "2026-09",
    }  # fmt: skip

    assert "2026-09 is not exact enough" in only(given)[1]


def test_a_dose_with_a_frequency_is_read() -> None:
    """15 mg once a week, 2 x 500 mg a day."""

    def dosed(value: float, frequency: int, period: int, unit: str) -> str | None:
        timing = {"repeat": {"frequency": frequency, "period": period, "periodUnit": unit}}
        dose = [{"doseQuantity": quantity(value, "mg")}]
        one = statement("L04AX03", dosage=[{"timing": timing, "doseAndRate": dose}])
        return (patient(one, whole()).therapies or ())[0].dose

    assert dosed(15, 1, 1, "wk") == "15 mg/week"
    assert dosed(500, 2, 1, "d") == "2 x 500 mg/day"
    assert dosed(1000, 1, 4, "wk") == "1000 mg/4 weeks"
    assert dosed(500, 3, 2, "d") is None


def test_an_active_statin_is_a_current_exposure() -> None:
    """Simvastatin and its combinations are statins."""
    for code in ("C10AA01", "C10BA02"):
        assert patient(statement(code)).value("diagnosis.statin_exposure") == "current"
