"""FHIR in: what of each resource is read, what is not and why; nothing is guessed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from fhir_bundles import (
    ATC,
    INTERPRETATION,
    LIBRARY,
    LOINC,
    OWN,
    SNOMED,
    SUBJECT,
    TERMS,
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

from escalate import as_document, assess
from escalate.fhir.model import Understood, Use
from escalate.fhir.read import read_bundle
from escalate.patient.model import Patient
from escalate.patient.reader import read_patient
from escalate.problems import PatientRefused
from escalate.report.text import text_report

TODAY = date(2026, 10, 12)
CK = "2157-6"


def understood(*resources: Resource, **more: Any) -> Understood:
    return read_bundle(bundle(person(), *resources, **more), LIBRARY, today=TODAY)


def patient(*resources: Resource) -> Patient:
    return read_patient(understood(*resources).patient_document, LIBRARY, today=TODAY)


def only(*resources: Resource) -> tuple[Use, str]:
    """Use and reason of the last resource."""
    entry = understood(*resources).entries[-1]
    return entry.use, entry.reason


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


def hcv(code: str, word: str, day: str | None) -> Resource:
    return interpreted({"rna": "11011-4", "antibody": "16128-1"}[code], word, day=day)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("rna", "antibody", "expected"),
    [
        (("POS", "2025-03-01"), ("NEG", "2026-03-01"), None),
        (("POS", "2026-03-01"), ("NEG", "2026-03-01"), "positive"),
        (("POS", "2026-03-01T08:00:00Z"), ("NEG", "2026-03-01T10:00:00Z"), "positive"),
        (("POS", "2026-03-01"), ("NEG", None), None),
        (("POS", None), ("NEG", "2026-03-01"), None),
        (("POS", "2026-03"), ("NEG", "2026-03-20"), "positive"),
        (("IND", "2025-03-01"), ("NEG", "2026-03-01"), None),
        (("NEG", "2026-03-01"), ("POS", "2026-03-01"), "negative"),
        (("NEG", "2026-03-01"), ("POS", "2020-03-01"), "negative"),
        (("NEG", "2025-03-01"), ("POS", "2026-03-01"), None),
        (("NEG", "2025-03-01"), ("NEG", "2026-03-01"), "negative"),
        (("POS", "2026-03-01"), ("POS", "2026-02-01"), "positive"),
    ],
)
def test_an_antibody_does_not_overrule_the_rna(
    rna: tuple[str, str | None], antibody: tuple[str, str | None], expected: str | None, turned: bool
) -> None:
    """Up to the day of the RNA the RNA decides; a later antibody that differs leaves the field unknown."""
    pair = [hcv("rna", *rna), hcv("antibody", *antibody)]
    found = understood(*(reversed(pair) if turned else pair))

    assert [fact.told.text for fact in found.facts] == ([expected] if expected else [])
    assert len(found.notes) == (0 if expected else 1)


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


# -- time ---------------------------------------------------------------------------------------


def ck(value: float, day: str) -> Resource:
    return observation(CK, day, valueQuantity=quantity(value, "U/L"))


def test_the_newest_value_wins() -> None:
    """Whatever the order of the entries."""
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        three = [ck(100, "2026-01-01"), ck(200, "2026-05-01"), ck(300, "2025-05-01")]

        assert patient(*(three[i] for i in order)).value("muscle.ck_u_per_l") == 200


def test_two_values_of_one_day_that_differ_leave_the_field_unknown() -> None:
    """Nobody can say which holds; both entries are named."""
    found = understood(ck(100, "2026-05-01"), ck(200, "2026-05-01"))

    assert found.facts == ()
    assert [entry.use for entry in found.entries[1:]] == [Use.REJECTED, Use.REJECTED]
    assert "entry[1], entry[2]" in found.notes[0]


def test_the_later_hour_of_one_day_is_read_and_the_conflict_reported() -> None:
    """With time and zone the order is known."""
    found = understood(ck(100, "2026-05-01T08:00:00+02:00"), ck(200, "2026-05-01T07:00:00Z"))

    assert [fact.told.text for fact in found.facts] == ["200 U/L"]
    assert found.notes


def test_the_same_value_twice_is_no_conflict() -> None:
    """Units may differ, the amount does not."""
    one = observation("1988-5", valueQuantity=quantity(12, "mg/L"))
    other = observation("1988-5", valueQuantity=quantity(1.2, "mg/dL"))

    assert patient(one, other).value("labs.crp_mg_per_l") == 12


def test_a_month_that_may_be_before_or_after_is_a_conflict() -> None:
    """2026-05 may be later than 2026-05-03, or earlier."""
    assert understood(ck(100, "2026-05"), ck(200, "2026-05-03")).facts == ()


def test_what_is_dated_after_the_assessment_is_not_read() -> None:
    """The day of the assessment is the last that counts."""
    use, reason = only(ck(100, "2026-10-13"))

    assert use is Use.REJECTED
    assert "after the day" in reason


def test_the_day_is_taken_in_fhirs_order() -> None:
    """effectiveDateTime, effectivePeriod, issued."""
    period = observation("10230-1", None, effectivePeriod={"start": "2026-08-01", "end": "2026-08-02"},
                         valueQuantity=quantity(60, "%"))  # fmt: skip
    issued = observation("10230-1", None, issued="2026-07-01T10:00:00Z", valueQuantity=quantity(60, "%"))

    assert patient(period).value("heart.echo.date") == date(2026, 8, 2)
    assert patient(issued).value("heart.echo.date") == date(2026, 7, 1)


# -- what cannot be read ----------------------------------------------------------------------------

LVEF, ECHO = "10230-1", "heart.echo.lvef_percent"
GOOD = observation(LVEF, "2026-10-01", valueQuantity=quantity(62, "%"))


@pytest.mark.parametrize(
    "newer",
    [
        {"valueString": "35 %"},
        {"valueQuantity": {"value": 35, "unit": "%", "code": "%"}},
        {"valueQuantity": quantity(350, "%")},
        {"valueQuantity": quantity(35, "%"), "status": "preliminary"},
        {"valueQuantity": quantity(35, "%"), "status": "unknown"},
        {"valueQuantity": quantity(35, "%"), "status": None},
        {"valueQuantity": quantity(35, "%"), "focus": [{"reference": "Device/1"}]},
        {"valueQuantity": quantity(35, "%"), "modifierExtension": [{"url": "x"}]},
        {"valueQuantity": quantity(35, "%"), "subject": None},
        {"dataAbsentReason": concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", "masked")},
        {},
    ],
)
@pytest.mark.parametrize("day", ["2026-10-01", "2026-10-10"])
def test_a_newer_result_that_cannot_be_read_leaves_the_field_unknown(newer: Resource, day: str) -> None:
    """The older value held until then; a note names the entry, whatever the order."""
    unread = observation(LVEF, day, **newer)

    for order, entry in (((GOOD, unread), "entry[2]"), ((unread, GOOD), "entry[1]")):
        found = understood(*order)
        assert [fact.field for fact in found.facts] == []
        assert found.unsettled == (ECHO,)
        assert [f"{ECHO} stays unknown" in note and entry in note for note in found.notes] == [True]


def test_an_older_result_that_cannot_be_read_takes_nothing_away() -> None:
    """What is newer and readable holds."""
    found = understood(observation(LVEF, "2026-09-01", valueString="35 %"), GOOD)

    assert [fact.told.text for fact in found.facts if fact.field == ECHO] == ["62 %"]
    assert found.notes == ()


def test_a_result_that_cannot_be_read_is_noted_though_it_is_alone() -> None:
    """The field was unknown already; that a value stands there is said."""
    found = understood(observation(LVEF, valueString="35 %"))

    assert "entry[1]" in found.notes[0]
    assert "35 %" in found.notes[0]
    assert found.entries[-1].use is Use.REJECTED


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_a_void_result_takes_nothing_away(status: str) -> None:
    """It never was one."""
    void = observation(LVEF, "2026-10-10", valueQuantity=quantity(35, "%"), status=status)

    assert patient(GOOD, void).value(ECHO) == 62


@pytest.mark.parametrize(
    "more",
    [
        {"status": "registered"},
        {
            "dataAbsentReason": concept(
                "http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-performed"
            )
        },
    ],
)
def test_a_test_without_a_result_takes_nothing_away(more: Resource) -> None:
    """It is asked for, or was not done: the last result is still the last."""
    assert patient(GOOD, observation(LVEF, "2026-10-10", **more)).value(ECHO) == 62


@pytest.mark.parametrize(
    ("code", "word", "field", "value"),
    [
        ("71773-6", "POS", "infection.tuberculosis", "none"),
        ("71773-6", "IND", "infection.tuberculosis", "none"),
        ("56888-1", "POS", "infection.hiv", "negative"),
        ("16128-1", "POS", "infection.hcv_rna", "negative"),
        ("5196-1", "RR", "infection.hbsag", "negative"),
    ],
)
@pytest.mark.parametrize("day", ["2026-10-01", "2026-10-10"])
def test_a_newer_result_that_settles_nothing_ends_the_older_negative(
    code: str, word: str, field: str, value: str, day: str
) -> None:
    """A positive IGRA, HIV or HCV test decides no field, and the negative one before it holds no longer."""
    older = interpreted(code, "NEG")

    assert patient(older).value(field) == value
    assert understood(older, interpreted(code, word, day=day)).unsettled == (field,)


def test_a_value_outside_its_range_takes_the_older_one_away() -> None:
    """What the patient file would refuse is no value, and is the newest."""
    found = understood(ck(900, "2026-05-01"), ck(-5, "2026-06-01"))

    assert found.facts == ()
    assert found.unsettled == ("muscle.ck_u_per_l",)


def test_what_is_dated_after_the_assessment_takes_nothing_away() -> None:
    """On that day it was not known."""
    assert patient(GOOD, observation(LVEF, "2026-10-13", valueString="35 %")).value(ECHO) == 62


def test_an_own_code_that_cannot_be_read_takes_the_older_one_away() -> None:
    """Own codes are fields by their name."""
    older = observation("lung.ild", "2026-01-01", system=OWN, valueBoolean=False)
    newer = observation("lung.ild", "2026-02-01", system=OWN, valueString="yes")

    assert understood(older, newer).unsettled == ("lung.ild",)


def test_an_antibody_that_cannot_be_read_is_not_negative_by_the_panel() -> None:
    """One of the panel that is not listed would be negative: it is listed as unknown."""
    panel = observation("antibody_panel", system=OWN, valueCodeableConcept=concept(OWN, "Jo-1"))
    found = patient(
        interpreted("8076-2", "POS", day="2026-01-01"), observation("8076-2", valueString="?"), panel
    )

    assert [(a.name, a.result) for a in found.antibodies or ()] == [("Jo-1", None)]


def test_half_a_target_takes_nothing_away() -> None:
    """Mi-2 beta negative beside Mi-2 alpha positive: the antibody is positive."""
    found = patient(interpreted("82997-8", "POS"), interpreted("82996-0", "NEG"))

    assert [(a.name, a.result) for a in found.antibodies or ()] == [("Mi-2", "positive")]


def test_co_medication_that_cannot_be_read_is_not_that_of_the_drugs_alone() -> None:
    """The list of the record may name more than its medication resources."""
    told = observation("comorbidities.co_medication", system=OWN, valueString="ketoconazole")
    found = patient(statement("C10AA01"), whole(), told)

    assert found.therapies == ()
    assert found.value("comorbidities.co_medication") is None


def test_a_count_of_the_history_that_cannot_be_read_makes_none_whole() -> None:
    """One of two statements on the history is lost."""
    lost = observation("therapies", system=OWN, valueString="3")

    assert understood(statement("L01FA01", "completed"), whole(), lost).whole_history is False


@pytest.mark.parametrize("turned", [False, True])
def test_what_has_no_day_may_be_the_newest(turned: bool) -> None:
    """Undated and differing is a conflict, whatever the order; the note names both."""
    pair = [interpreted("5196-1", "NEG", day="2015-03-01"), interpreted("5196-1", "POS", day=None)]
    found = understood(*(reversed(pair) if turned else pair))

    assert found.facts == ()
    assert found.unsettled == ("infection.hbsag",)
    assert "entry[1]" in found.notes[0]
    assert "entry[2]" in found.notes[0]


def test_a_value_without_a_day_that_says_the_same_is_no_conflict() -> None:
    """The dated one is read, with its day."""
    found = understood(observation(LVEF, None, valueQuantity=quantity(62, "%")), GOOD)

    assert {fact.field: fact.told.text for fact in found.facts} == {
        ECHO: "62 %",
        "heart.echo.date": "2026-10-01",
    }


def test_a_result_without_a_day_that_cannot_be_read_leaves_the_field_unknown() -> None:
    """It may be the newest."""
    assert understood(GOOD, observation(LVEF, None, valueString="35 %")).unsettled == (ECHO,)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("active", "current"), ("completed", None), ("on-hold", None), ("intended", "never")],
)
def test_a_statin_of_the_record_is_not_undone_by_an_older_never(status: str, expected: str | None) -> None:
    """One that is taken is the state of today; one that was taken contradicts `never`."""
    never = observation("diagnosis.statin_exposure", system=OWN, valueCodeableConcept=concept(OWN, "never"))
    found = patient(never, statement("C10AA05", status))

    assert found.value("diagnosis.statin_exposure") == expected


def test_a_statin_that_says_the_same_is_no_conflict() -> None:
    """Past by the code of the project and by the medication."""
    past = observation("diagnosis.statin_exposure", system=OWN, valueCodeableConcept=concept(OWN, "past"))

    assert patient(past, statement("C10AA05", "completed")).value("diagnosis.statin_exposure") == "past"


def test_the_age_is_that_of_the_day_of_the_assessment() -> None:
    """The date of birth tells it newer than an age that was stated before."""
    stated = observation("demographics.age_years", system=OWN, valueInteger=51)
    found = read_bundle(bundle(person(birthDate="1974-10-12"), stated), LIBRARY, today=TODAY)

    assert [fact.told.text for fact in found.facts] == ["52"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"deceasedBoolean": True}, "the patient has died"),
        ({"deceasedDateTime": "2026-10-01"}, "the patient has died (2026-10-01)"),
        ({"deceasedDateTime": "2026-10-01", "id": "case", "birthDate": "1974"}, "has died (2026-10-01)"),
        ({"deceasedDateTime": 3}, "the patient has died"),
        ({"deceasedBoolean": "true"}, "the patient has died"),
    ],
)
def test_a_death_stands_in_the_notes_and_in_the_report(told: Resource, said: str) -> None:
    """The first of the notes, and beside the verdicts as text and as JSON."""
    found = read_bundle(bundle({**person(), **told}, GOOD), LIBRARY, today=TODAY)
    one = assess(read_patient(found.patient_document, LIBRARY, today=TODAY), LIBRARY)

    assert said in found.notes[0]
    assert said in found.entries[0].reason
    assert said in " ".join(text_report(one).split())
    assert said in as_document(one)["patient"]["note"]


@pytest.mark.parametrize("told", [{}, {"deceasedBoolean": False}, {"deceasedBoolean": None}])
def test_nothing_is_said_of_a_patient_who_lives(told: Resource) -> None:
    """No note where there is nothing to note."""
    found = read_bundle(bundle({**person(), **told}, GOOD), LIBRARY, today=TODAY)

    assert found.notes == ()
    assert read_patient(found.patient_document, LIBRARY, today=TODAY).note is None


def test_a_death_in_a_second_entry_of_the_patient_is_said() -> None:
    """A patient may stand in a Bundle twice."""
    found = read_bundle(bundle(person(), person(deceasedBoolean=True)), LIBRARY, today=TODAY)

    assert "has died" in found.notes[0]


def test_what_was_not_read_is_in_the_report() -> None:
    """Every field of which something stands in the record and is not read, with its entry."""
    hiv = interpreted("56888-1", "POS")
    pending = observation(LVEF, status="registered")
    found = understood(hiv, pending)
    one = assess(read_patient(found.patient_document, LIBRARY, today=TODAY), LIBRARY)
    note = as_document(one)["patient"]["note"]

    assert [field in note for field in ("infection.hiv", ECHO)] == [True, True]
    assert [entry in note for entry in ("entry[1]", "entry[2]")] == [True, True]
    assert "entry[1]" in " ".join(text_report(one).split())


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


def version(number: str | None, updated: str | None = None, **more: Any) -> Resource:
    meta = {key: value for key, value in (("versionId", number), ("lastUpdated", updated)) if value}
    return {**observation(LVEF, valueQuantity=quantity(62, "%"), id="a", meta=meta), **more}


VOID = {"status": "entered-in-error"}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("stands", "void", "read"),
    [
        (version("1"), version("2", **VOID), False),
        (version("2"), version("1", **VOID), True),
        (version("10"), version("9", **VOID), True),
        (version(None), version(None, **VOID), False),
        (version("a"), version("b", **VOID), False),
        (version(None, "2026-10-02T08:00:00Z"), version(None, "2026-10-02T09:00:00Z", **VOID), False),
        (version(None, "2026-10-02T10:00:00Z"), version(None, "2026-10-02T09:00:00Z", **VOID), True),
        (version("1"), version("2", status="cancelled"), False),
        (version("1"), version("2", id="b", **VOID), True),
    ],
)
def test_a_version_that_was_entered_in_error_voids_the_others(
    stands: Resource, void: Resource, read: bool, turned: bool
) -> None:
    """Unless the other is certainly the later one."""
    found = understood(*((void, stands) if turned else (stands, void)))

    assert (ECHO in [fact.field for fact in found.facts]) is read


def test_a_drug_that_was_entered_in_error_is_no_line() -> None:
    """Its other version is ignored, with the entry that says so."""
    found = understood(statement("L01FA01", id="m"), statement("L01FA01", "entered-in-error", id="m"))

    assert found.lines == ()
    assert "entry[2]" in found.entries[1].reason


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


# -- drugs ------------------------------------------------------------------------------------------


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
