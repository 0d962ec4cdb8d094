"""FHIR in: values that disagree, the newest of several, what cannot be read, and versions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from escalate import as_document, assess
from escalate.fhir.model import Use
from escalate.fhir.read import read_bundle
from escalate.patient.reader import read_patient
from escalate.report.text import text_report
from tests.fhir_bundles import (
    LIBRARY,
    OWN,
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
from tests.helpers_fhir import ECHO, GOOD, LVEF, TODAY, ck, only, patient, understood

# -- time ---------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("turned", [False, True])
def test_the_later_hour_counts_whatever_the_zone(turned: bool) -> None:
    """One hour past midnight in Berlin is before half past eleven in Greenwich, on the day before."""
    pair = [ck(100, "2026-05-02T01:00:00+02:00"), ck(200, "2026-05-01T23:30:00Z")]
    found = understood(*(reversed(pair) if turned else pair))

    assert [fact.told.text for fact in found.facts] == ["200 U/L"]


def test_a_day_without_an_hour_is_older_than_a_later_day_only() -> None:
    """The day after decides; of the same day nobody knows."""
    hour = ck(100, "2026-05-02T01:00:00+02:00")

    assert [fact.told.text for fact in understood(hour, ck(200, "2026-05-03")).facts] == ["200 U/L"]
    assert [fact.told.text for fact in understood(hour, ck(200, "2026-05-01")).facts] == ["100 U/L"]
    assert understood(hour, ck(200, "2026-05-02")).facts == ()


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


def test_an_antibody_that_was_another_one_before_is_noted() -> None:
    """The newest is read, and the board is told of the older result."""
    older, newer = interpreted("82424-3", "POS", day="2026-01-01"), interpreted("82424-3", "NEG")
    found = understood(older, newer)

    assert [fact.told.text for fact in found.facts] == ["negative"]
    assert [("entry[1] of 2026-01-01 says positive" in note) for note in found.notes] == [True]
    assert understood(older, interpreted("82424-3", "POS")).notes == ()


# -- what cannot be read ----------------------------------------------------------------------------


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


# -- a test that answers one way only -----------------------------------------------------------------


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


# -- versions ------------------------------------------------------------------------------------------


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
